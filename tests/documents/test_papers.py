"""Papers as a customer reads them: the words and figures in the PDF, in both languages, and the electronic invoice inside."""

from __future__ import annotations

import html
import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal as D
from typing import Any

import pytest
from pypdf import PdfReader

from chalicelib.documents import drawing, formats, model, sales_papers
from chalicelib.documents.invoices import invoice_sheet
from chalicelib.documents.model import Branding, ChangeBranding, changed_branding, look_of
from chalicelib.documents.sales_papers import Maker
from chalicelib.einvoice import cii
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.tax import VatLine
from chalicelib.sales.delivery import Delivery, DeliveryLine, Parcel
from chalicelib.sales.model import Address, Buyer, Charge, Order, OrderLine, Shipment, ShippedLine
from chalicelib.tenants.model import Company, PostalAddress
from tests.einvoice import cases

LOOK = look_of(Branding(footer_text="Merci de votre confiance."))
MAKER = Maker(company=Company(
    legal_name="Maison Duval", legal_form="SARL", siren="732829320", vat_number="FR44732829320", rcs_city="RCS Annecy",
    address=PostalAddress(street="4 quai du Lac", postal_code="74000", city="Annecy")), look=LOOK, locale="fr",
    time_zone="Europe/Paris")
PLACED = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
ORDER = Order(
    id="ord_1", number="2026-00017", state="partly_shipped", placed_at=PLACED, version=3, external_number="W-1001",
    channel_name="Boutique", buyer=Buyer(name="Zoé Lefèvre"), is_paid=True, paid_total=D("1250.90"),
    billing_address=Address(line1="3 rue des Alpes", postal_code="74000", city="Annecy", country_code="FR"),
    lines=(OrderLine(id="1", sku="MUG", name="Tasse en grès", quantity=D(6), unit_price=D("12.50"), amount=D("75.00"),
                     cancelled_quantity=D(1)),
           OrderLine(id="2", sku="LAIT", name="Laine peignée", quantity=D("2.5"), unit_price=D("468.36"), base_unit_code="KGM",
                     amount=D("1170.90"), vat_rate=D("5.5"))),
    charges=(Charge(kind="shipping", name="Colissimo", amount=D("5.00")),),
    vat_breakdown=(VatLine(vat_category="S", vat_rate=D(20), taxable_amount=D("66.67"), vat_amount=D("13.33")),),
    total_without_vat=D("1176.53"), vat_amount=D("74.37"), total_with_vat=D("1250.90"),
    shipments=tuple(Shipment(id=f"2026-00017-{n}", delivery_id=f"dlv_{n}", shipped_at=PLACED,
                             lines=(ShippedLine(line_id="1", quantity=D(q)),)) for n, q in ((1, 3), (2, 2))))


def delivery(n: int, quantity: int, **more: Any) -> Delivery:
    values: dict[str, Any] = {
        "state": "shipped", "shipped_at": PLACED, "carrier_name": "Colissimo",
        "parcels": (Parcel(number=1, tracking_number="6A123"),), **more}
    line = DeliveryLine(line_id="1", sku="MUG", name="Tasse en grès", quantity=D(quantity))
    return Delivery(id=f"dlv_{n}", number=f"2026-00017-{n}", order_id=ORDER.id, order_number=ORDER.number,
                    warehouse_id="whs_1", created_at=PLACED, lines=(line,), **values)


def text_of(document: bytes) -> str:
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(document)).pages)
    return text.replace("\u202f", " ").replace("\xa0", " ")


def invoice_pdf(name: str, locale: str = "fr") -> bytes:
    invoice = cases.CASES[name]()
    return drawing.pdf(invoice_sheet(invoice, LOOK, locale), xml=cii.write(invoice))


def test_a_french_invoice_says_everything_the_law_asks_for() -> None:
    text = text_of(invoice_pdf("allowances_at_both_levels"))
    for said in ("Facture", "FA-2026-00042", "24/11/2026", "24/12/2026", "Atelier du Pastel SAS", "SIREN 732829320",
                 "N° TVA FR44732829320", "RCS Toulouse 732 829 320", "Librairie Ombres & Lumières", "SIREN 404833048",
                 "Carnet à l’encre bleue", "Remise fidélité −5,00 €", "Port", "20 %", "5,5 %", "Net à payer", "73,58 €",
                 "Indemnité forfaitaire pour frais de recouvrement : 40 €.", "Pas d’escompte", "Page 1 / 1", "IBAN FR76"):
        assert said in text, said


def test_an_english_credit_note_names_the_invoice_it_credits() -> None:
    text = text_of(invoice_pdf("credit_note", "en"))
    for said in ("Credit note", "AV-2026-00003", "Preceding invoice FA-2026-00040", "24 Nov 2026", "To be refunded", "€22.70",
                 "5.5 %"):
        assert said in text, said


def test_amounts_without_decimals_and_an_exemption_with_its_reason() -> None:
    yen = text_of(invoice_pdf("export_in_yen"))
    assert "50 000 ¥" in yen and "TVA G : Exportation exonérée" in yen and "TVA en euros" in yen
    assert "TVA E : TVA non applicable" in text_of(invoice_pdf("exempt"))
    assert "−0,01 €" in text_of(invoice_pdf("rounded"))


def test_the_number_stands_on_every_page() -> None:
    long = cases.invoice(*(cases.line("1.00", name=f"Article {n}") for n in range(120)))
    reader = PdfReader(io.BytesIO(drawing.pdf(invoice_sheet(long, LOOK, "fr"), xml=cii.write(long))))
    assert len(reader.pages) > 3
    for n, page in enumerate(reader.pages):
        assert "FA-2026-00042" in page.extract_text() and f"Page {n + 1} / {len(reader.pages)}" in page.extract_text()


@pytest.mark.parametrize("name", cases.CASES)
def test_the_file_is_pdf_a_3_with_exactly_its_own_xml_inside(name: str) -> None:
    made, xml = invoice_pdf(name), cii.write(cases.CASES[name]())
    reader = PdfReader(io.BytesIO(made))
    root = reader.trailer["/Root"]
    assert {each: list(contents) for each, contents in reader.attachments.items()} == {"factur-x.xml": [xml]}
    (specification,) = [each.get_object() for each in root["/AF"]]
    assert specification["/AFRelationship"] == "/Alternative" and specification["/UF"] == "factur-x.xml"
    embedded = specification["/EF"]["/F"].get_object()
    assert embedded["/Subtype"] == "/text/xml" and "/ModDate" in embedded["/Params"]
    assert [each.get_object()["/S"] for each in root["/OutputIntents"]] == ["/GTS_PDFA1"]
    packet = root["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>" in packet
    assert "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>" in packet
    assert "<fx:DocumentFileName>factur-x.xml</fx:DocumentFileName>" in packet and "<fx:DocumentType>INVOICE<" in packet
    assert "/Encrypt" not in reader.trailer
    assert all("/FontFile3" in each or "/FontFile2" in each for each in _font_descriptors(reader))


@pytest.mark.parametrize("name", ["plain", "export_in_yen"])
def test_the_file_holds_nothing_that_pdf_a_3_forbids_and_says_the_same_twice(name: str) -> None:
    """ISO 19005-3: a file identifier, no encryption, no LZW and no external streams, no scripts, no actions by themselves, no
    forms, metadata a plain XML stream that agrees with the document information, a profile in the output intent."""
    reader = PdfReader(io.BytesIO(invoice_pdf(name)))
    root, info = reader.trailer["/Root"], reader.trailer.get("/Info")
    assert len(reader.trailer["/ID"]) == 2 and all(len(bytes(each.original_bytes)) >= 16 for each in reader.trailer["/ID"])
    assert not {"/AA", "/OpenAction", "/AcroForm", "/OCProperties", "/Perms"} & set(root)
    assert "/JavaScript" not in root.get("/Names", {})
    metadata = root["/Metadata"].get_object()
    assert (metadata["/Type"], metadata["/Subtype"], "/Filter" in metadata) == ("/Metadata", "/XML", False)
    (intent,) = [each.get_object() for each in root["/OutputIntents"]]
    assert intent["/DestOutputProfile"].get_object()["/N"] == 3
    numbers = sorted(number for table in reader.xref.values() for number in table if number)
    assert len(numbers) > 20
    for number in numbers:
        found = reader.get_object(number)
        held = found if isinstance(found, dict) else {}
        assert not {"/F", "/FFilter"} & set(held) or held.get("/Type") == "/Filespec" or held.get("/Subtype") == "/Link", number
        assert "LZW" not in str(held.get("/Filter", "")) and "/AA" not in held
        assert held.get("/S") not in ("/JavaScript", "/Launch", "/Sound", "/Movie")
    packet = metadata.get_data().decode()
    for key, tag in (("/Title", "dc:title"), ("/Author", "dc:creator"), ("/Producer", "pdf:Producer"),
                     ("/Creator", "xmp:CreatorTool")):
        said = info.get_object().get(key) if info else None
        assert said is None or (tag in packet and str(said) in html.unescape(packet)), key


def _font_descriptors(reader: PdfReader) -> list[dict[str, object]]:
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]
    parts = [part.get_object() for font in fonts for part in font.get("/DescendantFonts", [font])]
    return [part["/FontDescriptor"].get_object() for part in parts]


def test_every_object_is_where_the_table_says() -> None:
    made = invoice_pdf("plain")
    table = int(made[made.rindex(b"startxref"):].split()[1])
    assert made[table : table + 4] == b"xref"
    places = [int(each) for each in re.findall(rb"(\d{10}) \d{5} n", made[table:])]
    assert all(re.match(rb"\d+ 0 obj", made[place : place + 12]) for place in places)


def test_the_same_sheet_gives_the_same_bytes() -> None:
    assert invoice_pdf("mixed_rates") == invoice_pdf("mixed_rates")
    assert invoice_pdf("mixed_rates") != invoice_pdf("mixed_rates", "en")


def test_a_text_is_never_code_and_a_strange_sign_never_stops_a_paper() -> None:
    odd = cases.invoice(cases.line("1.00", name='#panic("x") $x$ *b* @preview \\ ] 寿 🎁 ﬁ ṣ'))
    text = text_of(drawing.pdf(invoice_sheet(odd, LOOK, "fr"), xml=cii.write(odd)))
    assert '#panic("x") $x$ *b* @preview \\ ] ? ?' in text
    assert formats.drawable("Ελλάδα, Łódź, Київ, ﬁ, ṣ") == "Ελλάδα, Łódź, Київ, fi, s"


def test_an_order_confirmation() -> None:
    text = text_of(drawing.pdf(sales_papers.confirmation_sheet(ORDER, MAKER)))
    for said in ("Confirmation de commande", "2026-00017", "24/11/2026", "W-1001", "Boutique", "Zoé Lefèvre", "Tasse en grès",
                 "Réf. MUG", "2,5 kg", "Colissimo", "Total TTC", "1 250,90 €", "Payé à la commande", "RCS Annecy"):
        assert said in text, said
    assert "FR\n" not in text, "a French address within France names no country"
    english = text_of(drawing.pdf(sales_papers.confirmation_sheet(ORDER, replace(MAKER, locale="en"))))
    assert "Order confirmation" in english and "€1,250.90" in english


def test_a_delivery_note_says_what_follows_and_no_price() -> None:
    text = text_of(drawing.pdf(sales_papers.delivery_note_sheet(ORDER, delivery(1, 3), MAKER)))
    assert "2026-00017-1" in text and "6A123" in text and "€" not in text
    assert re.search(r"Tasse en grès\n.*\n5 3 2", text), "of five wanted three left, two follow"
    assert re.search(r"5 2 –", text_of(drawing.pdf(sales_papers.delivery_note_sheet(ORDER, delivery(2, 2), MAKER))))
    packed, prepared = replace(ORDER, shipments=ORDER.shipments[:1]), delivery(2, 1, state="packed", shipped_at=None)
    before = text_of(drawing.pdf(sales_papers.delivery_note_sheet(packed, prepared, MAKER)))
    assert "5 1 1" in before and "Expédié le" not in before, "the note goes into the parcel before it leaves"


def test_an_address_label_fits_its_parcel() -> None:
    reader = PdfReader(io.BytesIO(drawing.pdf(sales_papers.address_label_sheet(ORDER, delivery(1, 3), MAKER))))
    width, height = (round(float(side) / 72 * 25.4) for side in reader.pages[0].mediabox[2:])
    assert (width, height, len(reader.pages)) == (100, 150, 1)
    assert "3 rue des Alpes" in reader.pages[0].extract_text() and "Maison Duval" in reader.pages[0].extract_text()


def test_colours_are_checked_and_the_ink_can_be_read() -> None:
    old = Branding()
    for colour in ("red", "#12", "#1234567", "rgb(0,0,0)", '#ffffff"'):
        with pytest.raises(Invalid):
            changed_branding(old, ChangeBranding(primary_colour=colour, secondary_colour="#ffffff"))
    with pytest.raises(Invalid):
        changed_branding(old, ChangeBranding(primary_colour="#ffffff", secondary_colour="#ffffff", footer_text="x" * 301))
    assert [model.readable_ink(each) for each in ("#ffffff", "#ffd400", "#1f4e5f", "#000000")] == [
        "#16202a", "#16202a", "#ffffff", "#ffffff"]


def test_days_and_figures_as_each_language_writes_them() -> None:
    assert formats.amount(D("-1234.5"), "EUR", "fr") == "−1\u202f234,50\xa0€"
    assert formats.amount(D("1234.5"), "CHF", "en") == "1,234.50\xa0CHF"
    assert formats.amount(D("1234"), "JPY", "en") == "¥1,234"
    assert formats.price(D("8.333333"), "EUR", "fr") == "8,333333" and formats.price(D("8.3"), "EUR", "fr") == "8,30"
    assert formats.day(date(2026, 3, 1), "en") == "1 Mar 2026"
