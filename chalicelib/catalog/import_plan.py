"""What a product file changes: rows against what is stored, decided product by product. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from chalicelib.catalog.import_fields import AXIS, PRODUCT_FIELDS, VARIANT_FIELDS, ImportRow, column_of
from chalicelib.catalog.model import MAX_VARIANTS, Product, SkuFacts, Variant, check_variant, gtins_of
from chalicelib.kernel.errors import DomainError, Problem
from chalicelib.kernel.ids import derived_id


@dataclass(frozen=True, slots=True)
class Stored:
    """What is known before: variants by SKU and by product, products by id, holders of GTINs, facts of components, the
    company's product families as far as the file names any."""

    variants: Mapping[str, Variant]
    by_product: Mapping[str, Sequence[Variant]]
    products: Mapping[str, Product]
    gtin_holders: Mapping[str, str]
    components: Mapping[str, SkuFacts]
    families: frozenset[str] = frozenset()


@dataclass(slots=True)
class ProductPlan:
    """What becomes of one product: `before` None means new; `changes` are (before, after) of its variants."""

    product_id: str
    before: Product | None
    after: Product | None = None
    created: list[Variant] = field(default_factory=list)
    changes: list[tuple[Variant, Variant]] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_product_changed(self) -> bool:
        """Whether a field of the stored product itself changes; more variants alone do not count."""
        if self.before is None or self.after is None:
            return False
        return replace(self.after, variant_ids=self.before.variant_ids, updated_at=self.before.updated_at) != self.before

    def outcome(self, sku: str) -> str:
        """created, changed or unchanged, for a row that was not rejected."""
        if any(variant.sku == sku for variant in self.created):
            return "created"
        return "changed" if self.is_product_changed or any(new.sku == sku for _, new in self.changes) else "unchanged"


@dataclass(frozen=True, slots=True)
class Planner:
    """One file against one state of the catalogue."""

    now: datetime
    mapping: Mapping[str, str]
    stored: Stored
    file_skus: Mapping[str, bool]
    """The SKUs that may count as known because the file has them, and whether their rows make them kits."""
    freed: frozenset[str] = frozenset()
    """GTINs that the file takes from the SKUs that hold them."""

    def groups(self, rows: Sequence[ImportRow]) -> tuple[dict[str, list[ImportRow]], list[Problem]]:
        """Rows by product id: a known SKU's own product, else the one of the same name in the file, else a derived one."""
        by_name: dict[str, str] = {}
        for row in rows:
            variant = self.stored.variants.get(row.sku)
            if variant is not None:
                by_name.setdefault(str(row.values.get("product_name", variant.product_name)).casefold(), variant.product_id)
        groups: dict[str, list[ImportRow]] = {}
        problems = []
        for row in rows:
            variant = self.stored.variants.get(row.sku)
            name = str(row.values.get("product_name", ""))
            if variant is None and not name:
                problems.append(self._problem(row, "product_name", "required", "A new SKU needs a product name."))
                continue
            if variant is None and name.casefold() not in by_name:
                by_name[name.casefold()] = self._new_product_id(name, row.sku)
            product_id = variant.product_id if variant else by_name[name.casefold()]
            groups.setdefault(product_id, []).append(row)
        return groups, problems

    def _new_product_id(self, name: str, sku: str) -> str:
        """The id an import gives a name; a product that had the name and gave it up keeps its id to itself."""
        product_id = product_id_for(name)
        holder = self.stored.products.get(product_id)
        if holder is None or holder.name.casefold() == name.casefold():
            return product_id
        return derived_id("prd", "import", name.casefold(), sku)

    def plan(self, product_id: str, rows: Sequence[ImportRow]) -> ProductPlan:
        """What the rows of one product come to."""
        before = self.stored.products.get(product_id)
        plan = ProductPlan(product_id, before)
        fields = self._product_fields(plan, rows)
        existing = self.stored.by_product.get(product_id, ())
        axes = before.axes if before else self._axes(rows)
        product = before or Product(id=product_id, name=str(rows[0].values["product_name"]), axes=axes, created_at=self.now)
        product = replace(product, **fields)
        good: dict[str, Variant] = {}
        taken = {variant.axis_values for variant in existing}
        for row in rows:
            if any(problem.line == row.line for problem in plan.problems):
                continue
            variant = self._variant(plan, product, row, taken)
            if variant is not None:
                good[row.sku] = variant
                plan.lines[row.sku] = row.line
        if not good:
            return plan
        for old in existing:
            new = good.pop(old.sku, None) or replace(old, product_name=product.name, product_family=product.product_family)
            if new != old:
                plan.changes.append((old, replace(new, updated_at=self.now)))
        plan.created = list(good.values())
        product = replace(product, variant_ids=(*product.variant_ids, *(v.id for v in plan.created)))
        plan.after = product if product == before else replace(product, updated_at=self.now)
        return plan

    def _product_fields(self, plan: ProductPlan, rows: Sequence[ImportRow]) -> dict[str, Any]:
        """The product's own fields, which the rows of one product must agree on."""
        fields: dict[str, Any] = {}
        for row in rows:
            for name in PRODUCT_FIELDS:
                if name in row.values and fields.setdefault(name, row.values[name]) != row.values[name]:
                    plan.problems.append(self._problem(
                        row, name, "contradiction", "Another row of this product says otherwise."))
            family = row.values.get("product_family")
            if family is not None and family not in self.stored.families:
                plan.problems.append(self._problem(
                    row, "product_family", "product_family", f"There is no product family {family}."))
        if "product_name" in fields:
            fields["name"] = fields.pop("product_name")
        return fields

    def _axes(self, rows: Sequence[ImportRow]) -> tuple[str, ...]:
        mapped = [each.removeprefix(AXIS).strip() for each in self.mapping.values() if each.startswith(AXIS)]
        return tuple(axis for axis in mapped if any(axis in row.axes for row in rows))

    def _variant(self, plan: ProductPlan, product: Product, row: ImportRow, taken: set[tuple[str, ...]]) -> Variant | None:
        """The row's variant as it shall be, checked; None with a problem noted."""
        found = self._check_axes(plan, product, row, taken)
        if found is None:
            return None
        values = {name: row.values[name] for name in VARIANT_FIELDS if name in row.values}
        if "vat_rate" in values and "vat_category" not in values and (values["vat_rate"] > 0) != (found.vat_category == "S"):
            values["vat_category"] = "S" if values["vat_rate"] > 0 else "Z"
        if "packs" in values:
            values["conversions"] = values.pop("packs")
        variant = replace(found, product_name=product.name, product_family=product.product_family, **values)
        problem = self._identifier_problem(row, variant)
        if problem is None:
            try:
                variant = check_variant(variant)
            except DomainError as error:
                name = next(iter(error.fields), "sku").split(".")[0].replace("conversions", "packs")
                problem = self._problem(row, name, error.code, error.detail)
        if problem is not None:
            plan.problems.append(problem)
            return None
        taken.add(variant.axis_values)
        return variant

    def _check_axes(
        self, plan: ProductPlan, product: Product, row: ImportRow, taken: set[tuple[str, ...]]
    ) -> Variant | None:
        """The variant the row begins from: the stored one, or a new one with a value for each axis of its product."""
        old = self.stored.variants.get(row.sku)
        if old is not None:
            for axis, value in zip(product.axes, old.axis_values, strict=False):
                if row.axes.get(axis, value) != value:
                    plan.problems.append(self._problem(
                        row, AXIS + axis, "axis_fixed", f"{row.sku} is {axis} {value} for good."))
                    return None
            return old
        for axis in product.axes:
            if axis not in row.axes:
                plan.problems.append(self._problem(
                    row, AXIS + axis, "required", f"This product's variants have a value for {axis}."))
                return None
        combination = tuple(row.axes[axis] for axis in product.axes)
        if combination in taken or len(taken) >= MAX_VARIANTS:
            axis = AXIS + product.axes[0] if product.axes else "product_name"
            plan.problems.append(self._problem(row, axis, "axes", "This product has such a variant already, or too many."))
            return None
        return Variant(id=derived_id("var", "import", row.sku), product_id=product.id, sku=row.sku,
                       product_name=product.name, axis_values=combination, created_at=self.now, updated_at=self.now)

    def _identifier_problem(self, row: ImportRow, variant: Variant) -> Problem | None:
        """A GTIN that is another SKU's, or a component that is unknown or itself a kit."""
        for gtin in sorted(gtins_of(variant) - self.freed):
            holder = self.stored.gtin_holders.get(gtin, row.sku)
            if holder != row.sku:
                column = "gtin" if gtin == variant.gtin else "packs"
                return self._problem(row, column, "gtin_taken", f"{gtin} belongs to {holder}.")
        for component in variant.kit_components:
            known = self.stored.components.get(component.sku)
            if known is None and component.sku not in self.file_skus:
                return self._problem(row, "kit_components", "unknown_sku", f"There is no SKU {component.sku}.")
            if (known is not None and known.kit) or self.file_skus.get(component.sku):
                return self._problem(row, "kit_components", "kit_of_kits", f"{component.sku} is a kit itself.")
        return None

    def _problem(self, row: ImportRow, name: str, code: str, detail: str) -> Problem:
        return Problem(code, detail, line=row.line, column=column_of(self.mapping, name))


def product_id_for(name: str) -> str:
    """The id of the product that imports make of a name, so that a later file finds it, in whatever company it is by then."""
    return derived_id("prd", "import", name.casefold())


def claimed(row: ImportRow, variant: Variant | None) -> frozenset[str]:
    """The GTINs a row's variant shall hold: an empty cell leaves what it holds now."""
    own = row.values.get("gtin", variant.gtin if variant else "")
    packs = row.values.get("packs", variant.conversions if variant else ())
    return frozenset(filter(None, (own, *(pack.gtin for pack in packs))))


def given_up(rows: Sequence[ImportRow], stored: Stored) -> frozenset[str]:
    """The GTINs that rows take from their own variants, so that others of the same file may have them."""
    found: set[str] = set()
    for row in rows:
        variant = stored.variants.get(row.sku)
        if variant is not None:
            found |= gtins_of(variant) - claimed(row, variant)
    return frozenset(found)


def rivals(rows: Sequence[ImportRow], stored: Stored, mapping: Mapping[str, str]) -> list[Problem]:
    """A problem for each row that claims a GTIN which another row of the file keeps or claims before it."""
    first: dict[str, ImportRow] = {}
    claims = [(row, claimed(row, stored.variants.get(row.sku))) for row in rows]
    for row, gtins in sorted(claims, key=lambda each: not any(stored.gtin_holders.get(g) == each[0].sku for g in each[1])):
        for gtin in gtins:
            if stored.gtin_holders.get(gtin) == row.sku or gtin not in first:
                first[gtin] = row
    return [Problem("gtin_taken", f"{gtin} stands on line {first[gtin].line} already.", line=row.line,
                    column=column_of(mapping, "gtin" if gtin == row.values.get("gtin") else "packs"))
            for row, gtins in claims for gtin in sorted(gtins) if first[gtin] is not row]


def chunks(
    groups: Mapping[str, Sequence[ImportRow]], stored: Stored, rows_in_chunk: int
) -> list[list[int]]:
    """The file's work as lists of lines: products whole, those that hand GTINs to each other together, kits after what
    they may be made of, about `rows_in_chunk` rows in each. Follows from the file and what was stored before alone."""
    home = {row.sku: product_id for product_id, rows in groups.items() for row in rows}
    leader = {product_id: product_id for product_id in groups}

    def root(product_id: str) -> str:
        while leader[product_id] != product_id:
            product_id = leader[product_id]
        return product_id

    for product_id, rows in groups.items():
        for row in rows:
            for gtin in claimed(row, stored.variants.get(row.sku)):
                other = home.get(stored.gtin_holders.get(gtin, ""))
                if other is not None:
                    leader[root(other)] = root(product_id)
    units: dict[str, list[ImportRow]] = {}
    for product_id, rows in groups.items():
        units.setdefault(root(product_id), []).extend(rows)
    ordered = sorted(units.values(), key=lambda rows: any(row.values.get("kit_components") for row in rows))
    found: list[list[int]] = []
    for rows in ordered:
        if not found or len(found[-1]) + len(rows) > rows_in_chunk:
            found.append([])
        found[-1] += [row.line for row in rows]
    return found
