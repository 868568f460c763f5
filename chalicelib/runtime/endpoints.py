"""What an API endpoint is: declared once, from which routing, validation, OpenAPI and the portal's metadata follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from chalicelib.kernel.context import Context

B = TypeVar("B")
MAX_BODY = 1_000_000


@dataclass(frozen=True, slots=True)
class Request(Generic[B]):
    """A request as a view sees it: `body` is parsed, `raw` the bytes as they came, header names lower-case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    source_ip: str
    raw: bytes
    body: B

    @property
    def if_match(self) -> int | None:
        """The version the caller read, from `If-Match: "3"`; None when not sent."""
        tag = self.headers.get("if-match", "").strip().removeprefix("W/").strip('"')
        return int(tag) if tag.isdigit() and len(tag) < 12 else None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a view answers when a document alone does not say it. `body` is a shape, plain values, text or None."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()
    version: int | None = None
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter, for the description."""

    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method on one path. `permission` None with `public` False means: signed in is enough.

    `answer` is the shape of the answer (of one item, when `is_list`), None when it has no body; `others` are further
    statuses it may have, each with its shape; `produces` is the type of an answer that is no JSON. What `stays_open`
    is there whatever the tenant's subscription: signing out, paying, taking one's data along. What is `for_operators` is there
    for those who operate the platform, and for nobody of a tenant.
    """

    method: str
    path: str
    view: Callable[..., Any]
    permission: str | None
    public: bool
    body: Any
    answer: Any
    status: int
    parameters: tuple[Parameter, ...]
    max_body: int
    is_list: bool = False
    raw_body: bool = False
    others: Mapping[int, Any] = field(default_factory=dict)
    produces: str = "application/json"
    stays_open: bool = False
    for_operators: bool = False

    @property
    def name(self) -> str:
        return self.view.__name__

    @property
    def summary(self) -> str:
        return (self.view.__doc__ or self.name.replace("_", " ")).strip().split("\n")[0]


Loader = Callable[[Context, str], Any]
LOADERS: dict[str, Loader] = {}
"""By document kind: how an answer is given again when a command turns out to be done already."""
