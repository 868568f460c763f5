"""The one error of the shop's REST side."""

from __future__ import annotations

from typing import Any


class RestError(Exception):
    """A WooCommerce error body: HTTP `status`, `code`, `message` and what stands in `data`."""

    def __init__(self, status: int, code: str, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.data = {"status": status, **data} if isinstance(data, dict) else data if data else {"status": status}

    def body(self) -> dict[str, Any]:
        """Return the JSON body."""
        return {"code": self.code, "message": self.message, "data": self.data}


def invalid_params(problems: dict[str, tuple[str, str, Any]]) -> RestError:
    """Return WordPress's 400 for refused parameters: name → (code, message, data)."""
    return RestError(
        400,
        "rest_invalid_param",
        "Invalid parameter(s): " + ", ".join(problems),
        {
            "params": {name: message for name, (_, message, _) in problems.items()},
            "details": {
                name: {"code": code, "message": message, "data": data} for name, (code, message, data) in problems.items()
            },
        },
    )


def invalid_id(kind: str, status: int = 404) -> RestError:
    """Return the error for an id that is not there; `kind` is `product`, `shop_order`, `shop_webhook` …"""
    return RestError(status, f"woocommerce_rest_{kind}_invalid_id", "Invalid ID.")
