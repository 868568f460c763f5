"""Draws the products: small SVG still lifes of frozen cakes made from a shape, the colours of its layers and a garnish."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

Layers = Sequence[str]


def draw(picture: dict[str, Any], title: str) -> str:
    """Return a whole SVG document, 400 × 320; an unknown shape is drawn as a layered cake.

    `picture` holds shape, layers (CSS colours, top to bottom), background and garnish.
    """
    layers = [escape(colour, quote=True) for colour in picture["layers"]] or ["#fdf6ec"]
    garnish, background = (escape(picture[name], quote=True) for name in ("garnish", "background"))
    shape = SHAPES.get(picture["shape"], entremets)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 320" role="img">'
        f"<title>{escape(title)}</title><defs>"
        '<radialGradient id="light" cx=".5" cy=".35" r=".8"><stop offset="0" stop-color="#fff" stop-opacity=".75"/>'
        '<stop offset="1" stop-color="#fff" stop-opacity="0"/></radialGradient>'
        '<linearGradient id="shade" x1="0" x2="1"><stop offset="0" stop-color="#fff" stop-opacity=".28"/>'
        '<stop offset=".55" stop-color="#fff" stop-opacity="0"/><stop offset="1" stop-color="#3b1d10" stop-opacity=".2"/>'
        "</linearGradient></defs>"
        f'<rect width="400" height="320" fill="{background}"/><rect width="400" height="320" fill="url(#light)"/>'
        f"{snow()}{plate()}{shape(layers, garnish)}</svg>"
    )


def snow() -> str:
    """Return quiet flakes at fixed places."""
    places = ((38, 52, 3), (92, 28, 2), (350, 66, 3), (318, 30, 2), (370, 140, 2), (26, 150, 2), (62, 104, 1.5),
              (338, 110, 1.5), (200, 20, 2), (150, 44, 1.5), (262, 48, 1.5))  # fmt: skip
    return "".join(f'<circle cx="{x}" cy="{y}" r="{r}" fill="#fff" opacity=".8"/>' for x, y, r in places)


def plate() -> str:
    """Return a plate with its shadow."""
    return (
        '<ellipse cx="200" cy="274" rx="160" ry="19" fill="#2b1a12" opacity=".14"/>'
        '<ellipse cx="200" cy="266" rx="156" ry="20" fill="#fff"/>'
        '<ellipse cx="200" cy="263" rx="136" ry="15" fill="#f1ece6"/>'
    )


def berry(x: float, y: float, radius: float, colour: str) -> str:
    """Return one berry with its light."""
    return (
        f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{colour}"/>'
        f'<circle cx="{x - radius / 3:.1f}" cy="{y - radius / 3:.1f}" r="{radius / 3.4:.1f}" fill="#fff" opacity=".65"/>'
    )


def leaf(x: float, y: float, turn: float) -> str:
    """Return a mint leaf."""
    return f'<path d="M0 0c10-14 26-14 34-6c-8 12-24 14-34 6z" fill="#5f9b6b" transform="translate({x} {y}) rotate({turn})"/>'


def buche(layers: Layers, garnish: str) -> str:
    """A log seen from its cut end: the layers are its rings."""
    outer = layers[0]
    rings = "".join(
        f'<ellipse cx="112" cy="202" rx="{44 - 40 * i / len(layers):.1f}" ry="{58 - 52 * i / len(layers):.1f}" fill="{c}"/>'
        for i, c in enumerate(layers)
    )
    bark = "".join(
        f'<path d="M{150 + 34 * i} {152 + 9 * (i % 2)}q42 -7 {70 - 4 * i} 3" stroke="#fff" stroke-width="3" '
        'stroke-linecap="round" fill="none" opacity=".4"/>'
        for i in range(4)
    ) + "".join(
        f'<path d="M{168 + 30 * i} {206 + 16 * (i % 3)}q30 7 58 0" stroke="#3b1d10" stroke-width="2.5" '
        'stroke-linecap="round" fill="none" opacity=".18"/>'
        for i in range(4)
    )
    return (
        f'<path d="M112 144h186c30 0 48 26 48 58s-18 58-48 58H112z" fill="{outer}"/>'
        '<path d="M112 144h186c30 0 48 26 48 58s-18 58-48 58H112z" fill="url(#shade)"/>'
        f'{bark}<path d="M118 146q30-17 60-5t60-4t64 9q-30 10-62 5t-62 6t-60-11z" fill="#fff" opacity=".93"/>'
        f'<ellipse cx="112" cy="202" rx="47" ry="60" fill="#fff" opacity=".45"/>{rings}'
        f"{leaf(226, 134, -18)}{leaf(222, 136, 196)}"
        f"{berry(212, 128, 10, garnish)}{berry(230, 126, 10, garnish)}{berry(221, 114, 9, garnish)}"
    )


def vacherin(layers: Layers, garnish: str) -> str:
    """A round cake of stacked layers under rosettes of cream."""
    height = 112 / len(layers)
    bands = []
    for index, colour in enumerate(reversed(layers)):
        bottom = 250 - height * index
        bands.append(f'<path d="M88 {bottom - height:.1f}v{height:.1f}a112 20 0 0 0 224 0v-{height:.1f}z" fill="{colour}"/>')
    side = '<path d="M88 138v112a112 20 0 0 0 224 0v-112z" fill="url(#shade)"/>'
    top = f'<ellipse cx="200" cy="138" rx="112" ry="20" fill="{layers[0]}"/>'
    top += '<ellipse cx="200" cy="138" rx="112" ry="20" fill="#fff" opacity=".35"/>'
    rosettes = "".join(
        f'<path d="M{x - 17} {y}q-3-15 9-19q2-12 8-16q6 4 8 16q12 4 9 19q-17 9-34 0z" fill="#fffaf3" stroke="#eadfd0"/>'
        + berry(x, y - 34, 8, garnish)
        for x, y in ((112, 140), (288, 140), (144, 148), (256, 148), (200, 152))
    )
    return "".join(bands) + side + top + leaf(196, 122, -30) + rosettes


def omelette(layers: Layers, garnish: str) -> str:
    """A dome of browned meringue with a slice taken out and a small flame."""
    height = 62 / len(layers)
    slices = "".join(
        f'<rect x="{232 + 0}" y="{196 + height * i:.1f}" width="74" height="{height + 0.6:.1f}" fill="{c}"/>'
        for i, c in enumerate(layers)
    )
    peaks = "".join(
        f'<path d="M{x - 24} {y + 20}q6-26 24-44q18 18 24 44z" fill="#fffaf0"/>'
        f'<path d="M{x - 8} {y - 6}q2-10 8-18q6 8 8 18q-8 5-16 0z" fill="{garnish}" opacity=".85"/>'
        for x, y in (
            (108, 176),
            (150, 140),
            (200, 122),
            (250, 140),
            (292, 176),
            (128, 212),
            (178, 168),
            (226, 166),
        )
    )
    return (
        '<path d="M76 260c-8-92 58-136 124-136s132 44 124 136z" fill="#fff6e6"/>'
        f'{peaks}<path d="M226 260v-72q40-12 82 4q14 32 12 68z" fill="#fff6e6"/>{slices}'
        '<path d="M76 260c-8-92 58-136 124-136s132 44 124 136z" fill="url(#shade)"/>'
        '<path d="M200 84c-18-18-2-30-4-48c18 14 26 32 4 48z" fill="#5b8fd6" opacity=".75"/>'
        '<path d="M200 84c-9-10-1-17-2-27c10 8 13 18 2 27z" fill="#ffd98a"/>'
    )


def macarons(layers: Layers, garnish: str) -> str:
    """A pyramid of iced macarons, one colour each."""
    places = ((118, 226), (200, 226), (282, 226), (159, 168), (241, 168), (200, 110))
    return "".join(_macaron(x, y, layers[i % len(layers)], garnish) for i, (x, y) in enumerate(places))


def _macaron(x: int, y: int, colour: str, filling: str) -> str:
    def ruffle(level: int) -> str:
        return "".join(f'<circle cx="{x - 34 + 8.5 * i:.1f}" cy="{level}" r="4.6" fill="{colour}"/>' for i in range(9))

    return (
        f'<path d="M{x - 40} {y + 10}h80q2 24-40 24t-40-24z" fill="{colour}"/>{ruffle(y + 11)}'
        f'<rect x="{x - 36}" y="{y - 4}" width="72" height="13" rx="6" fill="{filling}"/>{ruffle(y - 5)}'
        f'<path d="M{x - 40} {y - 4}q-2-34 40-34t40 34z" fill="{colour}"/>'
        f'<path d="M{x - 40} {y - 4}q-2-34 40-34t40 34z" fill="url(#shade)"/>'
        f'<path d="M{x - 26} {y - 20}q8-12 24-13" stroke="#fff" stroke-width="4" stroke-linecap="round" fill="none" '
        f'opacity=".6"/>'
    )


def sorbet(layers: Layers, garnish: str) -> str:
    """Scoops in a stemmed glass."""
    places = ((160, 150), (240, 150), (200, 108))
    scoops = "".join(
        f'<circle cx="{x}" cy="{y}" r="46" fill="{layers[i % len(layers)]}"/>'
        f'<circle cx="{x}" cy="{y}" r="46" fill="url(#shade)"/>'
        f'<path d="M{x - 28} {y - 16}q10-18 28-20" stroke="#fff" stroke-width="5" stroke-linecap="round" fill="none" '
        f'opacity=".5"/>'
        for i, (x, y) in enumerate(places)
    )
    glass = (
        '<path d="M98 152h204q-8 66-78 74v28h34v10h-116v-10h34v-28q-70-8-78-74z" fill="#dfeef3" opacity=".9"/>'
        '<path d="M112 162q10 44 60 52" stroke="#fff" stroke-width="7" stroke-linecap="round" fill="none" opacity=".9"/>'
    )
    wafer = '<path d="M252 112l46-74l15 9l-42 78z" fill="#d9a566"/><path d="M264 104l36-58M258 116l46-70" stroke="#b98245"/>'
    return wafer + scoops + glass + leaf(204, 66, -40) + berry(196, 62, 11, garnish) + berry(214, 64, 9, garnish)


def entremets(layers: Layers, garnish: str) -> str:
    """A cut of a rectangular cake, every layer seen, under a glaze."""
    height = 100 / len(layers)
    bands = "".join(
        f'<path d="M84 {160 + height * i:.1f}h176l56-34v{height + 0.6:.1f}l-56 34h-176z" fill="{c}"/>'
        for i, c in enumerate(layers)
    )
    return (
        f'{bands}<path d="M260 160l56-34v100l-56 34z" fill="#3b1d10" opacity=".14"/>'
        f'<path d="M84 160l56-34h176l-56 34z" fill="{layers[0]}"/><path d="M84 160l56-34h176l-56 34z" fill="#fff" '
        f'opacity=".35"/>'
        f'<path d="M84 160h176v10q-10 14-18 2t-18 4t-20-2t-20 8t-22-6t-22 4t-20-6t-36-2z" fill="{layers[0]}"/>'
        f"{leaf(206, 132, -24)}{leaf(196, 134, 200)}{berry(186, 130, 12, garnish)}{berry(210, 128, 13, garnish)}"
        f"{berry(198, 112, 11, garnish)}{berry(236, 138, 8, garnish)}"
    )


def charlotte(layers: Layers, garnish: str) -> str:
    """A ring of biscuits tied with a ribbon, fruit on top."""
    fingers = "".join(
        f'<rect x="{92 + 24 * i}" y="{140 + abs(4 - i) * -1.5 + 6:.0f}" width="23" height="112" rx="11" '
        f'fill="{layers[i % len(layers)]}" '
        'stroke="#fff" stroke-opacity=".5"/>'
        for i in range(9)
    )
    fruit = "".join(
        berry(x, y, 13, garnish)
        for x, y in ((130, 134), (160, 126), (240, 126), (270, 134), (200, 120), (182, 140), (220, 140))
    )
    return (
        f'<ellipse cx="200" cy="142" rx="104" ry="18" fill="#fff6e6"/>{fingers}'
        f'<path d="M90 194q110 16 220 0v18q-110 16-220 0z" fill="{garnish}"/>'
        f'<path d="M200 204q-34-24-38 2t38 4q34-22 38-2t-38-2z" fill="{garnish}" stroke="#fff" stroke-opacity=".5"/>{fruit}'
        f"{leaf(196, 110, -20)}"
    )


def gift(layers: Layers, garnish: str) -> str:
    """A gift box with its ribbon; the layers are the box and the paper bands."""
    box, band = layers[0], layers[-1]
    dots = "".join(
        f'<circle cx="{(114, 140, 164, 236, 260, 286)[i % 6]}" cy="{186 + 26 * (i // 6)}" r="4" fill="{band}" opacity=".7"/>'
        for i in range(18)
    )
    return (
        f'<rect x="92" y="160" width="216" height="102" rx="6" fill="{box}"/>{dots}'
        f'<rect x="80" y="132" width="240" height="36" rx="7" fill="{box}"/><rect x="80" y="132" width="240" '
        f'height="36" rx="7" fill="#fff" opacity=".25"/>'
        '<rect x="92" y="168" width="216" height="94" fill="url(#shade)"/>'
        f'<rect x="184" y="132" width="32" height="130" fill="{garnish}"/>'
        f'<path d="M200 132q-66-6-70-40q2-28 34-14q28 14 36 54zM200 132q66-6 70-40q-2-28-34-14q-28 14-36 54z" '
        f'fill="{garnish}"/>'
        '<path d="M192 122q-40-8-46-28q2-14 20-6q18 10 26 34zM208 122q40-8 46-28q-2-14-20-6q-18 10-26 34z" fill="#fff" '
        'opacity=".28"/>'
        f'<circle cx="200" cy="130" r="13" fill="{garnish}"/><circle cx="196" cy="126" r="4" fill="#fff" opacity=".6"/>'
    )


def lollies(layers: Layers, garnish: str) -> str:
    """Three dipped ice-cream bars on sticks."""
    bars = []
    for i, (x, turn) in enumerate(((120, -9), (200, 0), (280, 9))):
        colour = layers[i % len(layers)]
        bars.append(
            f'<g transform="rotate({turn} {x} 262)"><rect x="{x - 7}" y="216" width="14" height="48" rx="6" fill="#dcb27c"/>'
            f'<path d="M{x - 34} 222v-98a34 34 0 0 1 68 0v98q0 8-8 8h-52q-8 0-8-8z" fill="{colour}"/>'
            f'<path d="M{x - 34} 222v-98a34 34 0 0 1 68 0v98q0 8-8 8h-52q-8 0-8-8z" fill="url(#shade)"/>'
            f'<path d="M{x - 34} 160v-36a34 34 0 0 1 68 0v30q-10 16-20 4t-22 8t-26-6z" fill="{garnish}"/>'
            f'<path d="M{x - 20} 128q2-18 14-22" stroke="#fff" stroke-width="5" stroke-linecap="round" fill="none" '
            f'opacity=".6"/></g>'
        )
    return "".join(bars)


SHAPES: dict[str, Callable[[Layers, str], str]] = {
    "buche": buche,
    "vacherin": vacherin,
    "omelette": omelette,
    "macarons": macarons,
    "sorbet": sorbet,
    "entremets": entremets,
    "charlotte": charlotte,
    "gift": gift,
    "lollies": lollies,
}
