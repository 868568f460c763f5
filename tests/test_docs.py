"""The documentation tells the truth: its tables are compared with the code, its links with the files."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from chalicelib.events.routing import QUEUES, ROUTES, SILENT, queues_for
from chalicelib.kernel.documents import Document
from tests.keys_in_code import INDEXES, Place, asked, emitted, first_words, made

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
DOMAINS = {"tenants", "webhooks", "parties", "ledger", "catalog", "pricing", "stock", "sales", "shipping", "invoicing",
           "payments", "documents", "channels", "activity", "audit", "reporting", "onboarding", "subscriptions",
           "leaving", "operations", "operators"}
DESIGN = DOMAINS | {"storage-and-transactions", "runtime", "connectors", "local-engine"}
TASKS = {"start", "connect-prestashop", "sign-in-and-people", "connect-a-shop", "products-and-import", "prices", "stock",
         "phone-order", "ship-an-order", "shipping", "invoices", "payments", "documents", "ledger", "quarantine-and-replay",
         "api-and-keys", "webhooks", "audit", "sign-up", "subscription", "your-data",
         "platform-administration"}
BUDGETS = {"simulator", "cold_import", "order_place", "list_page", "webhook_ingress", "hot_sku", "stock_push", "portal_table",
           "ledger_post", "trial_balance", "order_to_invoice", "bulk_issue", "invoice_document", "report_query",
           "export_import", "cost"}

Row = dict[str, str]


def tables(page: Path) -> list[list[Row]]:
    """Every table of a page as rows by column title; a bar inside a code span belongs to the cell."""
    found: list[list[Row]] = []
    titles: list[str] = []
    for line in page.read_text().splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        if not line.startswith("|"):
            titles = []
        elif not titles:
            titles = cells
            found.append([])
        elif not set(line) <= set("|- :"):
            found[-1].append(dict(zip(titles, cells, strict=True)))
    return found


def rows(page: Path, *columns: str) -> list[Row]:
    """The rows of the page's tables that have these columns."""
    found = [row for table in tables(page) for row in table if set(columns) <= row.keys()]
    assert found, f"{page.name} has no table with {columns}"
    return found


def bare(cell: str) -> str:
    """The content of a cell's code span."""
    match = re.search(r"`([^`]+)`", cell)
    return match.group(1) if match else cell


# -- links -----------------------------------------------------------------------------------------------------------


def anchor(heading: str) -> str:
    """The anchor of a heading, as Git forges make it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    return {anchor(heading) for heading in re.findall(r"^#+ (.+)$", page.read_text(), re.M)}


def broken_links(page: Path) -> list[str]:
    """Links of a page to files or headings that do not exist."""
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, heading = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        if not path.exists() or (heading and heading not in anchors(path)):
            broken.append(target)
    return broken


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    assert broken_links(page) == []


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Here\n[a](missing.md) [b](#here) [c](#there) [d](https://example.org/x)\n")
    assert broken_links(page) == ["missing.md", "#there"]


# -- README ----------------------------------------------------------------------------------------------------------


def test_readme_names_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    named = {name for page in PAGES for name in re.findall(r"\bmake ([a-z-]+)\b(?=[^a-z]*`|[ \t]|$)", code_of(page), re.M)}
    assert {"run", "test"} <= named <= targets


def code_of(page: Path) -> str:
    """The code of a page: spans and blocks."""
    text = page.read_text()
    blocks = re.findall(r"^```.*?\n(.*?)^```", text, re.M | re.S)
    return "\n".join([*blocks, *(f"`{span}`" for span in re.findall(r"`([^`\n]+)`", text))])


def test_the_map_names_what_is_there_and_all_of_it() -> None:
    named = {bare(row["folder"]).rstrip("/") for row in rows(ROOT / "README.md", "folder", "what")}
    ignored = set((ROOT / ".gitignore").read_text().replace("/", "").split())
    there = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")} - ignored
    assert named == there | {"app.py"}


def test_every_picture_is_shown() -> None:
    shown = set(re.findall(r"docs/pictures/([\w-]+\.png)", (ROOT / "README.md").read_text()))
    assert shown == {path.name for path in (DOCS / "pictures").glob("*.png")} and len(shown) > 10


def test_the_pages_people_look_for_exist() -> None:
    assert {page.stem for page in (DOCS / "design").glob("*.md")} >= DESIGN
    assert {page.stem for page in (DOCS / "usage").glob("*.md")} >= TASKS


# -- events ----------------------------------------------------------------------------------------------------------


def documented_events() -> dict[str, Row]:
    found = {}
    for table in tables(DOCS / "events.md"):
        found.update({bare(row["event"]): row for row in table if "event" in row})
    return found


def test_every_event_is_documented_and_no_other() -> None:
    assert documented_events().keys() == ROUTES.keys()


@pytest.mark.parametrize("event", sorted(ROUTES))
def test_the_queues_of_an_event(event: str) -> None:
    cell = documented_events()[event]["queues"]
    assert tuple(name for name in re.findall(r"[a-z]+", cell) if name in QUEUES) == queues_for(event)
    assert ("silent" in cell) == (event in SILENT)


def test_an_event_that_nobody_writes_says_so() -> None:
    declared_only = {event for event, row in documented_events().items() if any("declared" in cell for cell in row.values())}
    assert declared_only == ROUTES.keys() - emitted()


# -- the data model --------------------------------------------------------------------------------------------------


def place_of(row: Row) -> Place:
    partition, sort = bare(row["partition"]), bare(row["sort"])
    return Place(row["index"], partition.partition("<")[0], "<" not in partition, sort)


def documented_places() -> list[Place]:
    page = DOCS / "data-model.md"
    platform = [Place("table", bare(row["key"]).partition("<")[0], "<" not in bare(row["key"]).partition(" ")[0])
                for row in rows(page, "question", "kind", "key", "kept")]
    return [*(place_of(row) for row in rows(page, "question", "index", "partition", "sort")), *platform]


def declared() -> dict[str, Document[object]]:
    """Every document kind that a module declares, by the name of its constant too (`CONNECTION.partition`)."""
    found: dict[str, Document[object]] = {}
    for path in sorted((ROOT / "chalicelib").rglob("*.py")):
        if path.relative_to(ROOT / "chalicelib").parts[0] in DOMAINS | {"kernel"}:
            module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
            found.update({value.kind: value for value in vars(module).values() if isinstance(value, Document)})
    return found


def is_documented(place: Place, known: list[Place]) -> bool:
    return any(place.fits(other) for other in known)


def test_every_question_of_the_code_has_a_row() -> None:
    known = documented_places()
    missing = [place for place in sorted(asked() | made()) if not is_documented(place, known)]
    assert missing == []


def test_every_row_is_a_place_the_code_knows() -> None:
    named = asked() | made() | {Place("table", "OUTBOX#", False), Place("table", "AUDIT#", False)}
    named |= {Place("table", f"{kind}#", False) for kind in first_words("keys.platform", position=1)}
    stale = [row for row in documented_places() if not any(place.fits(row) for place in named)]
    assert stale == []


def test_a_question_without_a_row_is_found() -> None:
    known = documented_places()
    for unknown in (Place("by_list", "NO_SUCH_LIST", True), Place("by_due", "ORDER", True), Place("table", "NO_SUCH#", False),
                    Place("table", "STOCK#", False, "NO_SUCH#")):
        assert not is_documented(unknown, known)


def test_every_document_kind_has_a_row() -> None:
    documented = {bare(row["kind"]): row for row in rows(DOCS / "data-model.md", "kind", "id", "guards")}
    kinds = declared()
    assert documented.keys() == kinds.keys()
    for kind, document in kinds.items():
        if document.prefix and f"`{document.prefix}_…`" not in documented[kind]["id"]:
            assert "the SKU" in documented[kind]["id"] or "`all`" in documented[kind]["id"]


def test_every_guard_has_a_row_and_a_document() -> None:
    in_code = first_words("Guard", position=0) | {
        "customer_email", "customer_siren", "entry_source"}  # Made in one loop over both; put without a document.
    documented = {bare(row["guard"]) for row in rows(DOCS / "data-model.md", "guard", "question")}
    held = {name for row in rows(DOCS / "data-model.md", "kind", "guards") for name in re.findall(r"`(\w+)`", row["guards"])}
    assert documented == held == in_code


def test_every_platform_item_has_a_row() -> None:
    in_code = first_words("keys.platform", position=1)
    documented = {row["kind"] for row in rows(DOCS / "data-model.md", "question", "kind", "kept")}
    assert documented == in_code


def test_indexes_are_those_of_the_table() -> None:
    assert {row["index"] for row in rows(DOCS / "data-model.md", "question", "index")} == {*INDEXES, "table"}


# -- glossary and performance ----------------------------------------------------------------------------------------


def test_the_words_of_the_glossary_are_used() -> None:
    code = "\n".join(path.read_text() for folder in ("chalicelib", "connectors") for path in (ROOT / folder).rglob("*.py"))
    used = set(re.findall(r"[a-z_]+", code.lower()))
    words = {word for row in rows(DOCS / "glossary.md", "term", "meaning") for word in re.findall(r"`(\w+)`", row["term"])}
    assert len(words) > 60
    assert sorted(words - used) == []


def test_words_to_avoid_name_nothing() -> None:
    declared_names = "\n".join(
        "\n".join(re.findall(r"^(?:class|    )\s*(\w+)(?::| =|\()", path.read_text(), re.M))
        for path in (ROOT / "chalicelib").rglob("model.py"))
    for row in rows(DOCS / "glossary.md", "term", "avoid"):
        for word in re.findall(r"`(\w+)`", row["avoid"]):
            assert not re.search(rf"\b{word}\b", declared_names, re.I), f"{word} is used; the word is {row['term']}"


def test_every_workload_has_its_budget() -> None:
    documented = {bare(row["workload"]) for row in rows(DOCS / "performance.md", "workload", "budget", "measured")}
    assert documented >= BUDGETS
    from bench.__main__ import WORKLOADS

    assert set(WORKLOADS) == BUDGETS
