"""How the demo company's papers look: a logo of a mountain under snow, and the colours of ice."""
from __future__ import annotations

import base64

from chalicelib.documents import branding
from chalicelib.documents.model import ChangeBranding, NewLogo
from chalicelib.kernel.context import Context
from chalicelib.tenants import directory

LOGO = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 6 80 54">
<path d="M4 58 34 10l14 20 8-10 24 38z" fill="#1c4f7c"/><path d="M34 10 24 27l8-3 6 5 4-4 5 5z" fill="#dcecf6"/>
<path d="M56 20l-8 10 6-2 5 4 4-2z" fill="#dcecf6"/><circle cx="70" cy="16" r="6" fill="#f2b84b"/></svg>"""


def seed_look(ctx: Context) -> None:
    """Logo, colours and footer."""
    branding.change_logo(directory.apart(ctx, "logo"), branding.current(ctx),
                         NewLogo(content_base64=base64.b64encode(LOGO).decode()))
    branding.change(directory.apart(ctx, "colours"), branding.current(ctx), ChangeBranding(
        primary_colour="#1c4f7c", secondary_colour="#eaf3f9", footer_text="Glaces et entremets d’Annecy, livrés à −25 °C."))
