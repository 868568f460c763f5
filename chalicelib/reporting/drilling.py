"""From a number to what it is made of: the documents behind it, and how it came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Forbidden, Invalid
from chalicelib.kernel.explanation import ExplainedRow, Explanation
from chalicelib.kernel.money import ZERO
from chalicelib.reporting import periods, querying, rolling
from chalicelib.reporting.answers import DocumentRow, MeasureView
from chalicelib.reporting.measures import BASES, COUNTED, DIMENSIONS, MEASURES, base_names, unit_of, value_of
from chalicelib.reporting.model import Fact
from chalicelib.reporting.periods import Period
from chalicelib.storage import read
from chalicelib.storage.table import Item
from chalicelib.tenants import service as tenants

LOOKED_AT = 1000
PAGE = 250

_WORDS = {
    "fr": {"basis": "Jour compté", "documents": "Documents", "days": "Période", "sales_order": "commandes",
           "invoice": "factures et avoirs", "payment": "paiements", "payout": "versements",
           "channel": "canal", "warehouse": "entrepôt"},
    "en": {"basis": "Counted on", "documents": "Documents", "days": "Period", "sales_order": "orders",
           "invoice": "invoices and credit notes", "payment": "payments", "payout": "payouts",
           "channel": "channel", "warehouse": "warehouse"},
}


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a report: a measure over days, of certain members, in a currency; `within` keeps to a limited caller's
    members of a dimension."""

    measure: str
    period: Period
    members: Mapping[str, str]
    currency: str
    company_currency: str
    within: tuple[str, frozenset[str]] = ("", frozenset())


def number(ctx: Context, query: Mapping[str, str]) -> Number:
    """The number that parameters name. Raises Invalid, and Forbidden for a measure this caller may not see."""
    tenant = tenants.tenant(ctx)
    name = query.get("measure") or "ordered_revenue"
    if name not in MEASURES:
        raise Invalid("measure", f"There is no measure {name[:40]}.", {"measure": "unknown"})
    if not querying.may_see(ctx, name):
        raise Forbidden("forbidden_field", "You may not see this measure.", {"measure": f"needs {MEASURES[name].permission}"})
    members = {dimension: query[dimension] for dimension in DIMENSIONS if query.get(dimension)}
    wrong = {dimension: f"not by {dimension}" for dimension in members if dimension not in MEASURES[name].dimensions}
    if wrong:
        raise Invalid("measures", f"{name} is not kept by {', '.join(wrong)}.", wrong)
    today = ctx.now.astimezone(ZoneInfo(tenant.time_zone)).date()
    return Number(name, periods.asked(query.get("from", ""), query.get("to", ""), today), members,
                  (query.get("currency") or tenant.currency)[:3].upper(), tenant.currency, _within(ctx, members))


def _within(ctx: Context, members: Mapping[str, str]) -> tuple[str, frozenset[str]]:
    """What a limited caller's numbers keep to. Raises Forbidden `beyond_scope` for a member of another dimension."""
    own = querying.kept_dimension(ctx)
    for dimension in members:
        querying.check_dimension(ctx, dimension)
    return own, querying.check_dimension(ctx, own) if own else frozenset()


def documents(ctx: Context, asked: Number, limit: int, before: str = "") -> tuple[list[DocumentRow], str]:
    """The documents behind a number, newest day first, and where the next page begins ("" at the end). It looks at most at
    1,000 documents. `before` is where the page before ended."""
    generation = rolling.state(ctx).generation
    months = [m for m in reversed(list(asked.period.months())) if not before or f"{m:%Y-%m}" <= before[:7]]
    found: list[DocumentRow] = []
    looked = 0
    for month in months:
        low, high = asked.period.first.isoformat(), before or asked.period.last.isoformat() + "\uffff"
        for item in read.every_item(ctx, f"REPORT_FACT#{generation}#{month:%Y-%m}", between=(low, high), limit=PAGE,
                                    newest_first=True):
            if item.key.sk == before:
                continue
            looked += 1
            row = _row(asked, item)
            found += [row] if row else []
            if len(found) == limit or looked == LOOKED_AT:
                return found, item.key.sk
    return found, ""


def _row(asked: Number, item: Item) -> DocumentRow | None:
    """The document's part of the number, None when it has none."""
    day, kind, document_id = item.key.sk.split("#")
    stored: Mapping[str, Any] = codec.load(item.data)
    facts = [codec.parse(Fact, fact) for fact in stored["facts"]]
    dimension, allowed = asked.within
    if allowed:
        facts = [fact for fact in facts if fact.members.get(dimension) in allowed]
    numbers = summed([fact for fact in facts if fact.currency == asked.currency], asked.members)
    if not any(numbers.get(name) for name in base_names((asked.measure,))):
        return None
    return DocumentRow(id=document_id, kind=kind, number=str(stored["number"]), day=date.fromisoformat(day),
                       amount=value_of(asked.measure, numbers, asked.currency, asked.company_currency))


def summed(facts: list[Fact], members: Mapping[str, str]) -> dict[str, Decimal]:
    """What these facts of one document and day add to the members, by number."""
    found: dict[str, Decimal] = {}
    for fact in facts:
        if all(fact.members.get(dimension) == member for dimension, member in members.items()):
            for name, number in fact.numbers.items():
                before = found.get(name, ZERO)
                found[name] = max(before, number) if name in COUNTED else before + number
    return found


# -- explanations ----------------------------------------------------------------------------------------------------


def explain(ctx: Context, asked: Number) -> Explanation:
    """How a number comes about: its terms, or its parts by channel and warehouse, each leading to its documents."""
    measure = MEASURES[asked.measure]
    words = _WORDS.get(ctx.locale, _WORDS["fr"])
    if len(asked.members) > 1:
        raise Invalid("filter", "A number of one member of one dimension is explained.", {"measure": "one member"})
    numbers = _kept(ctx, asked, next(iter(asked.members), asked.within[0] or "channel"))
    total = querying.added(numbers.values())
    value = value_of(asked.measure, total, asked.currency, asked.company_currency)
    inputs = [_part(ctx, replace(asked, measure=name), total) for name in measure.terms]
    if not measure.terms and not asked.members:
        for dimension in ("channel", "warehouse"):
            if dimension in measure.dimensions and asked.within[0] in ("", dimension):
                inputs += _by_member(ctx, asked, dimension, words[dimension])
    rows = [ExplainedRow(label=words["days"], value=f"{asked.period.first} – {asked.period.last}")]
    base = [MEASURES[name] for name in measure.terms or (measure.name,)]
    rows += [ExplainedRow(label=f"{words['basis']} ({each.label[_language(ctx)]})", value=BASES[each.basis][_language(ctx)])
             for each in base]
    rows.append(ExplainedRow(label=words["documents"], link=link_to(asked),
                             value=", ".join(words[kind] for kind in dict.fromkeys(k for m in base for k in m.sources))))
    return Explanation(value="" if value is None else str(value), unit=unit_of(asked.measure, asked.currency,
                       asked.company_currency), formula=measure.formula.get(_language(ctx)) or measure.text[_language(ctx)],
                       inputs=tuple(inputs), steps=tuple(rows))


def _language(ctx: Context) -> str:
    return ctx.locale if ctx.locale in _WORDS else "fr"


def _kept(ctx: Context, asked: Number, dimension: str) -> querying.Kept:
    generation = rolling.state(ctx).generation
    return querying.kept(ctx, generation, dimension, asked.period, by_day=False,
                         member=asked.members.get(dimension, "")).get(asked.currency, {})


def _part(ctx: Context, asked: Number, total: Mapping[str, Decimal]) -> ExplainedRow:
    value = value_of(asked.measure, total, asked.currency, asked.company_currency)
    return ExplainedRow(label=MEASURES[asked.measure].label[_language(ctx)], value="" if value is None else str(value),
                        unit=unit_of(asked.measure, asked.currency, asked.company_currency), link=link_to(asked))


def _by_member(ctx: Context, asked: Number, dimension: str, word: str) -> list[ExplainedRow]:
    by_member = querying.grouped(_kept(ctx, asked, dimension), "member", "")
    names = querying.member_names(ctx, dimension, list(by_member))
    rows = []
    for member, numbers in sorted(by_member.items(), key=lambda pair: (-pair[1].get(asked.measure, ZERO), pair[0])):
        if numbers.get(asked.measure):
            narrowed = replace(asked, members={dimension: member})
            rows.append(ExplainedRow(label=f"{names[member]} ({word})", value=str(numbers[asked.measure]),
                                     unit=unit_of(asked.measure, asked.currency, asked.company_currency),
                                     link=link_to(narrowed)))
    return rows


def link_to(asked: Number) -> str:
    """The page of the documents behind a number."""
    return "/reports/documents?" + urlencode({"measure": asked.measure, "from": asked.period.first, "to": asked.period.last,
                                              "currency": asked.currency, **asked.members})


def measure_views(ctx: Context) -> list[MeasureView]:
    """The measures this caller may see, in their order and language."""
    language = _language(ctx)
    return [MeasureView(name=m.name, kind=m.kind, label=m.label[language], text=m.text[language],
                        formula=m.formula.get(language, ""), basis=BASES[m.basis][language] if m.basis else "",
                        dimensions=m.dimensions)
            for m in MEASURES.values() if querying.may_see(ctx, m.name)]
