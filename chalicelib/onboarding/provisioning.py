"""What a company finds after it signed up: its chart of accounts with journals and first fiscal year, and a warehouse.

Each step looks at what is there and has a marker of its own, so the event may come again, and after an interruption the work
goes on. The series of numbers need nothing: they begin with their first document.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import AlreadyDone, Conflict
from chalicelib.kernel.event import Event
from chalicelib.ledger import service as ledger
from chalicelib.ledger.model import FISCAL_YEAR, NewFiscalYear
from chalicelib.stock import service as stock
from chalicelib.stock.model import WarehouseBody
from chalicelib.storage import read
from chalicelib.tenants import service as tenants
from chalicelib.tenants.sign_up.model import CHARTS, year_end

_WAREHOUSE = {"fr": "Entrepôt principal", "en": "Main warehouse"}


def on_signed_up(ctx: Context, event: Event) -> None:
    """Sets up what the company chose."""
    if event.data["chart"] in CHARTS:
        _once(lambda: _open_books(ctx.step("books"), date.fromisoformat(event.data["fiscal_year_starts_on"])))
    _once(lambda: _first_warehouse(ctx.step("warehouse")))


def _once(do: Callable[[], None]) -> None:
    """Does it unless it is done."""
    try:
        do()
    except AlreadyDone:
        return
    except Conflict as error:
        if error.code not in ("fiscal_month_taken", "already_exists", "warehouse_code_taken"):
            raise


def _open_books(ctx: Context, starts_on: date) -> None:
    """The first fiscal year, which brings the chart and the journals."""
    ends_on = year_end(starts_on)
    if read.find(ctx, FISCAL_YEAR, ends_on.isoformat()) is None:
        ledger.open_fiscal_year(ctx, NewFiscalYear(starts_on=starts_on, ends_on=ends_on))


def _first_warehouse(ctx: Context) -> None:
    """One warehouse, named in the company's language, unless somebody was faster."""
    if not stock.directory(ctx).entries:
        name = _WAREHOUSE[tenants.tenant(ctx).locale]
        stock.create_warehouse(ctx, WarehouseBody(code="PRINCIPAL" if name == _WAREHOUSE["fr"] else "MAIN", name=name))
