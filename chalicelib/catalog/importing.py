"""Products from a file: read, compare, save in transactions of several products. The same file again changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from chalicelib.catalog import service
from chalicelib.catalog.import_fields import ImportRow, mapping_for, read_rows
from chalicelib.catalog.import_plan import Planner, ProductPlan, Stored, product_id_for
from chalicelib.catalog.media import decode as from_base64
from chalicelib.catalog.model import PRODUCT, VARIANT, Product, Variant
from chalicelib.catalog.tabular import MAX_FILE_BYTES, decode, parse
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import AlreadyDone, Conflict, Problem, Unavailable
from chalicelib.kernel.shapes import command, entity
from chalicelib.storage import read
from chalicelib.storage.transaction import Refused, Transaction

MAX_WRITES = 90
MAX_PROBLEMS = 500
_RESERVE_SECONDS = 3


@command
class ImportBody:
    """A file as text or, with its encoding unknown, in base64; `mapping` says which column is which field."""

    text: str = ""
    content_base64: str = ""
    delimiter: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    dry_run: bool = False


@entity
class ImportReport:
    """Rows by outcome; `not_processed` rows were left when time ran out: the same file again goes on from there."""

    rows: int
    created: int
    changed: int
    unchanged: int
    rejected: int
    not_processed: int
    dry_run: bool
    columns: tuple[str, ...]
    mapping: Mapping[str, str]
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class _Piece:
    """Part of a product's plan that fits one transaction."""

    plan: ProductPlan
    created: list[Variant]
    changes: list[tuple[Variant, Variant]]

    @property
    def writes(self) -> int:
        """At most how many writes: the product, and each variant with the guards it may move."""
        return 1 + sum(map(_writes, self.created)) + sum(_writes(old) + _writes(new) for old, new in self.changes)


def _writes(variant: Variant) -> int:
    return 2 + bool(variant.gtin) + sum(bool(c.gtin) for c in variant.conversions)


def import_products(ctx: Context, body: ImportBody) -> ImportReport:
    """Creates and changes products by SKU; an empty cell leaves what there is. Raises Invalid for the file as a whole.

    A row that is wrong is rejected, with its line and column, and the others go on.
    """
    text = decode(from_base64(body.content_base64, MAX_FILE_BYTES) if body.content_base64 else body.text.encode())
    table = parse(text, body.delimiter)
    mapping = mapping_for(table.columns, body.mapping)
    rows, problems = read_rows(table, mapping)
    file_skus = {row.sku: bool(row.values.get("kit_components")) for row in rows}
    planner = Planner(ctx.tenant_id, ctx.now, mapping, _stored(ctx, rows), file_skus)
    groups, more = planner.groups(rows)
    plans = _plans(planner, groups)
    problems += more + [problem for plan in plans for problem in plan.problems]
    done = _outcomes(plans)
    if not body.dry_run:
        plans.sort(key=lambda plan: any(v.kit_components for v in plan.created))
        failed, left = _save(ctx, plans)
        for sku in left | {sku for sku, _ in failed}:
            done.pop(sku, None)
        problems += [problem for _, problem in failed]
    counts = [list(done.values()).count(name) for name in ("created", "changed", "unchanged")]
    rejected = len({problem.line for problem in problems})
    problems.sort(key=lambda problem: problem.line or 0)
    return ImportReport(
        rows=len(table.rows), created=counts[0], changed=counts[1], unchanged=counts[2], rejected=rejected,
        not_processed=len(table.rows) - sum(counts) - rejected, dry_run=body.dry_run, columns=table.columns,
        mapping=mapping, problems=tuple(problems[:MAX_PROBLEMS]))


def _plans(planner: Planner, groups: Mapping[str, Sequence[ImportRow]]) -> list[ProductPlan]:
    """Every product's plan; decided once more when a kit counted on a row that turned out wrong."""
    plans = [planner.plan(product_id, rows) for product_id, rows in groups.items()]
    right = {sku for plan in plans for sku in plan.lines}
    wanted = {c.sku for rows in groups.values() for row in rows for c in row.values.get("kit_components", ())}
    if wanted <= right | planner.stored.components.keys():
        return plans
    planner = replace(planner, file_skus={sku: kit for sku, kit in planner.file_skus.items() if kit or sku in right})
    return [planner.plan(product_id, rows) for product_id, rows in groups.items()]


def _outcomes(plans: Iterable[ProductPlan]) -> dict[str, str]:
    return {sku: plan.outcome(sku) for plan in plans for sku in plan.lines}


def _stored(ctx: Context, rows: Sequence[ImportRow]) -> Stored:
    """All that the file may touch, in batched reads: variants, their products and siblings, GTINs, components."""
    ids = {sku: str(data["id"]) for sku, data in read.guards(ctx, "sku", [row.sku for row in rows]).items()}
    variants = read.get_many(ctx, VARIANT, ids.values())
    names = {str(row.values["product_name"]) for row in rows if row.sku not in ids and "product_name" in row.values}
    product_ids = {v.product_id for v in variants.values()} | {product_id_for(ctx.tenant_id, name) for name in names}
    products = read.get_many(ctx, PRODUCT, sorted(product_ids))
    siblings = {i for product in products.values() for i in product.variant_ids} - variants.keys()
    variants |= read.get_many(ctx, VARIANT, sorted(siblings))
    gtins = {str(row.values["gtin"]): row.sku for row in reversed(rows) if row.values.get("gtin")}
    held = {gtin: str(data["sku"]) for gtin, data in read.guards(ctx, "gtin", gtins).items()}
    components = {c.sku for row in rows for c in row.values.get("kit_components", ())}
    by_product: dict[str, list[Variant]] = {}
    for variant in variants.values():
        by_product.setdefault(variant.product_id, []).append(variant)
    return Stored({v.sku: v for v in variants.values()}, by_product, products, {**gtins, **held},
                  service.find_skus(ctx, components) if components else {})


def _pieces(plan: ProductPlan) -> list[_Piece]:
    """The plan cut into parts of at most MAX_WRITES; none when there is nothing to write."""
    if plan.after is None or (plan.after == plan.before and not plan.changes):
        return []
    pieces = [_Piece(plan, [], [])]
    for variant in plan.created:
        _last_with_room(pieces, _writes(variant)).created.append(variant)
    for old, new in plan.changes:
        _last_with_room(pieces, _writes(old) + _writes(new)).changes.append((old, new))
    return pieces


def _last_with_room(pieces: list[_Piece], writes: int) -> _Piece:
    if pieces[-1].writes + writes > MAX_WRITES:
        pieces.append(_Piece(pieces[-1].plan, [], []))
    return pieces[-1]


def _save(ctx: Context, plans: Sequence[ProductPlan]) -> tuple[list[tuple[str, Problem]], set[str]]:
    """Saves plans, several products in one transaction. Answers the SKUs refused with why, and those time did not allow."""
    current: dict[str, Product | None] = {plan.product_id: plan.before for plan in plans}
    failed: list[tuple[str, Problem]] = []
    left: set[str] = set()
    batches = _batches([piece for plan in plans for piece in _pieces(plan)])
    for n, batch in enumerate(batches):
        if ctx.remaining_seconds() < _RESERVE_SECONDS:
            left |= {sku for rest in batches[n:] for piece in rest for sku in _skus(piece)}
            break
        try:
            _commit(ctx, batch, current)
        except (Conflict, Refused):
            failed += _one_by_one(ctx, batch, current)
        except Unavailable:
            left |= {sku for piece in batch for sku in _skus(piece)}
    return failed, left


def _batches(pieces: Sequence[_Piece]) -> list[list[_Piece]]:
    """Pieces packed into transactions, never two of one product in one."""
    batches: list[list[_Piece]] = []
    room = 0
    for piece in pieces:
        if piece.writes > room or any(other.plan is piece.plan for other in batches[-1]):
            batches.append([])
            room = MAX_WRITES
        batches[-1].append(piece)
        room -= piece.writes
    return batches


def _one_by_one(ctx: Context, batch: Sequence[_Piece], current: dict[str, Product | None]) -> list[tuple[str, Problem]]:
    """Each product on its own after a batch was refused, so that only the refused one's rows are rejected."""
    failed = []
    for piece in batch:
        try:
            _commit(ctx, [piece], current)
        except (Conflict, Refused) as error:
            reason = error.errors[0] if isinstance(error, Refused) else error
            code, detail = getattr(reason, "code", "conflict"), str(reason)
            failed += [(sku, Problem(code, detail, line=line)) for sku in _skus(piece) if (line := piece.plan.lines.get(sku))]
    return failed


def _skus(piece: _Piece) -> set[str]:
    """The rows that stand or fall with a piece: its variants', and those that only speak of the product."""
    plan = piece.plan
    own = {v.sku for v in piece.created} | {new.sku for _, new in piece.changes}
    if not plan.is_product_changed:
        return own
    return own | (plan.lines.keys() - {v.sku for v in plan.created} - {new.sku for _, new in plan.changes})


def _commit(ctx: Context, batch: Sequence[_Piece], current: dict[str, Product | None]) -> None:
    ids = [i for p in batch for i in (p.plan.product_id, *(v.id for v in p.created), *(v.id for v, _ in p.changes))]
    content = codec.fingerprint(" ".join((ctx.command.body_hash, *ids)).encode())
    transaction = Transaction(ctx.step(f"import:{content}"))
    after = {piece.plan.product_id: _write(transaction, piece, current[piece.plan.product_id]) for piece in batch}
    try:
        transaction.commit()
    except AlreadyDone:
        after = dict(read.get_many(ctx, PRODUCT, after))
    current.update(after)


def _write(transaction: Transaction, piece: _Piece, before: Product | None) -> Product:
    """One piece in the transaction; answers the product as it will stand."""
    target = piece.plan.after
    assert target is not None
    known = before.variant_ids if before else ()
    wanted = replace(target, variant_ids=(*known, *(v.id for v in piece.created)), version=before.version if before else 0)
    if before is None:
        product = transaction.create(PRODUCT, wanted)
        transaction.emit("ProductCreated", "product", product.id, 1, {"name": product.name})
    elif wanted == before:
        product = before
    else:
        product = transaction.save(PRODUCT, before, wanted)
        transaction.emit("ProductUpdated", "product", product.id, product.version, {"name": product.name})
    for variant in piece.created:
        service.create_variant(transaction, variant)
    for old, new in piece.changes:
        service.save_variant(transaction, old, new)
    return product
