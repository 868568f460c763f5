"""The API edge: one wrapper around every view. It reads the request once, authenticates, authorises, parses, calls the
view, and turns documents, errors and repeats into answers.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

from chalice.app import Blueprint, Response

from chalicelib.kernel import codec
from chalicelib.kernel.context import PLATFORM, Actor, Command, Context, Origin, SystemChance, SystemClock
from chalicelib.kernel.errors import AlreadyDone, Conflict, DomainError, Forbidden, Invalid, LimitExceeded
from chalicelib.kernel.ids import sortable_id
from chalicelib.runtime import fields, metering, observability, operating, problems, rate_limit, request_log, scopes
from chalicelib.runtime.endpoints import LOADERS, MAX_BODY, Answer, Endpoint, Parameter, Request
from chalicelib.storage import keys, read
from chalicelib.storage.transaction import Refused

_SAFE = ("GET", "HEAD")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")
DEADLINE_SECONDS = 25.0
LANGUAGES = ("fr", "en")
_ANY_FILE = "application/octet-stream"
"""What Chalice is told a caller accepts: it refuses a file to one who did not name its type, though a request without Accept
takes anything (RFC 9110 §12.5.1) and nothing here is negotiated by it."""

SUBSCRIPTION_PAGE = "/settings/subscription"
MAX_PATH_VALUE = 500
MAX_QUERY_VALUE = 2000
clock = SystemClock()
chance = SystemChance()


class Api:
    """A domain's endpoints: `@api.get("/orders/{order_id}", permission="orders.read")` over a short view."""

    def __init__(self, domain: str, root: str = "", for_operators: bool = False) -> None:
        """Paths are below `/api/<domain>`, or below `root` for the few addresses that belong to no domain. `for_operators`:
        they are the platform's own, and nothing is there for who is of a tenant."""
        self.for_operators = for_operators
        self.domain = domain
        self.root = root or f"/api/{domain}"
        self.blueprint = Blueprint(f"chalicelib.{domain}.routes")
        self.endpoints: list[Endpoint] = []
        self.resources: list[Any] = []

    def route(
        self, method: str, path: str, *, permission: str | None = None, public: bool = False, body: Any = None,
        answer: Any = None, status: int = 200, parameters: tuple[Parameter, ...] = (), max_body: int = MAX_BODY,
        is_list: bool = False, raw_body: bool = False, others: Mapping[int, Any] = MappingProxyType({}),
        produces: str = "application/json", stays_open: bool = False,
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Registers a view `(ctx, request, **path parameters)`. `body` is the shape the request body must have;
        `raw_body` leaves the bytes to the view; `public` views get a platform context and no caller. `answer`, `others`
        and `produces` say what comes back: see Endpoint."""

        def register(view: Callable[..., Any]) -> Callable[..., Any]:
            full = self.root + path
            endpoint = Endpoint(method, full, view, permission, public, body, answer, status, parameters, max_body,
                                is_list, raw_body, others, produces, stays_open, self.for_operators)
            self.endpoints.append(endpoint)

            def edge(**path_parameters: str) -> Response:
                return respond(endpoint, self.blueprint.current_request, path_parameters)

            edge.__name__ = f"{view.__name__}_{method.lower()}"
            names = re.findall(r"{(\w+)}", path)
            self.blueprint.route(full, methods=[method], content_types=["*/*"], name=f"{self.domain}_{view.__name__}")(
                _with_arguments(edge, names))
            return view

        return register

    def get(self, path: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        return self.route("GET", path, **options)

    def post(self, path: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        return self.route("POST", path, **options)

    def put(self, path: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        return self.route("PUT", path, **options)

    def delete(self, path: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        return self.route("DELETE", path, **options)


def _with_arguments(edge: Callable[..., Response], names: list[str]) -> Callable[..., Response]:
    """Chalice checks a view's parameter names against the path, so the wrapper must show the path's."""
    signature = inspect.Signature([inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD) for n in names])
    edge.__signature__ = signature  # type: ignore[attr-defined]
    return edge


def platform_context(request_id: str, locale: str = "fr", correlation_id: str = "") -> Context:
    """The context of work that belongs to no tenant yet: sign-in, invitations, webhooks before their connection."""
    return Context(PLATFORM, Actor("system", "platform"), clock.now(), request_id, Command(request_id), locale=locale,
                   deadline=clock.monotonic() + DEADLINE_SECONDS, clock=clock, chance=chance, correlation_id=correlation_id)


def tenant_context(
    platform: Context, tenant_id: str, actor: Actor, permissions: frozenset[str], locale: str, blind_key: bytes
) -> Context:
    """The context of a caller now known."""
    return replace(platform, tenant_id=tenant_id, actor=actor, permissions=permissions, locale=locale,
                   blind_key=blind_key)


def respond(endpoint: Endpoint, raw: Any, path_parameters: Mapping[str, str]) -> Response:
    """One request through the edge; always an answer, never an exception."""
    headers = {name.lower(): value for name, value in raw.headers.items()}
    request_id = _request_id(headers)
    started = clock.monotonic()
    ctx = platform_context(request_id, _language_asked(headers) or LANGUAGES[0], _correlation_id(headers))
    limits: Mapping[str, str] = {}
    try:
        request = _request(endpoint, raw, headers)
        ctx = replace(ctx, origin=Origin(f"{endpoint.method} {endpoint.path}", request.source_ip,
                                         headers.get("user-agent", "")))
        _check_sizes(request, path_parameters)
        if not endpoint.public:
            caller = operating.caller(headers, endpoint, partial(tenant_context, ctx))
            ctx = replace(caller, locale=_language_asked(headers) or caller.locale)
            standing = rate_limit.spend(ctx, rate_limit.policy_of(ctx))
            limits = standing.headers()
            standing.require()
            _check_standing(ctx, endpoint)
            if endpoint.permission:
                ctx.require(endpoint.permission)
            scopes.check(ctx, endpoint.method, endpoint.path)
            operating.inside(ctx, endpoint, request.path)
        request = replace(request, body=_parse(endpoint, request))
        if endpoint.method == "POST" and request.body is not None:
            fields.check(ctx, request.body)
        ctx = replace(ctx, command=_command(ctx, endpoint, request))
        answer = _call(endpoint, ctx, request, path_parameters)
        response = _success(endpoint, ctx, answer)
    except Exception as error:
        response = _failure(error, request_id, endpoint)
    response.headers.update({"Correlation-Id": ctx.correlation, **limits})
    observability.access(ctx, endpoint, response.status_code, clock.monotonic() - started)
    request_log.note(ctx, endpoint, response.status_code, clock.monotonic() - started)
    metering.request_done(ctx, clock.monotonic() - started)
    return response


def _check_standing(ctx: Context, endpoint: Endpoint) -> None:
    """What a late subscription still lets a caller do: read, and for a suspended one only what `stays_open`. Raises Forbidden
    `subscription_read_only`, `subscription_suspended`, with the page where it is put right."""
    access = ctx.standing.access
    if access == "full" or endpoint.stays_open or (access == "read_only" and endpoint.method in _SAFE):
        return
    if ctx.standing.is_held:
        raise Forbidden("tenant_held", "The operators of Comptoir suspended this company's access; its data can be exported.")
    told = {"read_only": "The subscription is not paid: everything can be read, nothing changed.",
            "suspended": "The subscription is suspended; pay or choose a plan to go on, or export your data."}
    raise Forbidden(f"subscription_{access}", told[access], None, upgrade=SUBSCRIPTION_PAGE)


def _request_id(headers: Mapping[str, str]) -> str:
    given = headers.get("request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else sortable_id("req", clock.now(), chance.token(10))


def _correlation_id(headers: Mapping[str, str]) -> str:
    """The id by which the caller binds requests together, "" for none, or for one that could not stand in a log."""
    given = headers.get("correlation-id", "")
    return given if _REQUEST_ID.fullmatch(given) else ""


def _language_asked(headers: Mapping[str, str]) -> str:
    """The language the request asks for, "" when it asks for none of ours."""
    asked = headers.get("accept-language", "")[:2].lower()
    return asked if asked in LANGUAGES else ""


def _request(endpoint: Endpoint, raw: Any, headers: Mapping[str, str]) -> Request[Any]:
    body = raw.raw_body or b""
    if len(body) > endpoint.max_body:
        raise LimitExceeded("body_too_large", f"A body may have at most {endpoint.max_body} bytes.")
    query = dict(raw.query_params or {})
    return Request(endpoint.method, raw.context.get("path", raw.path), query, headers,
                   raw.context.get("identity", {}).get("sourceIp", ""), body, None)


def _check_sizes(request: Request[Any], path_parameters: Mapping[str, str]) -> None:
    """No value of an address is longer than a key may be. Raises Invalid `too_long`."""
    sizes = {name: (len(text.encode("utf-8", "replace")), longest) for values, longest in (
        (path_parameters, MAX_PATH_VALUE), (request.query, MAX_QUERY_VALUE)) for name, text in values.items()}
    fields = {name: f"at most {longest} bytes" for name, (size, longest) in sizes.items() if size > longest}
    if fields:
        raise Invalid("too_long", "A part of the address is too long.", fields)


def _parse(endpoint: Endpoint, request: Request[Any]) -> Any:
    if endpoint.body is None or endpoint.raw_body:
        return None
    content_type = request.headers.get("content-type", "application/json").split(";")[0].strip().lower()
    if content_type != "application/json":
        raise Invalid("unsupported_media_type", "Send application/json.")
    return codec.decode(endpoint.body, request.raw or b"{}")


def _command(ctx: Context, endpoint: Endpoint, request: Request[Any]) -> Command:
    """The intention behind the request: named by its Idempotency-Key, or by the request when it has none."""
    key = request.headers.get("idempotency-key")
    if endpoint.method in _SAFE or key is None:
        return Command(f"request:{ctx.request_id}:{sortable_id('c', clock.now(), chance.token(10))}")
    if not _IDEMPOTENCY_KEY.fullmatch(key):
        raise Invalid("idempotency_key", "An Idempotency-Key has 1 to 255 printable ASCII characters.")
    content = f"{request.method} {request.path}\n".encode() + request.raw
    return Command(f"key:{ctx.actor.id}:{key}", codec.fingerprint(content))


def _call(endpoint: Endpoint, ctx: Context, request: Request[Any], path_parameters: Mapping[str, str]) -> Any:
    """Calls the view; when its command was done before, gives the first answer again."""
    try:
        return endpoint.view(ctx, request, **path_parameters)
    except AlreadyDone as done:
        return _replay(ctx, done.marker)
    except (DomainError, Refused):
        if ctx.tenant_id and ctx.command.id.startswith("key:"):
            stored = read.item(ctx, keys.marker(ctx, ctx.command.id))
            if stored is not None:
                return _replay(ctx, codec.load(stored.data))
        raise


def _replay(ctx: Context, marker: Mapping[str, Any]) -> Answer:
    if marker.get("body_hash", "") != ctx.command.body_hash:
        raise Conflict("idempotency_key_reused", "This Idempotency-Key was used for another request.")
    if "answer" in marker:
        return Answer(marker["answer"], int(marker["status"]), {"Idempotent-Replay": "true"})
    if "kind" not in marker:
        return Answer(None, 204)
    loader = LOADERS[str(marker["kind"])]
    document = loader(ctx, str(marker["id"]))
    return Answer(document, int(marker["status"]), {"Idempotent-Replay": "true"}, version=int(marker["version"]))


def _success(endpoint: Endpoint, ctx: Context, result: Any) -> Response:
    answer = result if isinstance(result, Answer) else Answer(result, endpoint.status)
    answer = replace(answer, version=_version(answer), body=_seen(endpoint, ctx, answer.body))
    headers: dict[str, Any] = {"Request-Id": ctx.request_id, "Cache-Control": "no-store", **answer.headers}
    if answer.version is not None and "ETag" not in headers:
        headers["ETag"] = f'"{answer.version}"'
    if answer.cookies:
        headers["Set-Cookie"] = list(answer.cookies)
    if answer.body is None:
        return Response("", {**headers, "Content-Type": "text/plain"}, 204 if answer.status == 200 else answer.status)
    headers["Content-Type"] = answer.content_type
    return Response(_text(answer), headers, answer.status)


def _version(answer: Answer) -> int | None:
    found = answer.version if answer.version is not None else getattr(answer.body, "version", None)
    return answer.body.get("version") if isinstance(answer.body, dict) and found is None else found


def _seen(endpoint: Endpoint, ctx: Context, body: Any) -> Any:
    """The answer without the fields that this caller may not see."""
    if not endpoint.is_list:
        return fields.hide(ctx, endpoint.answer, body)
    if not fields.restricted(endpoint.answer):
        return body
    return {**body, "items": [fields.hide(ctx, endpoint.answer, each) for each in body["items"]]}


def _text(answer: Answer) -> str | bytes:
    if isinstance(answer.body, (str, bytes)):
        return answer.body
    if isinstance(answer.body, dict):
        return codec.compact(answer.body)
    if isinstance(answer.body, (list, tuple)):
        return "[" + ",".join(codec.encode(each) if hasattr(each, "__slots__") else codec.compact(each)
                              for each in answer.body) + "]"
    return codec.encode(answer.body)


def _failure(error: Exception, request_id: str, endpoint: Endpoint) -> Response:
    shown = problems.flatten(error)
    if shown is None:
        observability.crash(error, request_id, endpoint)
        status = 500
        headers: dict[str, str] = {}
        text = problems.body("internal_error", "Something went wrong on our side; it has been recorded.", 500, request_id)
    else:
        status, text, headers = problems.from_error(shown, request_id)
    return Response(text, {"Content-Type": "application/problem+json", "Request-Id": request_id,
                           "Cache-Control": "no-store", **headers}, status)


def problem(status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A gateway answer for what never reaches a view: unknown path, unknown method."""
    request_id = sortable_id("req", clock.now(), chance.token(10))
    return {"statusCode": status, "body": problems.body(code, detail, status, request_id),
            "headers": {"Content-Type": "application/problem+json", "Request-Id": request_id, **(headers or {})},
            "multiValueHeaders": {}, "isBase64Encoded": False}


class Router:
    """Finds Chalice's route for a path: the gateway knows only `/api/<domain>/{proxy+}`.

    Literal segments win over parameters, as in Chalice's own local server.
    """

    def __init__(self, routes: Mapping[str, Mapping[str, Any]]) -> None:
        self._tree: dict[str, Any] = {}
        for pattern in routes:
            node = self._tree
            for segment in pattern.strip("/").split("/"):
                node = node.setdefault("{}" if segment.startswith("{") else segment, {})
            node[""] = pattern
        self._routes = routes

    def find(self, path: str) -> tuple[str, dict[str, str]] | None:
        """The route's pattern and its path parameters, percent-decoded."""
        segments = path.strip("/").split("/")
        pattern = self._walk(self._tree, segments, 0)
        if pattern is None:
            return None
        names = pattern.strip("/").split("/")
        return pattern, {n[1:-1]: unquote(s) for n, s in zip(names, segments, strict=True) if n.startswith("{")}

    def _walk(self, node: Mapping[str, Any], segments: list[str], at: int) -> str | None:
        if at == len(segments):
            return node.get("")
        for name in (segments[at], "{}"):
            if segments[at] and name in node and isinstance(node[name], dict):
                found = self._walk(node[name], segments, at + 1)
                if found is not None:
                    return found
        return None

    def methods(self, pattern: str) -> list[str]:
        return sorted(self._routes[pattern])


def make_entry(app: Any) -> Callable[[Mapping[str, Any], Any], dict[str, Any]]:
    """The handler Lambda and the local server call alike: a proxy event in, a proxy answer out."""
    router = Router(app.routes)

    def entry(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        found = router.find(str(event["path"]))
        if found is None:
            return problem(404, "no_such_route", "There is nothing at this address.")
        pattern, parameters = found
        method = "GET" if event["httpMethod"] == "HEAD" else str(event["httpMethod"])
        allowed = router.methods(pattern)
        if method not in allowed:
            return problem(405, "method_not_allowed", f"Only {', '.join(allowed)} here.", {"Allow": ", ".join(allowed)})
        others = {name: value for name, value in (event.get("headers") or {}).items() if name.lower() != "accept"}
        inner = {**event, "headers": {**others, "accept": _ANY_FILE}, "pathParameters": parameters,
                 "stageVariables": event.get("stageVariables"),
                 "requestContext": {**event["requestContext"], "resourcePath": pattern, "httpMethod": method,
                                    "path": event["path"]}}
        answer: dict[str, Any] = app(inner, context)
        if event["httpMethod"] == "HEAD":
            answer["body"] = ""
        return answer

    return entry


