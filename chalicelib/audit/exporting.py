"""The audit as a file: a line for each changed field, CSV or a spreadsheet. Texts never become formulas."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from chalicelib.audit.model import AuditRecord
from chalicelib.kernel import csv_file

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_RECORDS = 5_000
_TITLES = {
    "fr": ("Instant (UTC)", "Acteur", "Identifiant de l’acteur", "Type d’acteur", "Événement", "Opération", "Document",
           "Identifiant du document", "Libellé", "Adresse IP", "Agent utilisateur", "Requête", "Enregistrement",
           "Consentement", "Consenti par", "Objet modifié", "Champ", "Avant", "Après"),
    "en": ("Instant (UTC)", "Actor", "Actor’s id", "Kind of actor", "Event", "Operation", "Document", "Document’s id", "Label",
           "IP address", "User agent", "Request", "Record", "Consent", "Consented by", "Changed object", "Field", "Before",
           "After"),
}


def titles(language: str) -> tuple[str, ...]:
    """The columns in the reader's language."""
    return _TITLES.get(language, _TITLES["fr"])


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def rows(records: Iterable[AuditRecord]) -> Iterator[tuple[str, ...]]:
    """A line for each changed field; one without a field for what changed none."""
    for each in records:
        head = (f"{each.at:%Y-%m-%d %H:%M:%S}", each.actor_name, each.actor_id, each.actor_kind, each.event, each.operation,
                each.document_kind, each.document_id, each.label, each.source_ip, each.user_agent, each.request_id, each.id,
                each.consent_id, each.consented_by)
        fields = [(f"{change.kind} {change.id}", field.path, _text(field.before), _text(field.after))
                  for change in each.changes for field in change.fields]
        for tail in fields or [("", "", "", "")]:
            yield (*head, *tail)


def as_csv(records: Iterable[AuditRecord], language: str) -> str:
    """CSV (RFC 4180) with a byte order mark; `;` in French."""
    return csv_file.write(titles(language), rows(records), csv_file.delimiter_of(language))


def as_xlsx(records: Iterable[AuditRecord], language: str) -> bytes:
    """The same as a workbook."""
    return workbook(rows(records), language)


def workbook(lines: Iterable[Sequence[str]], language: str) -> bytes:
    """A workbook of such lines, written a row at a time; every cell is text."""
    import xlsxwriter  # heavy, and wanted here only

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC)})  # The same question gives the same bytes.
    page, bold = book.add_worksheet("Audit"), book.add_format({"bold": True})
    page.freeze_panes(1, 0)
    page.set_column(0, len(titles(language)) - 1, 20)
    for n, line in enumerate(chain([titles(language)], lines)):
        for column, cell in enumerate(line):
            page.write_string(n, column, cell, bold if n == 0 else None)
    book.close()
    return out.getvalue()
