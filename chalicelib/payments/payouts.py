"""Payouts: what a provider or marketplace brought to the bank of the payments it had taken, and what it kept; and fees. Pure.

The payments of a payout stand on one account of money in transit (511, 467). The payout empties it: the bank (512) gets the
net amount, the account of fees (6278; 622 of a marketplace) what was kept beyond what each payment's own entry said already.
All of it is in the company's currency. Where a payment was in another, what the bank got differs from what stood in transit by
the exchange as well: fees are told or agreed then, and what is left of the difference is 656 or 756.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from chalicelib.kernel.documents import Document, Guard
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.kernel.money import ZERO, round_amount, split
from chalicelib.kernel.shapes import Row, command, entity
from chalicelib.kernel.states import Transitions
from chalicelib.ledger.posting import Draft, DraftLine
from chalicelib.payments.model import Payment

MAX_PAYMENTS = 80
"""Payments of one payout: each is written in its transaction, which holds at most a hundred items."""
MAX_RULES = 50
PERCENT = Decimal(100)
BANK_JOURNAL = "BQ"
_BY = {"card": "carte", "provider": "prestataire", "marketplace": "place de marché", "transfer": "virement", "cash": "espèces",
       "cheque": "chèque", "direct_debit": "prélèvement"}
"""How the entry, which is in French, names a method."""
SETTINGS_ID = "settings"
PAYOUT_TRANSITIONS: Transitions = {("posted", "reverse"): "reversed"}


@entity
class PayoutLine:
    """A payment that the payout brought to the bank: `amount` stood with the provider, below zero of a refund; `fee` is what
    it kept of it at the payout."""

    payment_id: str
    number: str
    order_number: str = ""
    channel_id: str = ""
    customer_id: str = ""
    amount: Decimal
    fee: Decimal = ZERO


@entity
class Payout:
    """`gross` is what stood with the provider, `net` what reached the bank, `fee` the difference; below zero when the provider
    gave fees back, or took more back than it paid. `exchange_difference` is what the bank got more by the exchange, of payments
    in another currency: `gross` − `fee` + `exchange_difference` = `net`. `account` is the bank's, `transit_account` where the
    payments stood."""

    id: str
    version: int = 0
    number: str
    state: str = "posted"
    method: str
    gateway: str = ""
    external_id: str = ""
    paid_on: date
    currency: str
    gross: Decimal
    fee: Decimal
    net: Decimal
    exchange_difference: Decimal = ZERO
    account: str
    transit_account: str
    lines: tuple[PayoutLine, ...]
    reference: str = ""
    note: str = ""
    entry_id: str
    reversal_id: str = ""
    created_at: datetime
    created_by: str = ""


@entity
class FeeRule:
    """What is agreed with a provider: `percent` of the amount and `fixed` for each payment; `gateway` is how the shop calls
    it, "" for all of the method."""

    method: str = "provider"
    gateway: str = ""
    percent: Decimal = ZERO
    fixed: Decimal = ZERO


@entity
class PaymentSettings:
    """Fees agreed with providers, for payments whose shop does not tell the fee."""

    id: str = SETTINGS_ID
    version: int = 0
    fee_rules: tuple[FeeRule, ...] = ()


@command
class PaymentSettingsBody:
    """The fees agreed with providers."""

    fee_rules: tuple[FeeRule, ...] = ()


@command
class PayoutPayment:
    """A payment of the payout, with what was kept of it when the provider's statement tells it."""

    payment_id: str
    fee: Decimal | None = None


@command
class NewPayout:
    """What reached the bank: the payments, and two of gross, `fee` and `net` (the payments say the gross amount). Without both
    the fees are those of the payments, else those agreed; so they are too where a payment was in another currency, and what
    `net` differs by then is the exchange. `account` stands in for the bank's, `paid_on` is today when not
    said. `external_id` is the provider's own number: the same is not recorded twice."""

    payments: tuple[PayoutPayment, ...]
    fee: Decimal | None = None
    net: Decimal | None = None
    paid_on: date | None = None
    external_id: str = ""
    reference: str = ""
    note: str = ""
    account: str = ""


@entity
class PayoutRow(Row):
    number: str
    state: str
    method: str
    gateway: str
    external_id: str
    paid_on: date
    currency: str
    gross: Decimal
    fee: Decimal
    net: Decimal
    payment_count: int
    reference: str


@entity
class PayoutView(Payout):
    """A payout with what can be done with it."""

    allowed_actions: tuple[str, ...]


PAYOUT: Document[Payout] = Document(
    kind="payout", prefix="pyo", model=Payout,
    summary=lambda p: {"number": p.number, "state": p.state, "method": p.method, "gateway": p.gateway[:20],
                       "external_id": p.external_id[:40], "paid_on": p.paid_on.isoformat(), "currency": p.currency,
                       "gross": str(p.gross), "fee": str(p.fee), "net": str(p.net), "payment_count": len(p.lines),
                       "reference": p.reference[:40]},
    by_list=lambda p: ("PAYOUT", f"{p.paid_on.isoformat()}#{p.id}"),
    guards=lambda p: (Guard("payout", f"{p.gateway}#{p.external_id}"),) if p.external_id and p.state == "posted" else ())
PAYMENT_SETTINGS: Document[PaymentSettings] = Document(
    kind="payment_settings", prefix="", model=PaymentSettings, summary=lambda s: {})


def agreed_fee(rules: Sequence[FeeRule], method: str, gateway: str, amount: Decimal, currency: str) -> Decimal:
    """What is agreed to be kept of a payment: by the rule of its gateway, else of its method; never the whole amount."""
    fitting = [rule for rule in rules if rule.method == method and rule.gateway.lower() in ("", gateway.lower())]
    rule = next((rule for rule in sorted(fitting, key=lambda each: not each.gateway)), None)
    if rule is None:
        return ZERO
    fee = round_amount(amount * rule.percent / PERCENT + rule.fixed, currency)
    return fee if fee < amount else ZERO


def checked_rules(rules: Sequence[FeeRule], methods: Sequence[str], currency: str) -> tuple[FeeRule, ...]:
    """Rules that may be agreed. Raises Invalid naming the first that may not."""
    if len(rules) > MAX_RULES or len({(each.method, each.gateway.lower()) for each in rules}) < len(rules):
        raise Invalid("fee_rules", f"At most {MAX_RULES} rules, one for each method and gateway.", {"fee_rules": "each once"})
    for n, rule in enumerate(rules):
        path = f"fee_rules.{n}"
        if rule.method not in methods:
            raise Invalid("method", "There is no such method of payment.", {f"{path}.method": f"one of {', '.join(methods)}"})
        if not ZERO <= rule.percent < PERCENT or -rule.percent.as_tuple().exponent > 4:  # type: ignore[operator]
            raise Invalid("percent", "A percentage from 0 to below 100.", {f"{path}.percent": "0 to below 100, four decimals"})
        if not ZERO <= rule.fixed < PERCENT or round_amount(rule.fixed, currency) != rule.fixed:
            raise Invalid("amount_sign", "A fixed fee from 0 to below 100.", {f"{path}.fixed": "0 to below 100"})
        if len(rule.gateway) > 60:
            raise Invalid("text", "A gateway's name has at most 60 characters.", {f"{path}.gateway": "at most 60 characters"})
    return tuple(rules)


def lines_of(payments: Sequence[Payment], body: NewPayout, rules: Sequence[FeeRule], currency: str) -> tuple[PayoutLine, ...]:
    """The lines of a payout, its fees divided over the payments: what the statement says of a payment is that payment's, the
    rest is shared by the amounts received.

    Raises Invalid `payout_payments`, `payout_mixed`, `payout_difference` with the arithmetic, `payout_fee`.
    """
    _check_together(payments)
    typed = {each.payment_id: round_amount(each.fee, currency) for each in body.payments if each.fee is not None}
    gross = sum((payment.in_transit for payment in payments), ZERO)
    fees = _fees(payments, body, rules, typed, gross, currency)
    rest = fees - sum(typed.values(), ZERO)
    weights = [max(payment.in_transit, ZERO) if payment.id not in typed else ZERO for payment in payments]
    if rest and not any(weights):
        raise Invalid("payout_difference", f"The fees of the payments come to {fees - rest}, the payout's to {fees}.",
                      {"fee": f"{rest} too much"}, difference=str(rest))
    shares = split(rest, weights, currency) if rest else [ZERO] * len(payments)
    return tuple(PayoutLine(
        payment_id=payment.id, number=payment.number, order_number=payment.order_number, channel_id=payment.channel_id,
        customer_id=payment.customer_id, amount=payment.in_transit, fee=typed.get(payment.id, ZERO) + share)
        for payment, share in zip(payments, shares, strict=True))


def _fees(payments: Sequence[Payment], body: NewPayout, rules: Sequence[FeeRule], typed: dict[str, Decimal], gross: Decimal,
          currency: str) -> Decimal:
    """What was kept at the payout, in all. Raises Invalid."""
    if body.net is not None and not is_exchanged(payments):
        fees = gross - body.net
        if body.fee is not None and body.fee != fees:
            raise Invalid("payout_difference", f"The payments come to {gross} {currency}; less fees of {body.fee} that is "
                          f"{gross - body.fee}, not {body.net}. A payment is missing, or too many are chosen.",
                          {"net": f"{gross - body.fee}"}, gross=str(gross), fee=str(body.fee), net=str(body.net))
    elif body.fee is not None:
        fees = body.fee
    else:
        agreed = (agreed_fee(rules, each.method, each.gateway, each.booked, currency) for each in payments
                  if each.direction == "in" and not each.fee and each.id not in typed)
        fees = sum(typed.values(), ZERO) + sum(agreed, ZERO)
    kept = sum((payment.booked_fee for payment in payments), ZERO)
    taken = sum((payment.booked for payment in payments if payment.direction == "in"), ZERO)
    if not -kept <= fees <= taken:
        raise Invalid("payout_fee", f"Fees of {fees} {currency} cannot be: the payments come to {gross}, and {kept} was kept "
                      "of them already.", {"fee": f"{-kept} to {taken}"}, gross=str(gross), fee=str(fees))
    return fees


def is_exchanged(payments: Sequence[Payment]) -> bool:
    """Whether a payment was in another currency, so that what the bank got depends on the exchange."""
    return any(payment.own_amount is not None for payment in payments)


def _check_together(payments: Sequence[Payment]) -> None:
    """Raises Invalid, Conflict `paid_out`: the payments of a payout stand together, in transit, and in no other payout."""
    if not 1 <= len(payments) <= MAX_PAYMENTS or len({payment.id for payment in payments}) < len(payments):
        raise Invalid("payout_payments", f"A payout has 1 to {MAX_PAYMENTS} payments, each once; record a longer one in parts.",
                      {"payments": f"1 to {MAX_PAYMENTS}, each once"})
    for n, payment in enumerate(payments):
        path = f"payments.{n}.payment_id"
        if payment.payout_id:
            raise Conflict("paid_out", f"{payment.number} is in {payment.payout_number} already.", {path: "paid out already"})
        if payment.payout_state != "waiting":
            raise Invalid("payout_payments", f"{payment.number} does not stand with a provider.", {path: "not in transit"})
        if (payment.account, payment.method) != (payments[0].account, payments[0].method):
            raise Invalid("payout_mixed", "The payments of a payout stand on one account, by one method.",
                          {path: "another account"})


def draft(payout: Payout, fees: str, exchange: tuple[str, str], day: date) -> Draft:
    """The entry of a payout: the account in transit emptied into the bank and the account of fees; `exchange` are the accounts
    of what is lost and gained by the exchange."""
    difference = payout.exchange_difference
    amounts = [(payout.account, payout.net), (fees, payout.fee), (payout.transit_account, -payout.gross),
               (exchange[difference > 0], -difference)]
    lines = tuple(DraftLine(account=account, debit=max(amount, ZERO), credit=max(-amount, ZERO))
                  for account, amount in amounts if amount)
    about = " ".join(each for each in ("Versement", _BY.get(payout.gateway, payout.gateway) or _BY[payout.method],
                                        payout.external_id) if each)
    return Draft(
        journal=BANK_JOURNAL, entry_date=day, label=about[:200], lines=lines, source=f"payout:{payout.id}",
        document_kind=PAYOUT.kind, document_id=payout.id, document_reference=(payout.reference or payout.number)[:60],
        document_date=payout.paid_on)
