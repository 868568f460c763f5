"""One running shop without its HTTP: configuration, documents, clock, and who must be told what changed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from infra.local.shops.woocommerce.config import ShopConfig
from infra.local.shops.woocommerce.state import Document, State

FIRST_IDS = {"post": 101, "item": 501, "meta": 2001, "webhook": 1, "delivery": 1, "customer": 2}


class Core:
    """The parts every command needs."""

    def __init__(self, config: ShopConfig, state: State, base_url: str, clock: Callable[[], datetime]) -> None:
        self.config = config
        self.state = state
        self.base_url = base_url
        self.rules = config.tax_rules
        self.zone = ZoneInfo(config.time_zone)
        self.deliveries_waiting = threading.Event()
        self._clock = clock

    def instant(self) -> datetime:
        """Return the present in UTC."""
        return self._clock().astimezone(UTC)

    def now(self) -> str:
        """Return the present as WooCommerce writes it: UTC to the second, without a zone."""
        return self.instant().strftime("%Y-%m-%dT%H:%M:%S")

    def new_id(self, sequence: str) -> int:
        """Draw the next id of a sequence (`post`, `item`, `meta`, `webhook`, `delivery`, `customer`)."""
        return self.state.next_id(sequence, FIRST_IDS[sequence])

    def local(self, gmt: str | None) -> str | None:
        """Return a UTC text in shop time, without a zone; None stays None."""
        if gmt is None:
            return None
        instant = datetime.fromisoformat(gmt).replace(tzinfo=UTC)
        return instant.astimezone(self.zone).strftime("%Y-%m-%dT%H:%M:%S")

    def gmt(self, local: str) -> str:
        """Return a text in shop time as UTC; a text that carries a zone is taken at its word.

        Raises ValueError where it is no date.
        """
        parsed = datetime.fromisoformat(local)
        if parsed.tzinfo is None:
            parsed = parsed.replace(tzinfo=self.zone)
        return parsed.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")

    def announce(self, topic: str, resource_id: int) -> None:
        """Queue a delivery to every active webhook of a topic; inside `change()`, so nothing unsaved is announced."""
        for webhook in self.state.all("webhook"):
            if webhook["topic"] == topic and webhook["status"] == "active":
                delivery = {
                    "id": self.new_id("delivery"),
                    "webhook_id": webhook["id"],
                    "topic": topic,
                    "resource_id": resource_id,
                }
                self.state.put("delivery", delivery)
                self.deliveries_waiting.set()

    def meta(self, existing: list[Document], changes: list[Document]) -> list[Document]:
        """Merge meta_data as WooCommerce does: by id, else by key (replaced, not added); a null value removes."""
        merged = [dict(entry) for entry in existing]
        for change in changes:
            by_id = [entry for entry in merged if change.get("id") and entry["id"] == change["id"]]
            found = by_id or [entry for entry in merged if entry["key"] == change.get("key")]
            if found and change.get("value") is None:
                merged.remove(found[0])
            elif found:
                found[0].update({key: change[key] for key in ("key", "value") if key in change})
            elif change.get("key"):
                entry = {"id": self.new_id("meta"), "key": str(change["key"]), "value": change.get("value")}
                merged.append(entry)
        return merged


def links(base_url: str, path: str, collection: str, allow: tuple[str, ...], **more: str) -> dict[str, Any]:
    """Return a `_links` object for a resource path relative to /wp-json/wc/v3/."""
    root = f"{base_url}/wp-json/wc/v3/"
    result: dict[str, Any] = {
        "self": [{"href": root + path, "targetHints": {"allow": list(allow)}}],
        "collection": [{"href": root + collection}],
    }
    for name, target in more.items():
        result[name] = [{"href": root + target}]
    return result


ALL_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
