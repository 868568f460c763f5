"""The endpoints of pricing."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid
from chalicelib.pricing import explain, importing, service
from chalicelib.pricing.applicable import Question
from chalicelib.pricing.importing import PriceFile
from chalicelib.pricing.model import PRICE_LIST, ListedPrices, PriceChanges, PriceListBody, PriceListRow, PricesSet
from chalicelib.runtime import cursors, jobs
from chalicelib.runtime.api import Api
from chalicelib.runtime.endpoints import Answer, Parameter, Request
from chalicelib.runtime.jobs import JobView
from chalicelib.runtime.resources import Listing, Resource, mount
from chalicelib.tenants import service as tenants

api = Api("pricing")

mount(api, Resource(
    document=PRICE_LIST, row=PriceListRow, path="/price-lists", read="pricing.read", write="pricing.write",
    listings={"": Listing("by_list", "PRICE_LIST", newest_first=False)},
    filters=("is_active", "currency", "prices_include_vat"),
    create=service.create_price_list, create_body=PriceListBody, update=service.update_price_list,
    update_body=PriceListBody))


IMPORTS = jobs.collection(importing.KIND, "/imports", "pricing.read", "pricing.write")
jobs.offer(api, IMPORTS)


@api.get("/price-lists/{price_list_id}/prices", permission="pricing.read", answer=ListedPrices, is_list=True,
         parameters=(Parameter("cursor"),))
def list_prices(ctx: Context, request: Request[Any], price_list_id: str) -> Answer:
    """The prices in a list, by SKU, a hundred at a time."""
    shape = ["prices", price_list_id]
    start = cursors.read(ctx, request.query["cursor"], shape) if request.query.get("cursor") else {}
    items, after = service.prices_in_list(ctx, price_list_id, start.get("sku", ""))
    return Answer({"items": items, "cursor": cursors.write(ctx, {"sku": after}, shape) if after else None})


@api.put("/price-lists/{price_list_id}/prices", permission="pricing.write", body=PriceChanges, answer=PricesSet)
def set_prices(ctx: Context, request: Request[PriceChanges], price_list_id: str) -> Answer:
    """Set the prices of SKUs in a list; a SKU without entries leaves it."""
    return Answer(service.set_prices(ctx, price_list_id, request.body))


@api.post("/price-lists/{price_list_id}/imports", permission="pricing.write", body=PriceFile, answer=JobView, status=202,
          max_body=5_900_000)
def import_prices(ctx: Context, request: Request[PriceFile], price_list_id: str) -> Answer:
    """Set prices from a CSV file, as a job; with dry_run, only say what would happen."""
    return jobs.accepted(ctx, IMPORTS, importing.start(ctx, price_list_id, request.body))


@api.get("/price-lists/{price_list_id}/export", permission="pricing.read", stays_open=True, produces="text/csv")
def export_prices(ctx: Context, request: Request[Any], price_list_id: str) -> Answer:
    """The prices in a list, as the CSV file an import reads."""
    return Answer(importing.export_prices(ctx, price_list_id), 200,
                  {"Content-Disposition": 'attachment; filename="prices.csv"'}, content_type="text/csv; charset=utf-8")


@api.get("/explain", permission="pricing.read", answer=explain.PriceExplanation, parameters=(
    Parameter("sku"), Parameter("quantity", "1 if not given"), Parameter("channel_id"), Parameter("price_list_id"),
    Parameter("currency", "the company's if not given"), Parameter("at", "a date or an instant; today if not given")))
def explain_price(ctx: Context, request: Request[Any]) -> Answer:
    """Why a SKU costs what it costs: the price that applies and each one that does not."""
    query = request.query
    tenant = tenants.tenant(ctx)
    question = Question(
        sku=query.get("sku", ""), quantity=_quantity(query.get("quantity", "1")), channel_id=query.get("channel_id", ""),
        price_list_id=query.get("price_list_id", ""), currency=query.get("currency") or tenant.currency,
        at=_date(query.get("at", ""), ctx, tenant.time_zone))
    price, considered, unit_code = service.ask(ctx, question)
    return Answer(explain.explained(question, price, considered, unit_code, ctx.locale))


def _quantity(text: str) -> Decimal:
    try:
        quantity = Decimal(text[:40])
    except InvalidOperation:
        quantity = Decimal(0)
    if not quantity.is_finite() or not 0 < quantity <= Decimal(10) ** 9:
        raise Invalid("quantity", "A quantity is a number above 0.", {"quantity": "above 0"})
    return quantity


def _date(text: str, ctx: Context, time_zone: str) -> date:
    """A business date; an instant counts where the company is."""
    zone = ZoneInfo(time_zone)
    if not text:
        return ctx.now.astimezone(zone).date()
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid("date", "A date is written 2026-11-24.", {"at": "date"}) from None
    return (instant if instant.tzinfo is None else instant.astimezone(zone)).date()
