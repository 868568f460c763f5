"""Webhooks kept alive, and the connection test, on a recorded WooCommerce shop."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from connectors.strict_json import loads
from connectors.woocommerce.client import WooCommerce
from tests.connectors.replay import Shop, answer, recorded

RECORDED = recorded("woocommerce")


def body(number: str) -> Any:
    return loads(RECORDED[number].response_body)


HOOK = "http://127.0.0.1:8080/hook"


def test_missing_webhooks_are_created_and_good_ones_left_alone(shop: Shop, woo: WooCommerce) -> None:
    known = [hook for hook in body("112") if hook["topic"] not in ("order.created", "order.deleted")]
    shop.plays(RECORDED["110"]).answers_with("GET", "webhooks", answer(known))
    ensured = woo.ensure_webhooks(HOOK, "new-secret")
    assert len(ensured) == len(woo.capabilities.webhook_topics)
    created = shop.bodies("POST")
    assert {sent["topic"] for sent in created} == {"order.created", "order.deleted"}
    assert all(sent["secret"] == "new-secret" and sent["delivery_url"] == HOOK for sent in created)


def test_a_disabled_webhook_is_set_active_again(shop: Shop, woo: WooCommerce) -> None:
    hooks = [body("143") | {"topic": topic} for topic in woo.capabilities.webhook_topics]
    shop.answers_with("GET", "webhooks", answer(hooks))
    shop.plays(RECORDED["144"])
    url = body("143")["delivery_url"]
    ensured = woo.ensure_webhooks(url, "secret")
    assert all(hook.active for hook in ensured)
    assert shop.bodies("PUT") == [{"status": "active", "secret": "secret"}] * len(woo.capabilities.webhook_topics)


def test_rotation_gives_every_webhook_the_new_secret(shop: Shop, woo: WooCommerce) -> None:
    hooks = [
        body("112")[0] | {"id": number, "topic": topic}
        for number, topic in enumerate(woo.capabilities.webhook_topics, 1)
    ]
    shop.answers_with("GET", "webhooks", answer(hooks))
    for hook in hooks:
        shop.answers_with("PUT", f"webhooks/{hook['id']}", answer(hook))
    woo.ensure_webhooks(HOOK, "second")
    assert shop.bodies("PUT") == []
    woo.ensure_webhooks(HOOK, "second", rotate=True)
    assert [sent["secret"] for sent in shop.bodies("PUT")] == ["second"] * len(hooks)


def test_of_two_webhooks_for_one_topic_the_older_stays(shop: Shop, woo: WooCommerce) -> None:
    hooks = [body("112")[0] | {"id": number, "topic": topic, "delivery_url": HOOK}
             for number, topic in enumerate([*woo.capabilities.webhook_topics] * 2, 7)]
    shop.answers_with("GET", "webhooks", answer(hooks[::-1]))
    for number in range(7, 15):
        shop.answers_with("DELETE", f"webhooks/{number}", answer({}))
    ensured = woo.ensure_webhooks(HOOK, "secret")
    assert [hook.external_id for hook in ensured] == ["7", "8", "9", "10"]
    deleted = sorted(sent.url.split("/webhooks/")[1].split("?")[0] for sent in shop.sent if sent.method == "DELETE")
    assert deleted == ["11", "12", "13", "14"]


def test_webhooks_of_others_are_seen_and_not_touched(shop: Shop, woo: WooCommerce) -> None:
    shop.plays(RECORDED["112"], RECORDED["110"])
    assert {hook.topic for hook in woo.list_webhooks()} == {hook["topic"] for hook in body("112")}
    woo.ensure_webhooks("https://other.example/hook", "secret")
    assert len(shop.bodies("POST")) == len(woo.capabilities.webhook_topics) and not shop.bodies("PUT")


def test_a_shop_that_sends_us_on_is_told_by_its_right_address(shop: Shop, woo: WooCommerce) -> None:
    onward = answer(b"", 301, location="https://www.shop.example/store/wp-json/wc/v3/system_status?_fields=environment")
    shop.answers_with("GET", "system_status", onward)
    (found,) = woo.probe().missing
    assert (found.code, found.parameters) == ("address_moved", {"address": "https://www.shop.example/store"})


def test_a_site_with_plain_permalinks_answers_its_home_page(shop: Shop, woo: WooCommerce) -> None:
    shop.answers_with("GET", "system_status", answer(b"<!DOCTYPE html><html lang='fr'></html>"))
    assert [found.code for found in woo.probe().missing] == ["api_not_found"]


def probed(shop: Shop) -> Shop:
    shop.plays(*(RECORDED[number] for number in ("001", "003", "005", "112")))
    return shop.answers_with("POST", "products/batch", answer([]))


def test_the_probe_reads_the_shop(shop: Shop, woo: WooCommerce) -> None:
    known = [hook for hook in body("112") if hook["topic"] != "order.created"]
    probed(shop.answers_with("GET", "webhooks", answer(known))).plays(RECORDED["002"])
    found = woo.probe()
    assert found.ok
    assert (found.platform_version, found.currency, found.decimals) == ("11.0.1", "EUR", 2)
    assert found.prices_include_tax is False
    assert {(rate.country, rate.percent) for rate in found.tax_rates} == {
        ("FR", D(20)), ("FR", D(10)), ("FR", D("5.5")), ("DE", D(19)), ("DE", D(7)),
    }  # fmt: skip
    assert [warning.code for warning in found.warnings] == ["webhooks_missing"]


def test_the_probe_warns_of_rounding_at_subtotal(shop: Shop, woo: WooCommerce) -> None:
    probed(shop).plays(RECORDED["037"])
    found = woo.probe()
    assert found.prices_include_tax and "tax_rounded_at_subtotal" in {
        warning.code for warning in found.warnings
    }


def test_the_probe_names_a_key_that_may_only_read(shop: Shop, woo: WooCommerce) -> None:
    shop.plays(*(RECORDED[number] for number in ("001", "002", "003", "005", "112")))
    shop.answers_with("POST", "products/batch", RECORDED["088"].response)
    assert [finding.code for finding in woo.probe().missing] == ["write_right_missing"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (RECORDED["087"].response, "credentials_refused"),
        (RECORDED["090"].response, "api_not_found"),
        (answer(b"<html>hello</html>"), "api_not_found"),
        (answer(b"", 503), "shop_unavailable"),
        (answer({"settings": {"currency": "EUR"}}), "answer_unreadable"),
    ],
)
def test_the_probe_names_what_is_missing(given: Any, code: str, shop: Shop, woo: WooCommerce) -> None:
    probed(shop).plays(RECORDED["002"])
    shop.answers["GET", "/wp-json/wc/v3/system_status"] = [given]
    found = woo.probe()
    assert not found.ok and [finding.code for finding in found.missing] == [code]
