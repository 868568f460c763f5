"""Which account a sale is posted to, by what is sold, how it is taxed and the family of the article: a table, and pure.

The chart's numbers are the PCG's (701 products made, 706 services, 707 goods for resale, 7085 shipping charged, 709 rebates,
4457 output VAT: règlement ANC 2014-03, art. 932-1); how they are subdivided is each firm's choice, and by rate and territory
is what a VAT return asks (form 3310-CA3: lines by rate, intra-EU supplies, exports, distance sales taxed elsewhere).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from chalicelib.kernel.documents import Document
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.shapes import command, entity
from chalicelib.kernel.tax import EU_MEMBERS, FRENCH_RATES
from chalicelib.kernel.text import is_line
from chalicelib.ledger.model import Account

PURPOSES: Mapping[str, tuple[str, ...]] = {
    "goods": ("70",), "finished": ("70",), "services": ("70",), "shipping": ("70",), "rebates": ("709",), "vat": ("445",)}
"""What is posted, and with which digits its account begins."""
FAMILY_PURPOSES = ("goods", "finished", "services")
TREATMENTS = ("domestic", "intra_eu", "oss", "export", "reverse_charge", "exempt")
DETERMINATION_ID = "determination"
MAX_RULES, MAX_FAMILIES = 200, 100
_RATE = re.compile(r"[0-9]{1,2}(\.[0-9]{1,2})?")
_FAMILY = re.compile(r"[a-z0-9_-]{1,40}")
_RATES = ("20", "10", "5.5", "2.1")


@entity
class ProductFamily:
    """Articles that are accounted for alike; `purpose` says whether they are bought goods, made products or services."""

    code: str
    name: str
    name_en: str = ""
    purpose: str = "goods"


@entity
class AccountRule:
    """An account for a purpose, one tax treatment, VAT rate and product family each, or any where it is ""; from and to days
    within which it holds, both included."""

    purpose: str
    tax_treatment: str = ""
    vat_rate: str = ""
    product_family: str = ""
    account: str
    from_day: date | None = None
    to_day: date | None = None


@entity
class Determination:
    """A company's families and rules. From `oss_from` on, distance sales to consumers in other member states are taxed where
    they arrive and declared in the one-stop shop (CGI art. 258 A, 259 D, 298 sexdecies G)."""

    id: str = DETERMINATION_ID
    version: int = 0
    oss_from: date | None = None
    families: tuple[ProductFamily, ...] = ()
    rules: tuple[AccountRule, ...] = ()


@command
class DeterminationBody:
    """The families and rules as they shall be."""

    oss_from: date | None = None
    families: tuple[ProductFamily, ...] = ()
    rules: tuple[AccountRule, ...] = ()


@entity
class Asked:
    """What an account is sought for; `vat_rate` as the chart names it (`5.5`)."""

    purpose: str
    tax_treatment: str = ""
    vat_rate: str = ""
    product_family: str = ""
    on: date


@entity
class Considered:
    """A rule that fits, best first; `decided_by` is what of it was more exact than in the next one."""

    rule: AccountRule
    decided_by: str


@entity
class Choice:
    """The account of something, the rule that chose it, and the other rules that fit, in the order of their rank."""

    asked: Asked
    account: str
    account_name: str = ""
    rule: AccountRule
    considered: tuple[Considered, ...] = ()


DETERMINATION = Document(kind="account_determination", prefix="", model=Determination, summary=lambda d: {})


def _standard() -> Iterator[AccountRule]:
    for purpose, base in (("finished", "701"), ("services", "706"), ("goods", "707"), ("shipping", "7085")):
        def account(ending: str, base: str = base) -> str:
            return (base + ending).ljust(6, "0")

        yield AccountRule(purpose=purpose, account=account(""))
        for n, rate in enumerate(_RATES, 1):
            yield AccountRule(purpose=purpose, tax_treatment="domestic", vat_rate=rate, account=account(f"1{n}"))
        for treatment, ending in (("intra_eu", "2"), ("export", "3"), ("oss", "4"), ("reverse_charge", "5"), ("exempt", "5")):
            yield AccountRule(purpose=purpose, tax_treatment=treatment, account=account(ending))
    yield AccountRule(purpose="rebates", account="709000")
    yield AccountRule(purpose="vat", account="445710")
    for n, rate in enumerate(_RATES, 1):
        yield AccountRule(purpose="vat", tax_treatment="domestic", vat_rate=rate, account=f"44571{n}")
    yield AccountRule(purpose="vat", tax_treatment="oss", account="445780")


STANDARD = Determination(
    families=(ProductFamily(code="finished", name="Produits finis", name_en="Finished products", purpose="finished"),
              ProductFamily(code="services", name="Prestations", name_en="Services", purpose="services")),
    rules=tuple(_standard()))
"""How a company that never changed it posts."""


def rate_text(rate: Decimal) -> str:
    """`5.5`: a rate as rules name it."""
    return format(rate.normalize(), "f")


def is_oss(table: Determination, on: date) -> bool:
    """Whether distance sales are taxed where they arrive on a day."""
    return table.oss_from is not None and on >= table.oss_from


def treatment_of(category: str, rate: Decimal, countries: tuple[str, str], is_business: bool, oss: bool) -> str:
    """How something was taxed, from its VAT category (UNCL5305) and rate, the countries it left and arrives in ("" is the
    company's own) and whether a firm bought it.

    Taxed goods to a consumer in another member state are a distance sale taxed there when the company is in the one-stop
    shop, or when the rate is none of France's; below the threshold of 10,000 EUR they stay domestic (CGI art. 259 D).
    """
    if category == "K":
        return "intra_eu"
    if category == "G":
        return "export"
    home, there = countries[0] or "FR", countries[1] or countries[0] or "FR"
    is_abroad = there != home and there in EU_MEMBERS
    if category == "AE":
        return "intra_eu" if is_abroad else "reverse_charge"
    if category != "S":
        return "exempt"
    is_foreign = home == "FR" and all(rate != each for _, each, _ in FRENCH_RATES)
    return "oss" if is_abroad and not is_business and (oss or is_foreign) else "domestic"


def purpose_of(table: Determination, family: str) -> str:
    """What articles of a family are: goods when they have none, or one that is not in the table (any more)."""
    return next((each.purpose for each in table.families if each.code == family), "goods")


def choose(table: Determination, asked: Asked) -> Choice:
    """The account of something, by the most exact rule: one for its family before one for any, then one for its treatment,
    then for its rate, then one that begins later, then the first. Raises Invalid `account_rule` when none fits."""
    fitting = [rule for rule in table.rules if _fits(rule, asked)]
    if not fitting:
        raise Invalid("account_rule", f"No rule gives an account for {asked.purpose}.", {"purpose": asked.purpose})
    ranked = sorted(fitting, key=_rank, reverse=True)
    considered = tuple(Considered(rule=rule, decided_by=_decided(rule, other))
                       for rule, other in zip(ranked, [*ranked[1:], None], strict=True))
    return Choice(asked=asked, account=ranked[0].account, rule=ranked[0], considered=considered)


def account_of(table: Determination, asked: Asked) -> str:
    """The account alone, for who posts. Raises Invalid `account_rule`."""
    best = max((rule for rule in table.rules if _fits(rule, asked)), key=_rank, default=None)
    if best is None:
        raise Invalid("account_rule", f"No rule gives an account for {asked.purpose}.", {"purpose": asked.purpose})
    return best.account


def _fits(rule: AccountRule, asked: Asked) -> bool:
    return (rule.purpose == asked.purpose and rule.tax_treatment in ("", asked.tax_treatment)
            and rule.vat_rate in ("", asked.vat_rate) and rule.product_family in ("", asked.product_family)
            and (rule.from_day is None or rule.from_day <= asked.on) and (rule.to_day is None or asked.on <= rule.to_day))


def _rank(rule: AccountRule) -> tuple[bool, bool, bool, date]:
    return (bool(rule.product_family), bool(rule.tax_treatment), bool(rule.vat_rate), rule.from_day or date.min)


def _decided(rule: AccountRule, other: AccountRule | None) -> str:
    """What made a rule outrank the next one: "" for the last."""
    if other is None:
        return ""
    names = ("product_family", "tax_treatment", "vat_rate", "from_day")
    return next((name for name, mine, theirs in zip(names, _rank(rule), _rank(other), strict=True) if mine != theirs), "order")


# -- changing the table ------------------------------------------------------------------------------------------------


def checked(table: Determination, accounts: Mapping[str, Account]) -> Determination:
    """The table, if it may stand. `accounts` are those of the chart that it names.

    Raises Invalid naming the first row that cannot be: `families`, `rules` (count, unknown words, twice the same within the
    same days, no rule for a purpose), `account_unknown` for a bad account with the reason.
    """
    if len(table.families) > MAX_FAMILIES or len(table.rules) > MAX_RULES:
        raise Invalid("rules", f"At most {MAX_RULES} rules and {MAX_FAMILIES} families.", {"rules": "too many"})
    families = tuple(_family(n, each) for n, each in enumerate(table.families))
    codes = [each.code for each in families]
    if len(set(codes)) < len(codes):
        raise Invalid("families", "Each family has a code of its own.", {"families": "twice"})
    rules = tuple(_rule(n, rule, set(codes), accounts) for n, rule in enumerate(table.rules))
    _check_together(rules)
    return replace(table, families=families, rules=rules)


def _family(n: int, family: ProductFamily) -> ProductFamily:
    path = f"families.{n}"
    if not _FAMILY.fullmatch(family.code):
        raise Invalid("families", "A family's code is 1 to 40 small letters, digits, - and _.",
                      {f"{path}.code": "small letters"})
    if family.purpose not in FAMILY_PURPOSES:
        raise Invalid("families", f"A family is one of {', '.join(FAMILY_PURPOSES)}.", {f"{path}.purpose": "unknown"})
    for field, text in (("name", family.name), ("name_en", family.name_en)):
        if len(text) > 80 or not is_line(text) or (field == "name" and not text.strip()):
            raise Invalid("families", "A family has a name of at most 80 characters.",
                          {f"{path}.{field}": "1 to 80 characters"})
    return replace(family, name=family.name.strip(), name_en=family.name_en.strip())


def _rule(n: int, rule: AccountRule, codes: set[str], accounts: Mapping[str, Account]) -> AccountRule:
    path = f"rules.{n}"
    for field, allowed in (("purpose", tuple(PURPOSES)), ("tax_treatment", ("", *TREATMENTS)),
                           ("product_family", ("", *sorted(codes)))):
        if getattr(rule, field) not in allowed:
            raise Invalid("rules", f"{field} is one of {', '.join(filter(None, allowed))}, or any.",
                          {f"{path}.{field}": "unknown"})
    if rule.product_family and rule.purpose not in FAMILY_PURPOSES:
        raise Invalid("rules", "Only goods, finished products and services have families.",
                      {f"{path}.product_family": "not here"})
    if rule.vat_rate and not _RATE.fullmatch(rule.vat_rate):
        raise Invalid("rules", "A VAT rate is a number such as 5.5.", {f"{path}.vat_rate": "a number such as 5.5"})
    if rule.from_day and rule.to_day and rule.to_day < rule.from_day:
        raise Invalid("rules", "A rule ends after it begins.", {f"{path}.to_day": "after the first day"})
    _check_account(path, rule, accounts.get(rule.account))
    return replace(rule, vat_rate=rate_text(Decimal(rule.vat_rate)) if rule.vat_rate else "")


def _check_account(path: str, rule: AccountRule, account: Account | None) -> None:
    begins = PURPOSES[rule.purpose]
    reason = ("is not in the chart" if account is None else "is not in use" if not account.is_active
              else "wants a customer on every line" if account.has_auxiliary
              else f"does not begin with {' or '.join(begins)}" if not account.id.startswith(begins) else "")
    if reason:
        raise Invalid("account_unknown", f"Account {rule.account[:20]} {reason}.", {f"{path}.account": reason})


def _check_together(rules: Sequence[AccountRule]) -> None:
    """Raises Invalid for two rules for the same at the same time, or a purpose that could be left without an account."""
    seen: dict[tuple[str, ...], list[AccountRule]] = {}
    for n, rule in enumerate(rules):
        same = seen.setdefault((rule.purpose, rule.tax_treatment, rule.vat_rate, rule.product_family), [])
        if any(other.from_day == rule.from_day for other in same):
            raise Invalid("rules", "Two rules for the same begin on the same day.", {f"rules.{n}": "twice"})
        same.append(rule)
    for purpose in PURPOSES:
        if not any(rule.from_day is None and rule.to_day is None for rule in seen.get((purpose, "", "", ""), ())):
            raise Invalid("rules", f"A rule without conditions gives {purpose} an account when no other does.",
                          {"rules": f"none for {purpose}"})
