"""The checklist of a company that begins: its items, in their order, and what is kept of it."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.kernel.documents import Document
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.shapes import command, entity

ITEMS: Mapping[str, str] = {
    "invoicing": "tenants.manage", "warehouse": "stock.adjust", "products": "catalog.write", "stock": "stock.adjust",
    "shop": "channels.manage", "colleagues": "users.manage", "order": "orders.write",
}
"""What there is to set up, and the permission that it takes."""

CHECKLIST_ID = "checklist"


@entity
class Checklist:
    """What somebody wants to see no more. What is done is read from the facts, and kept nowhere."""

    id: str = CHECKLIST_ID
    version: int = 0
    dismissed: tuple[str, ...] = ()


@command
class DismissItems:
    """The items to show no more; the others are shown until they are done."""

    dismissed: tuple[str, ...]


@entity
class ChecklistItem:
    """One thing to set up; `may` says whether this caller can."""

    id: str
    is_done: bool
    is_dismissed: bool
    may: bool


@entity
class ChecklistView:
    """The items in their order. `is_over`: none of them is left to do."""

    items: tuple[ChecklistItem, ...]
    done: int
    is_over: bool
    version: int


CHECKLIST: Document[Checklist] = Document("checklist", "", Checklist, lambda c: {"dismissed": len(c.dismissed)})


def checked(body: DismissItems) -> tuple[str, ...]:
    """The dismissed items in the list's order. Raises Invalid for one that there is not."""
    unknown = set(body.dismissed) - ITEMS.keys()
    if unknown:
        raise Invalid("unknown_item", f"There is no item {min(unknown)[:40]}.", {"dismissed": f"of {', '.join(ITEMS)}"})
    return tuple(name for name in ITEMS if name in body.dismissed)


SAMPLE_ID = "sample"
SAMPLE_STATES = ("none", "loading", "loaded", "wiping")


@entity
class Sample:
    """What of this company is sample data: every document of it by its id. It is what makes them samples, so what stands
    here is what is wiped, and nothing else. `is_used` names those that stayed because documents of the company's own are about
    them: they are the company's from then on."""

    id: str = SAMPLE_ID
    version: int = 0
    state: str = "none"
    job_id: str = ""
    price_list_ids: tuple[str, ...] = ()
    product_ids: tuple[str, ...] = ()
    customer_ids: tuple[str, ...] = ()
    operation_ids: tuple[str, ...] = ()
    order_ids: tuple[str, ...] = ()


@command
class WipeSample:
    """`keep_used` leaves, and gives to the company, what its own documents are about; without it they refuse the wipe."""

    keep_used: bool = False


SAMPLE: Document[Sample] = Document("sample", "", Sample, lambda s: {"state": s.state})
