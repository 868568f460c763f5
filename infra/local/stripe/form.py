"""Bodies as Stripe's API reads them: `items[0][price]=…` becomes nested values; and its errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

Values = dict[str, Any]


class StripeError(Exception):
    """A refusal as Stripe words it: `type`, `code`, `message`, `param` (https://docs.stripe.com/api/errors)."""

    def __init__(self, status: int, kind: str, message: str, code: str = "", param: str = "", **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body: Values = {"error": {"type": kind, "message": message, **({"code": code} if code else {}),
                                       **({"param": param} if param else {}), **more}}


def invalid(message: str, param: str = "", code: str = "") -> StripeError:
    """`invalid_request_error`, status 400."""
    return StripeError(400, "invalid_request_error", message, code, param)


def missing(kind: str, object_id: str) -> StripeError:
    """`resource_missing`, status 404."""
    return StripeError(404, "invalid_request_error", f"No such {kind}: '{object_id}'", "resource_missing", "id")


def declined(message: str = "Your card was declined.") -> StripeError:
    """`card_declined`, status 402."""
    return StripeError(402, "card_error", message, "card_declined", decline_code="generic_decline")


def parse(text: str) -> Values:
    """Nested values of a form: brackets open a mapping, digits or nothing in them a list. An empty text stays empty."""
    root: Values = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        first, *rest = name.replace("]", "").split("[")
        place: Values = root
        for here, following in zip([first, *rest], [*rest, None], strict=True):
            key = str(len(place)) if here == "" else here
            if following is None:
                place[key] = value
            else:
                place = place.setdefault(key, {})
    return {name: _listed(value) for name, value in root.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(each) for name, each in value.items()}
    return [inner[name] for name in sorted(inner, key=int)] if inner and all(n.isdigit() for n in inner) else inner


def check(values: Values, known: Iterable[str]) -> None:
    """Refuses a parameter the endpoint does not know, as Stripe does (`parameter_unknown`)."""
    for name in values:
        if name not in known:
            raise invalid(f"Received unknown parameter: {name}", name, "parameter_unknown")


def required(values: Mapping[str, Any], name: str) -> Any:
    """A parameter that must be there."""
    if values.get(name) in (None, ""):
        raise invalid(f"Missing required param: {name}.", name, "parameter_missing")
    return values[name]


def number(values: Mapping[str, Any], name: str, default: int | None = None) -> int:
    """A whole number; raises for anything else."""
    text = values.get(name)
    if text in (None, "") and default is not None:
        return default
    try:
        return int(str(text))
    except ValueError:
        raise invalid(f"Invalid integer: {text}", name, "parameter_invalid_integer") from None


def flag(values: Mapping[str, Any], name: str, default: bool = False) -> bool:
    """`true` or `false`; raises for anything else."""
    text = values.get(name, str(default).lower())
    if text not in ("true", "false"):
        raise invalid(f"Invalid boolean: {text}", name)
    return bool(text == "true")
