"""The table of accounts as it is kept: read with other things, changed, explained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid
from chalicelib.ledger import writing
from chalicelib.ledger.law import determination
from chalicelib.ledger.law.determination import (
    DETERMINATION,
    DETERMINATION_ID,
    STANDARD,
    Asked,
    Choice,
    Determination,
    DeterminationBody,
)
from chalicelib.ledger.model import ACCOUNT
from chalicelib.storage import keys, read
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import Transaction


def table_key(ctx: Context) -> Key:
    """Where the table stands, for who reads it with other keys in one round trip."""
    return keys.document(ctx, DETERMINATION.kind, DETERMINATION_ID)


def table_in(ctx: Context, stored: Mapping[Key, Item]) -> Determination:
    """The table from a read that asked for `table_key`; the standard one when the company never changed it."""
    found = stored.get(table_key(ctx))
    return read.document_of(DETERMINATION, found) if found else STANDARD


def table(ctx: Context) -> Determination:
    """The company's families and rules."""
    return read.find(ctx, DETERMINATION, DETERMINATION_ID) or STANDARD


def table_of(ctx: Context, version: int | None) -> Determination:
    """The table as it stood in a version, by which something was posted; 0 is the standard one. Today's for who does not know
    the version: what was posted before versions were kept."""
    if version == 0:
        return STANDARD
    kept = read.find(ctx, DETERMINATION, f"{DETERMINATION_ID}.{version}") if version else None
    return replace(kept, id=DETERMINATION_ID, version=version or 0) if kept else table(ctx)


def check_families(ctx: Context, codes: Iterable[str]) -> None:
    """Raises Invalid `product_family` for a family that is not in the table."""
    wanted = sorted({code for code in codes if code})
    known = families(ctx) if wanted else frozenset()
    for code in wanted:
        if code not in known:
            raise Invalid("product_family", f"There is no product family {code[:40]}.", {"product_family": "unknown"})


def families(ctx: Context) -> frozenset[str]:
    """The codes of the company's families."""
    return frozenset(each.code for each in table(ctx).families)


def change(ctx: Context, body: DeterminationBody) -> Determination:
    """Replaces the table; what was posted stays, and every version is kept for its explanation. Raises Invalid with the row
    and the reason, Stale."""
    stored = read.find(ctx, DETERMINATION, DETERMINATION_ID)
    old = stored or STANDARD
    new = replace(old, oss_from=body.oss_from, families=body.families, rules=body.rules)
    numbers = {rule.account[:20] for rule in body.rules[: determination.MAX_RULES] if rule.account}
    accounts = read.get_many(ctx, ACCOUNT, numbers)
    new = determination.checked(new, accounts)
    tx = Transaction(ctx)
    saved = tx.save(DETERMINATION, old, new) if stored else tx.create(DETERMINATION, replace(new, version=0))
    for each in (stored, saved):
        if each and (each is saved or read.find(ctx, DETERMINATION, _kept_id(each)) is None):
            tx.create(DETERMINATION, replace(each, id=_kept_id(each), version=0))
    tx.emit("AccountDeterminationUpdated", DETERMINATION.kind, saved.id, saved.version)
    tx.answers(200, DETERMINATION.kind, saved.id, saved.version)
    tx.commit()
    return saved


def _kept_id(version: Determination) -> str:
    return f"{DETERMINATION_ID}.{version.version}"


def used(ctx: Context, account: str) -> bool:
    """Whether a rule that still holds today or later names the account."""
    today = writing.poster(ctx).today
    return any(rule.account == account and (rule.to_day is None or rule.to_day >= today) for rule in table(ctx).rules)


def explained(ctx: Context, query: Mapping[str, str]) -> Choice:
    """Which account something would be posted to on a day (today when not said), by which rule, and the others that fit.

    Raises Invalid."""
    try:
        on = date.fromisoformat(query["on"]) if query.get("on") else writing.poster(ctx).today
    except ValueError:
        raise Invalid("period", "on is a date such as 2026-11-24.", {"on": "a date"}) from None
    purpose, treatment = query.get("purpose", "goods"), query.get("tax_treatment", "")
    for name, value, allowed in (("purpose", purpose, tuple(determination.PURPOSES)),
                                 ("tax_treatment", treatment, ("", *determination.TREATMENTS))):
        if value not in allowed:
            raise Invalid(name, f"{name} is one of {', '.join(filter(None, allowed))}.", {name: "unknown"})
    return named(ctx, [determination.choose(table(ctx), Asked(
        purpose=purpose, tax_treatment=treatment, vat_rate=query.get("vat_rate", ""),
        product_family=query.get("product_family", ""), on=on))])[0]


def named(ctx: Context, choices: Iterable[Choice]) -> list[Choice]:
    """Choices with the names of their accounts in the reader's language, in one read."""
    found = list(choices)
    accounts = read.get_many(ctx, ACCOUNT, {each.account for each in found})
    names = {number: account.name_en if ctx.locale == "en" and account.name_en else account.name
             for number, account in accounts.items()}
    return [replace(each, account_name=names.get(each.account, each.account_name)) for each in found]
