"""The range of *Maison Givrée*, an artisan maker of frozen cakes: what it sells, on which shops, and how it looks.

One list feeds the back office and the two demo shops, as one product database feeds a real merchant's shops.
GTINs are of the restricted-circulation prefix 20-29 (GS1 General Specifications, 2.1.11), so they name nobody's goods.
"""
from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from infra.local.shops.woocommerce.config import Picture, ShopProduct, ShopVariation

RETAIL, GIFTS, PARTY = "retail", "gifts", "party"


@dataclass(frozen=True, slots=True)
class Cake:
    """One product. `sizes` are portions → (price with VAT, unit cost); a cake of one size has the key 0."""

    sku: str
    name_fr: str
    name_en: str
    text_fr: str
    text_en: str
    category: str
    sizes: dict[int, tuple[Decimal, Decimal]]
    picture: Picture
    shops: tuple[str, ...] = (RETAIL,)
    stock: int = 60
    """How many there are of each size at the opening; a cake with none is sold out."""
    weight_grams_per_portion: int = 110

    def skus(self) -> list[tuple[str, int]]:
        """SKU and portions of each variant."""
        return [(f"{self.sku}-{portions}" if portions else self.sku, portions) for portions in self.sizes]


def _money(text: str) -> tuple[Decimal, Decimal]:
    price, cost = text.split("/")
    return Decimal(price), Decimal(cost)


def _sizes(**texts: str) -> dict[int, tuple[Decimal, Decimal]]:
    return {int(name.removeprefix("p")): _money(text) for name, text in texts.items()}


BOTH = (RETAIL, GIFTS)
CAKES: tuple[Cake, ...] = (
    Cake("BUCHE-CHOC", "Bûche glacée chocolat-noisette", "Chocolate-hazelnut ice log",
         "Crème glacée au chocolat noir, cœur praliné noisette, biscuit croustillant.",
         "Dark chocolate ice cream, hazelnut praline heart, crisp biscuit.", "Bûches",
         _sizes(p4="24.90/8.10", p6="34.90/11.40", p8="44.90/14.60"),
         Picture("buche", ("#4a2c1d", "#8a5a36", "#d9b98a"), "#f4ece2", "#c2334d"), BOTH, 80),
    Cake("BUCHE-FRUITS", "Bûche glacée fruits rouges", "Red berry ice log",
         "Sorbet framboise, parfait vanille, coulis de cassis.", "Raspberry sorbet, vanilla parfait, blackcurrant.",
         "Bûches", _sizes(p4="23.90/7.80", p6="33.90/10.90", p8="43.90/14.10"),
         Picture("buche", ("#b3204d", "#f6e7d3", "#6d1d3f"), "#fbeef0", "#2f7d4f"), BOTH, 70),
    Cake("VACHERIN", "Vacherin vanille-framboise", "Vanilla-raspberry vacherin",
         "Meringue à la française, vanille de Madagascar, sorbet framboise.",
         "French meringue, Madagascar vanilla, raspberry sorbet.", "Entremets glacés",
         _sizes(p4="26.50/8.90", p6="36.50/12.20", p8="46.50/15.60"),
         Picture("vacherin", ("#fff8ec", "#e9738f", "#f7e3b4"), "#eef3f1", "#e0486b"), BOTH, 60),
    Cake("OMELETTE", "Omelette norvégienne", "Baked Alaska",
         "Glace vanille et rhum-raisin sous meringue, à flamber.", "Vanilla and rum-raisin under meringue, to flambé.",
         "Entremets glacés", _sizes(p6="38.00/12.90", p8="48.00/16.30"),
         Picture("omelette", ("#fdf3da", "#f2d6a0", "#c98d4b"), "#eaf0f4", "#d98b2b"), (RETAIL,), 40),
    Cake("CHARLOTTE", "Charlotte glacée poire-caramel", "Pear-caramel ice charlotte",
         "Sorbet poire Williams, caramel au beurre salé, biscuits cuillère.",
         "Williams pear sorbet, salted caramel, sponge fingers.", "Entremets glacés",
         _sizes(p6="35.50/11.70", p8="45.50/15.00"),
         Picture("charlotte", ("#f2dfb2", "#e3b04b", "#a9713a"), "#f3f0e6", "#7aa03c"), (RETAIL,), 45),
    Cake("MACARONS", "Macarons glacés, coffret de 12", "Ice macarons, box of 12",
         "Pistache, framboise, vanille, chocolat, citron, caramel.", "Pistachio, raspberry, vanilla, chocolate, lemon.",
         "Petits fours", {0: _money("29.90/9.80")},
         Picture("macarons", ("#a8c686", "#e48aa6", "#f0dfb6"), "#f6f1f7", "#6b3f2a"), BOTH, 90, 360),
    Cake("SORBET-CITRON", "Sorbet plein fruit citron de Menton", "Menton lemon sorbet",
         "Citrons de Menton pressés à la main, 500 ml.", "Hand-pressed Menton lemons, 500 ml.", "Sorbets",
         {0: _money("9.90/2.90")}, Picture("sorbet", ("#f7e36b", "#fdf7c9", "#e8c93a"), "#eef5ee", "#5b8f3a"),
         BOTH, 140, 420),
    Cake("SORBET-FRAISE", "Sorbet plein fruit fraise gariguette", "Gariguette strawberry sorbet",
         "Fraises gariguettes du Lot-et-Garonne, 500 ml.", "Gariguette strawberries from Lot-et-Garonne, 500 ml.",
         "Sorbets", {0: _money("9.90/3.10")}, Picture("sorbet", ("#e4405f", "#f6a5b0", "#b8203f"), "#fcf0ef", "#3f8a4a"),
         (RETAIL,), 130, 420),
    Cake("PROFITEROLES", "Profiteroles glacées, plateau de 16", "Ice profiteroles, tray of 16",
         "Choux vanille, sauce chocolat grand cru.", "Vanilla choux buns, grand cru chocolate sauce.", "Petits fours",
         {0: _money("27.50/9.20")}, Picture("entremets", ("#6b4226", "#e8c48d", "#f6e6c8"), "#f2ede7", "#4a2c1d"),
         BOTH, 55, 520),
    Cake("NOUGAT", "Nougat glacé de Montélimar", "Montélimar ice nougat",
         "Miel de lavande, amandes, pistaches, coulis d’abricot.", "Lavender honey, almonds, pistachios, apricot coulis.",
         "Entremets glacés", _sizes(p6="31.90/10.40"),
         Picture("entremets", ("#f8edd6", "#d9c28e", "#b9d08b"), "#f5f2ea", "#d97a2b"), (GIFTS,), 0),
)
"""Prices include VAT at 5.5 % (ice cream eaten at home, CGI art. 278-0 bis)."""

GIFT_BOX = "COFFRET-FETE"
GIFT_BOX_COMPONENTS = (("BUCHE-CHOC-6", Decimal(1)), ("MACARONS", Decimal(1)), ("SORBET-CITRON", Decimal(2)))
GIFT_BOX_PRICE = Decimal("79.90")
GIFT_BOX_PICTURE = Picture("gift", ("#1f5c57", "#f4ece2", "#c2334d"), "#eef1ee", "#c9a24b")


def _check_digit(digits: str) -> str:
    """GS1 modulo-10 check digit: weights 3 and 1 from the right."""
    total = sum(int(digit) * (3 if n % 2 == 0 else 1) for n, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def gtin(sku: str) -> str:
    """A GTIN-13 of restricted circulation for a SKU, by its place in the range."""
    place = [each for cake in CAKES for each, _ in cake.skus()].index(sku) + 1
    body = f"29{place:010d}"
    return body + _check_digit(body)


def shop_stock(cake: Cake, portions: int) -> int:
    """Opening stock of a variant: small cakes sell most."""
    return cake.stock if portions in (0, 4) else cake.stock * 2 // 3


def shop_products(shop: str) -> tuple[ShopProduct, ...]:
    """The range as one demo shop opens with it."""
    found = [_shop_product(cake) for cake in CAKES if shop in cake.shops]
    if shop == GIFTS:
        found.append(ShopProduct(
            GIFT_BOX, "Coffret de fête", "Party box", GIFT_BOX_PRICE, 20, GIFT_BOX_PICTURE,
            text_fr="Une bûche chocolat 6 parts, douze macarons, deux sorbets citron.",
            text_en="A chocolate log for 6, twelve macarons, two lemon sorbets.", category="Coffrets"))
    return tuple(found)


def _shop_product(cake: Cake) -> ShopProduct:
    if 0 in cake.sizes:
        return ShopProduct(cake.sku, cake.name_fr, cake.name_en, cake.sizes[0][0], shop_stock(cake, 0), cake.picture,
                           gtin=gtin(cake.sku), text_fr=cake.text_fr, text_en=cake.text_en, category=cake.category)
    variations = tuple(
        ShopVariation(sku, (("Parts", str(portions)),), cake.sizes[portions][0], shop_stock(cake, portions), gtin(sku))
        for sku, portions in cake.skus())
    return ShopProduct(cake.sku, cake.name_fr, cake.name_en, cake.sizes[min(cake.sizes)][0], None, cake.picture,
                       text_fr=cake.text_fr, text_en=cake.text_en, variations=variations, category=cake.category)
