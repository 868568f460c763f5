"""`/api/tenants/support-accesses`: operators who ask to come in, and the company's answer."""

from __future__ import annotations

from chalicelib.kernel.shapes import entity
from chalicelib.runtime.resources import Action, Listing, Resource, mount
from chalicelib.tenants.edge import api
from chalicelib.tenants.support import service
from chalicelib.tenants.support.model import SUPPORT_ACCESS, TRANSITIONS, GrantSupport, SupportAccess, SupportRow


@entity
class SupportAccessView(SupportAccess):
    """A request with what can be answered now."""

    allowed_actions: tuple[str, ...]


ACCESSES: Resource[SupportAccess] = Resource(
    document=SUPPORT_ACCESS, path="/support-accesses", read="support.manage", write="support.manage",
    listings={"": Listing("by_list", "SUPPORT_ACCESS")}, filters=("state",), transitions=TRANSITIONS, row=SupportRow,
    shape=SupportAccessView,
    actions={"grant": Action(service.grant, GrantSupport),
             "refuse": Action(lambda ctx, found, _: service.refuse(ctx, found)),
             "withdraw": Action(lambda ctx, found, _: service.withdraw(ctx, found))},
    allows=lambda ctx, found, name: found.ends_at > ctx.now or name == "withdraw")
mount(api, ACCESSES)
