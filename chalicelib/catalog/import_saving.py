"""Plans of an import saved: several products in one transaction, each transaction with the job's checkpoint."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from chalicelib.catalog import service
from chalicelib.catalog.import_plan import ProductPlan
from chalicelib.catalog.model import PRODUCT, Product, Variant, gtins_of
from chalicelib.events.jobs import Run, Settled
from chalicelib.kernel.errors import Conflict, DomainError, Problem
from chalicelib.storage.transaction import Refused, Transaction

MAX_WRITES = 90
"""Of the 98 that a transaction holds: the checkpoint and the problems need some of the rest."""


@dataclass(slots=True)
class _Piece:
    """Part of a product's plan that fits one transaction. The first one also settles rows that only speak of the product."""

    plan: ProductPlan
    is_first: bool = False
    created: list[Variant] = field(default_factory=list)
    changes: list[tuple[Variant, Variant]] = field(default_factory=list)

    @property
    def writes(self) -> int:
        """At most how many writes: the product, and each variant with the guards it may move."""
        return 1 + sum(map(_writes, self.created)) + sum(_moved(old, new) for old, new in self.changes)

    def lines(self) -> set[int]:
        """The rows that stand or fall with the piece."""
        plan = self.plan
        own = {v.sku for v in self.created} | {new.sku for _, new in self.changes}
        if self.is_first and plan.is_product_changed:
            own |= plan.lines.keys() - {v.sku for v in plan.created} - {new.sku for _, new in plan.changes}
        return {plan.lines[sku] for sku in own if sku in plan.lines}


_Bundle = list[_Piece]
"""Pieces that hand GTINs to each other: all in one transaction, or none."""


def _writes(variant: Variant) -> int:
    return 2 + len(gtins_of(variant))


def _moved(old: Variant, new: Variant) -> int:
    return 2 + len(gtins_of(old) | gtins_of(new))


def save(run: Run, plans: Sequence[ProductPlan], outcomes: Mapping[int, str], problems: Sequence[Problem]) -> None:
    """Saves a chunk's plans and settles its rows: `outcomes` says what becomes of each line that is not settled yet.

    Rows with nothing to save, and the problems, are settled with the last transaction. Ends early when the run is over.
    """
    saving = _Saving(run, {plan.product_id: plan.before for plan in plans}, dict(outcomes), list(problems))
    for batch in _batches(_bundles(plans)):
        saving.commit(batch)
        if run.is_over:
            return
    saving.finish()


@dataclass(slots=True)
class _Saving:
    """A chunk being saved: the products as they stand, and the lines and problems that are still to be settled."""

    run: Run
    current: dict[str, Product | None]
    left: dict[int, str]
    problems: list[Problem]

    def commit(self, batch: Sequence[_Bundle]) -> None:
        """One transaction for the batch; when it is refused, one for each bundle, and the refused one's rows are rejected.

        A bundle that wants too much for one transaction is refused like one that somebody else's change contradicts.
        """
        pieces = [piece for bundle in batch for piece in bundle]
        lines = {line for piece in pieces for line in piece.lines()}
        try:
            transaction = self.run.transaction()
            after = {piece.plan.product_id: _write(transaction, piece, self.current[piece.plan.product_id])
                     for piece in pieces}
            self._settle(transaction, lines & self.left.keys())
        except (Conflict, Refused) as refusal:
            if len(batch) > 1:
                for bundle in batch:
                    if not self.run.is_over:
                        self.commit([bundle])
                return
            self._reject(lines, refusal.errors[0] if isinstance(refusal, Refused) else refusal)
        else:
            self.current |= after

    def _reject(self, lines: set[int], error: DomainError) -> None:
        for line in sorted(lines & self.left.keys()):
            self.left[line] = "rejected"
            self.problems.append(Problem(error.code, error.detail, line=line))

    def _settle(self, transaction: Transaction, lines: set[int]) -> None:
        counts = Counter(self.left[line] for line in lines)
        facts = self.run.job.facts
        known = [*facts.get("settled_lines", ()), *sorted(lines)]
        self.run.commit(transaction, Settled(len(lines), counts, chunk_done=False), facts={**facts, "settled_lines": known})
        for line in lines:
            del self.left[line]

    def finish(self) -> None:
        """Settles what is left, and the chunk."""
        facts = {name: value for name, value in self.run.job.facts.items() if name != "settled_lines"}
        self.run.commit(self.run.transaction(), Settled(len(self.left), Counter(self.left.values()), self.problems), facts)


def _pieces(plan: ProductPlan) -> list[_Piece]:
    """The plan cut into parts of at most MAX_WRITES; none when there is nothing to write."""
    if plan.after is None or (plan.after == plan.before and not plan.changes):
        return []
    pieces = [_Piece(plan, is_first=True)]
    for variant in plan.created:
        _last_with_room(pieces, _writes(variant)).created.append(variant)
    for old, new in plan.changes:
        _last_with_room(pieces, _moved(old, new)).changes.append((old, new))
    return pieces


def _last_with_room(pieces: list[_Piece], writes: int) -> _Piece:
    if pieces[-1].writes + writes > MAX_WRITES:
        pieces.append(_Piece(pieces[-1].plan))
    return pieces[-1]


def _bundles(plans: Sequence[ProductPlan]) -> list[_Bundle]:
    """The pieces of all plans; those of which one takes a GTIN that another gives up are joined."""
    bundles: list[_Bundle] = [[piece] for plan in plans for piece in _pieces(plan)]
    giver = {gtin: piece for (piece,) in bundles for old, new in piece.changes for gtin in gtins_of(old) - gtins_of(new)}
    for piece in [each for (each,) in bundles]:
        for variant in (*piece.created, *(new for _, new in piece.changes)):
            for gtin in gtins_of(variant) & giver.keys():
                mine = next(bundle for bundle in bundles if any(each is piece for each in bundle))
                theirs = next(bundle for bundle in bundles if any(each is giver[gtin] for each in bundle))
                if mine is not theirs:
                    bundles = [bundle for bundle in bundles if bundle is not theirs]
                    mine += theirs
    return bundles


def _batches(bundles: Sequence[_Bundle]) -> list[list[_Bundle]]:
    """Bundles packed into transactions, never two pieces of one product in one."""
    batches: list[list[_Bundle]] = []
    room = 0
    for bundle in bundles:
        writes = sum(piece.writes for piece in bundle)
        mine = {piece.plan.product_id for piece in bundle}
        if writes > room or any(piece.plan.product_id in mine for other in batches[-1] for piece in other):
            batches.append([])
            room = MAX_WRITES
        batches[-1].append(bundle)
        room -= writes
    return batches


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
