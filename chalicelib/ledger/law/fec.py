"""The tax file of the entries (FEC): LPF art. L47 A I and A47 A-1; BOI-CF-IOR-60-40-20.

Eighteen fields in this order, a tab between them, decimal comma, dates AAAAMMJJ, one record a line, the names first. The
text is ASCII or ISO 8859-15. The closing of classes 6 and 7 does not stand in it: we post none. This is the only place
where the file's French names stand.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal

from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.money import round_amount
from chalicelib.ledger.lettering import reference_of
from chalicelib.ledger.model import JournalEntry

COLUMNS = ("JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum", "CompAuxLib",
           "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit", "EcritureLet", "DateLet", "ValidDate",
           "Montantdevise", "Idevise")
ENCODINGS = ("ascii", "iso-8859-15")
_SPELLED = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "–": "-", "—": "-", "…": "...",
                          "\u00a0": " ", "\u202f": " ", "€": "EUR", "œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss"})


def file_name(siren: str, closes_on: date) -> str:
    """`SIRENFECAAAAMMJJ.txt`, with the closing date (A47 A-1 X). Raises Conflict `siren_missing`."""
    if not siren:
        raise Conflict("siren_missing", "The company has no SIREN yet, and the file is named by it.", {"siren": "required"})
    return f"{siren}FEC{closes_on:%Y%m%d}.txt"


def _day(day: date) -> str:
    return f"{day:%Y%m%d}"


def amount(value: Decimal, currency: str) -> str:
    """An amount as the file has it: decimal comma, no separator of thousands, the sign on the left."""
    return format(round_amount(value, currency), "f").replace(".", ",")


def _cell(text: str) -> str:
    return " ".join(text.replace("|", " ").split())


Marks = Mapping[str, tuple[str, date]]
"""Of each line that a full letter holds (named as `lettering.reference_of` names it): the letter's code, and its day."""


def records(entries: Iterable[JournalEntry], letters: Marks) -> Iterator[tuple[str, ...]]:
    """The records of entries, one for each line. A reference that is missing is the entry's own name: PieceRef may not be
    blank. EcritureLet and DateLet are of full letters; a partial one settles nothing yet."""
    for entry in entries:
        for n, line in enumerate(entry.lines, 1):
            code, day = letters.get(reference_of(entry.id, n), ("", None))
            foreign = "" if line.currency_amount is None else amount(line.currency_amount, line.currency)
            yield (entry.journal, entry.journal_name, str(entry.number), _day(entry.entry_date), line.account,
                   line.account_name, line.party_id, line.party_name or line.party_id,
                   entry.document_reference or f"{entry.journal}-{entry.number}", _day(entry.document_date),
                   line.label, amount(line.debit, entry.currency), amount(line.credit, entry.currency), code,
                   _day(day) if day else "",
                   _day(entry.posted_on), foreign, line.currency)


def text_of(entries: Iterable[JournalEntry], letters: Marks) -> str:
    """The file's text: entries in the order of their validation, those of one day by journal and number."""
    ordered = sorted(entries, key=lambda entry: (entry.posted_on, entry.posted_at, entry.journal, entry.number))
    lines = ["\t".join(COLUMNS), *("\t".join(map(_cell, record)) for record in records(ordered, letters))]
    return "\r\n".join(lines) + "\r\n"


def plain(text: str) -> str:
    """The text in ASCII: letters without their marks, quotes and dashes as the keyboard has them, `?` for the rest."""
    spelled = unicodedata.normalize("NFKD", text.translate(_SPELLED))
    return "".join(c for c in spelled if not unicodedata.combining(c)).encode("ascii", "replace").decode()


def encoded(text: str, encoding: str) -> bytes:
    """The file in one of the `ENCODINGS`; what ISO 8859-15 cannot hold is spelt as in ASCII."""
    if encoding == "ascii":
        return plain(text).encode("ascii")
    return "".join(c if c.encode(encoding, "ignore") else plain(c) for c in text).encode(encoding)
