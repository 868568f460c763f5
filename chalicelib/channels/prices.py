"""What a shop should ask for its goods, as its platform keeps prices."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from chalicelib.catalog import service as catalog
from chalicelib.channels import pushing
from chalicelib.channels.model import Connection
from chalicelib.kernel.context import Context
from chalicelib.kernel.money import round_amount
from chalicelib.pricing import service as pricing
from chalicelib.pricing.applicable import Price, unit_price
from chalicelib.tenants import service as tenants
from connectors import connector
from connectors.contract import Capabilities, PriceBreak, PriceUpdate


def wanted(ctx: Context, connection: Connection, skus: Iterable[str]) -> list[PriceUpdate]:
    """What the shop should ask today for each of the SKUs that it sells and that has a price here, in its currency, with or
    without VAT as it types prices; with its quantity breaks where the platform has any."""
    today = ctx.now.astimezone(ZoneInfo(tenants.tenant(ctx).time_zone)).date()
    ladders = pricing.price_ladders(ctx, skus, at=today, currency=connection.currency, channel_id=connection.id,
                                    price_list_id=connection.price_list_id)
    facts = catalog.find_skus(ctx, ladders)
    bound = pushing.bindings_of(ctx, [connection.id], [sku for sku in ladders if sku in facts])
    able = connector(connection.platform).capabilities
    return [_update(product, variation, sku, as_kept(ladders[sku], connection, facts[sku].vat_rate, able))
            for (_, sku), (product, variation) in bound.items()]


def as_kept(
    ladder: Iterable[tuple[Decimal, Price]], connection: Connection, vat_rate: Decimal, able: Capabilities
) -> list[tuple[int, Decimal]]:
    """The steps of a price as the shop keeps them: a price with its own number of decimals, else with the currency's, and
    whole pieces, rounded up so that nobody pays the price of a quantity not reached. Of two steps that meet at the same
    number of pieces the later holds; one that changes nothing is left out."""
    steps: dict[int, Decimal] = {}
    for quantity, price in ladder:
        amount = unit_price(price, connection.prices_include_tax, vat_rate)
        kept = (round_amount(amount, connection.currency) if able.price_decimals is None
                else amount.quantize(Decimal(1).scaleb(-able.price_decimals), ROUND_HALF_UP))
        steps[int(quantity.to_integral_value(ROUND_CEILING))] = kept
    told = list(steps.items())[: None if able.price_breaks else 1]
    return [step for n, step in enumerate(told) if n == 0 or step[1] != told[n - 1][1]]


def _update(product: str, variation: str, sku: str, steps: list[tuple[int, Decimal]]) -> PriceUpdate:
    (_, price), *breaks = steps
    return PriceUpdate(variation or product, price, product if variation else None, sku,
                       tuple(PriceBreak(quantity, step) for quantity, step in breaks))
