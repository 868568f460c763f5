"""What the API says of the catalogue where it is no stored document."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from chalicelib.catalog.model import Product, Variant
from chalicelib.kernel.errors import Problem
from chalicelib.kernel.job import Job, Progress
from chalicelib.kernel.shapes import Row, entity


@entity
class ProductView(Product):
    """A product with its variants."""

    variants: tuple[Variant, ...]


@entity
class ProductRow(Row):
    name: str
    brand: str
    category: str
    variant_count: int
    is_active: bool
    picture: str


@entity
class VariantRow(Row):
    sku: str
    name: str
    gtin: str
    product_id: str
    vat_rate: Decimal
    is_kit: bool
    is_active: bool


@entity
class JobView(Job):
    """A job with how far it is and what was wrong so far (at most 500 problems)."""

    progress: Progress
    problems: tuple[Problem, ...]
    allowed_actions: tuple[str, ...]


@entity
class JobRow(Row):
    job_kind: str
    state: str
    title: str
    dry_run: bool
    total: int
    done: int
    problem_count: int
    actor_name: str
    created_at: datetime
