"""Use cases of parties."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import AlreadyDone, Conflict, Invalid
from chalicelib.kernel.ids import derived_id
from chalicelib.kernel.text import as_line
from chalicelib.parties.model import CUSTOMER, MAX_TEXT, Address, Customer, CustomerBody, checked, clipped, normal_email
from chalicelib.storage import keys, read
from chalicelib.storage.transaction import Refused, Transaction


def _from_body(ctx: Context, customer: Customer, body: CustomerBody) -> Customer:
    changed = checked(replace(
        customer, name=body.name, company_name=body.company_name, email=body.email, phone=body.phone, siren=body.siren,
        siret=body.siret, vat_number=body.vat_number, billing_address=body.billing_address,
        shipping_addresses=body.shipping_addresses, locale=body.locale, tags=body.tags, note=body.note,
        credit_limit=body.credit_limit, is_active=body.is_active, updated_at=ctx.now))
    return replace(changed, email_key=ctx.blind(changed.email) if changed.email else "")


def create_customer(ctx: Context, body: CustomerBody) -> Customer:
    """A new customer. Raises Invalid, and Conflict when the e-mail or SIREN is another's."""
    customer = _from_body(ctx, Customer(id=ctx.new_id("cus"), name="", created_at=ctx.now), body)
    return _create(ctx, customer)


def _create(ctx: Context, customer: Customer) -> Customer:
    transaction = Transaction(ctx)
    customer = transaction.create(CUSTOMER, customer)
    transaction.emit("CustomerCreated", "customer", customer.id, 1)
    transaction.answers(201, "customer", customer.id, 1)
    transaction.commit()
    return customer


def update_customer(ctx: Context, customer: Customer, body: CustomerBody) -> Customer:
    """Changes a customer. Raises Invalid, Conflict, Stale."""
    transaction = Transaction(ctx)
    changed = transaction.save(CUSTOMER, customer, _from_body(ctx, customer, body))
    transaction.emit("CustomerUpdated", "customer", customer.id, changed.version)
    transaction.answers(200, "customer", customer.id, changed.version)
    transaction.commit()
    return changed


def remove_customer(ctx: Context, old: Customer) -> None:
    """Takes a customer away that no document is about; whoever asks has made sure of that. Raises Stale."""
    transaction = Transaction(ctx)
    transaction.remove(CUSTOMER, old)
    transaction.emit("CustomerRemoved", "customer", old.id, old.version)
    transaction.commit()


def customer_for(
    ctx: Context, *, email: str, name: str, company_name: str = "", siren: str = "", siret: str = "", vat_number: str = "",
    phone: str = "", billing: Address | None = None, shipping: Address | None = None, locale: str = "fr",
) -> str:
    """The id of the customer behind a channel's order: found by SIREN, then by e-mail, else created.

    A channel's identifiers that fail their checks are dropped rather than refuse a paid order. Whatever races, the same
    e-mail or SIREN ends in one customer: its guard is what is single, the id only follows from it as long as it is free
    (a customer may have given up the e-mail its id came from). "" when there is nothing to know somebody by.
    """
    clean = _lenient(email=email, siren=siren, siret=siret, vat_number=vat_number)
    email, siren = clean["email"], clean["siren"] or clean["siret"][:9]
    if not email and not siren:
        return ""
    email_key = ctx.blind(email) if email else ""
    for attempt in range(4):
        found = _known(ctx, siren, email_key)
        if found:
            return found
        customer = checked(Customer(
            id=ctx.new_id("cus") if attempt else derived_id("cus", ctx.tenant_id, siren or email_key),
            name=as_line(name.strip() or company_name.strip() or email or siren, MAX_TEXT),
            company_name=as_line(company_name, MAX_TEXT),
            email=email, phone=as_line(phone, MAX_TEXT), locale=as_line(locale, MAX_TEXT),
            siren=siren, siret=clean["siret"], vat_number=clean["vat_number"],
            billing_address=clipped(billing or Address()),
            shipping_addresses=(clipped(shipping),) if shipping else (),
            created_at=ctx.now, updated_at=ctx.now))
        try:
            return _create(ctx.step(f"customer:{customer.id}"), replace(customer, email_key=email_key)).id
        except (Conflict, Refused, AlreadyDone):
            continue
    raise Conflict("customer_race", "This customer is being created elsewhere; try again.")


def _known(ctx: Context, siren: str, email_key: str) -> str:
    """Who holds the SIREN, else the e-mail, or ""; one round trip."""
    held = (("customer_siren", siren), ("customer_email", email_key))
    wanted = [keys.guard(ctx, kind, value) for kind, value in held if value]
    stored = read.items(ctx, wanted)
    return next((str(codec.load(stored[key].data)["id"]) for key in wanted if key in stored), "")


def _lenient(*, email: str, siren: str, siret: str, vat_number: str) -> dict[str, str]:
    """The identifiers that pass their checks; the others empty."""
    clean = {"email": "", "siren": "", "siret": "", "vat_number": ""}
    try:
        clean["email"] = normal_email(email)
    except Invalid:
        clean["email"] = ""
    for field, value in (("siren", siren), ("siret", siret), ("vat_number", vat_number)):
        try:
            found = checked(replace(Customer(id="", name="check"), **{field: value}))  # type: ignore[arg-type]
        except Invalid:
            continue
        clean[field] = str(getattr(found, field))
    return clean


def customer(ctx: Context, customer_id: str) -> Customer:
    """One customer. Raises NotFound."""
    return read.get(ctx, CUSTOMER, customer_id)
