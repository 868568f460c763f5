"""`invoice_document`: an invoice as CII, UBL and PDF/A-3 with the CII inside, pre-flight included, in our own CPU.

Every invoice is another: Typst remembers what it drew. CPU is that of the process with all its threads.
"""

from __future__ import annotations

import time
from datetime import date
from decimal import Decimal
from random import Random

from bench.figures import Figure
from chalicelib.documents import drawing
from chalicelib.documents.invoices import invoice_sheet
from chalicelib.documents.model import Branding, look_of
from chalicelib.einvoice import cii, ubl
from chalicelib.einvoice.model import Identifier, Invoice, Line, Note, Party, Totals, VatBreakdown
from chalicelib.einvoice.preflight import blocks, preflight
from chalicelib.kernel.address import Address
from chalicelib.kernel.money import ZERO, round_amount

BAR_MS = 150
RATES = (Decimal("20"), Decimal("10"), Decimal("5.5"))
NOTES = (Note(subject_code="PMT", text="Indemnité forfaitaire pour frais de recouvrement : 40 €."),
         Note(subject_code="PMD", text="Pénalités de retard : 12 % l’an."), Note(subject_code="AAB", text="Escompte : néant."))


def _party(name: str, siren: str, vat_number: str) -> Party:
    return Party(name=name, legal_id=Identifier(value=siren, scheme="0002"), vat_number=vat_number,
                 electronic_address=Identifier(value=siren, scheme="0225"),
                 address=Address(line1="3 rue des Alpes", postal_code="74000", city="Annecy", country_code="FR"))


def invoice(n: int, lines: int, chance: Random) -> Invoice:
    """An invoice that passes every rule."""
    made, sums = [], dict.fromkeys(RATES, ZERO)
    for i in range(lines):
        rate, quantity = chance.choice(RATES), Decimal(chance.randrange(1, 40))
        price = Decimal(chance.randrange(100, 99_999)) / 100
        net = round_amount(price * quantity, "EUR")
        sums[rate] += net
        made.append(Line(id=str(i + 1), name=f"Article {n}-{i} {chance.randrange(10**6)}", seller_item_id=f"SKU-{n}-{i}",
                         quantity=quantity, net_price=price, net_amount=net, vat_rate=rate))
    rows = tuple(VatBreakdown(vat_category="S", vat_rate=rate, taxable_amount=base,
                              vat_amount=round_amount(base * rate / 100, "EUR")) for rate, base in sums.items() if base)
    net, vat = (sum((getattr(row, name) for row in rows), ZERO) for name in ("taxable_amount", "vat_amount"))
    return Invoice(
        number=f"FA-2026-{n:06}", issued_on=date(2026, 11, 24), due_on=date(2026, 12, 24), notes=NOTES, lines=tuple(made),
        seller=_party("Maison Givrée SAS", "732829320", "FR44732829320"), vat_breakdown=rows,
        buyer=_party(f"Librairie {n}", "404833048", "FR83404833048"),
        totals=Totals(line_net_amount=net, total_without_vat=net, vat_amount=vat, total_with_vat=net + vat,
                      due_amount=net + vat))


def _document(n: int, lines: int, chance: Random) -> tuple[float, int]:
    """CPU milliseconds and bytes of one invoice's files."""
    wanted = invoice(n, lines, chance)
    started = time.process_time()
    if blocks(preflight(wanted)):
        raise ValueError("the invoice of the workload breaks a rule")
    xml = cii.write(wanted)
    size = len(xml) + len(ubl.write(wanted))
    size += len(drawing.pdf(invoice_sheet(wanted, look_of(Branding()), "fr"), xml=xml))
    return (time.process_time() - started) * 1000, size


def run() -> list[Figure]:
    """The first document of a process, and the median of forty with forty lines and of forty with five."""
    chance = Random(7)
    first, _ = _document(0, 40, chance)
    long = sorted(_document(n, 40, chance) for n in range(1, 41))
    short = sorted(_document(n, 5, chance) for n in range(41, 81))
    return [
        Figure("invoice_document", "first of a process, 40 lines", "CPU ms", round(first, 1), f"≤ {BAR_MS}", first <= BAR_MS),
        Figure("invoice_document", "40 lines", "CPU ms", round(long[20][0], 1), f"≤ {BAR_MS}", long[20][0] <= BAR_MS,
               {"slowest": round(long[-1][0], 1), "kilobytes": round(long[20][1] / 1000)}),
        Figure("invoice_document", "5 lines", "CPU ms", round(short[20][0], 1), f"≤ {BAR_MS}", short[20][0] <= BAR_MS),
    ]
