"""A message is heard once and signed; a deaf endpoint is told again for three days; one that is gone is left alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.kernel.context import Actor, Context
from chalicelib.kernel.errors import Conflict, Forbidden, Invalid
from chalicelib.runtime import mail
from chalicelib.storage import read
from chalicelib.webhooks import sending, service
from chalicelib.webhooks.model import RETRY_SECONDS, WEBHOOK_MESSAGE, EndpointBody
from connectors import targets
from tests.webhooks.receiver import Company, Heard, Receiver


def is_signed(secret: str, heard: Heard) -> bool:
    """Whether one of the signatures is the secret's; computed here from the specification, not by the product."""
    name, at = heard.headers["webhook-id"], heard.headers["webhook-timestamp"]
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = base64.b64encode(hmac.new(key, f"{name}.{at}.".encode() + heard.body, hashlib.sha256).digest()).decode()
    return f"v1,{wanted}" in heard.headers["webhook-signature"].split(" ")


def refuse(status: int, **headers: str) -> Callable[[Heard], tuple[int, dict[str, str], bytes]]:
    return lambda heard: (status, {name.replace("_", "-"): value for name, value in headers.items()}, b"not now")


def test_an_order_is_told_once_signed_and_thin(company: Company, hearing: Receiver) -> None:
    endpoint, secret = company.endpoint(hearing.url, "OrderShipped", "OrderPlaced")
    event = company.happens("OrderPlaced", "ord_1", number="SO-1", state="confirmed", total_without_vat="79.90")
    company.happens("OrderHeld", "ord_1", number="SO-1")
    company.hear(event)
    company.work(twice=True)
    (heard,) = hearing.heard
    assert is_signed(secret, heard) and not is_signed("whsec_" + base64.b64encode(b"x" * 32).decode(), heard)
    assert heard.headers["webhook-id"] == event.id.replace(".", "_") and heard.headers["content-type"] == "application/json"
    told = json.loads(heard.body)
    assert (told["type"], told["data"]["id"], told["data"]["state"]) == ("OrderPlaced", "ord_1", "confirmed")
    assert told["data"]["url"].endswith("/api/sales/orders/ord_1") and b"79.90" not in heard.body
    (message,) = company.messages(endpoint)
    assert (message.state, message.attempts[0].status, message.attempt_count) == ("delivered", 204, 1)


def test_for_a_day_after_a_new_secret_both_sign(company: Company, hearing: Receiver) -> None:
    endpoint, old = company.endpoint(hearing.url, "OrderPlaced")
    endpoint, new = service.rotate(company.ctx(), endpoint)
    company.happens("OrderPlaced", "ord_1")
    company.work()
    assert is_signed(old, hearing.heard[0]) and is_signed(new, hearing.heard[0])
    company.clock.at += timedelta(hours=24, minutes=1)
    company.happens("OrderPlaced", "ord_2")
    company.work()
    assert is_signed(new, hearing.heard[1]) and not is_signed(old, hearing.heard[1])


def test_a_deaf_endpoint_is_told_for_three_days_then_switched_off(company: Company, hearing: Receiver) -> None:
    hearing.answer = lambda heard: (503, {}, b"x" * 5_000)
    endpoint, _ = company.endpoint(hearing.url, "OrderPlaced")
    began = company.clock.at
    company.happens("OrderPlaced", "ord_1")
    company.pass_time(timedelta(days=2.5))
    (message,) = company.messages(endpoint)
    assert message.state == "pending" and len({heard.headers["webhook-id"] for heard in hearing.heard}) == 1
    assert len(message.attempts[0].answer) == 1_024 and message.attempts[0].status == 503
    company.pass_time(timedelta(days=1))
    (message,) = company.messages(endpoint)
    assert (message.state, message.code, message.attempt_count) == ("failed", "exhausted", len(RETRY_SECONDS) + 1)
    assert timedelta(days=2.8) < message.attempts[-1].at - began < timedelta(days=3.2)
    assert company.now_is(endpoint).disabled_code == "failing"
    assert [event.data["code"] for event in company.events if event.type == "WebhookEndpointDisabled"] == ["failing"]
    mails = [each for each in mail.inbox(company.ctx()) if each.to == company.owner.email]
    assert len(mails) == 1 and "ERP du client" in mails[0].subject
    assert f"/settings/webhooks?endpoint={endpoint.id}" in mails[0].text
    heard = len(hearing.heard)
    company.happens("OrderPlaced", "ord_2")
    company.work()
    assert len(hearing.heard) == heard


def test_what_failed_is_sent_again_by_hand_and_since_an_instant(company: Company, hearing: Receiver) -> None:
    hearing.answer = refuse(500)
    endpoint, secret = company.endpoint(hearing.url, "OrderPlaced")
    for number in range(3):
        company.happens("OrderPlaced", f"ord_{number}")
        company.work()
    company.pass_time(timedelta(days=4))
    assert {message.state for message in company.messages(endpoint)} == {"failed"}
    with pytest.raises(Conflict):
        sending.resend(company.ctx(), company.messages(endpoint)[0])
    hearing.answer = refuse(200)
    service.enable(company.ctx(), company.now_is(endpoint))
    before = len(hearing.heard)
    sending.resend(company.ctx(), company.messages(endpoint)[0])
    company.work()
    assert len(hearing.heard) == before + 1 and is_signed(secret, hearing.heard[-1])
    service.ask_recovery(company.ctx(), company.now_is(endpoint), company.clock.at - timedelta(days=5))
    company.work(twice=True)
    assert len(hearing.heard) == before + 3
    assert {message.state for message in company.messages(endpoint)} == {"delivered"}
    with pytest.raises(Invalid):
        service.ask_recovery(company.ctx(), company.now_is(endpoint), company.clock.at - timedelta(days=50))


def test_an_endpoint_that_says_gone_is_switched_off_at_once(company: Company, hearing: Receiver) -> None:
    hearing.answer = refuse(410)
    endpoint, _ = company.endpoint(hearing.url, "OrderPlaced")
    company.happens("OrderPlaced", "ord_1")
    company.work()
    assert len(hearing.heard) == 1 and company.now_is(endpoint).disabled_code == "gone"
    assert company.messages(endpoint)[0].code == "gone"


def test_an_endpoint_that_asks_for_an_hour_is_left_alone_for_it(company: Company, hearing: Receiver) -> None:
    hearing.answer = refuse(429, retry_after="3600")
    company.endpoint(hearing.url, "OrderPlaced")
    company.happens("OrderPlaced", "ord_1")
    company.pass_time(timedelta(minutes=59))
    assert len(hearing.heard) == 1
    company.pass_time(timedelta(minutes=7))
    assert len(hearing.heard) == 2


def test_a_dead_endpoint_costs_few_calls_however_much_happens(company: Company, hearing: Receiver) -> None:
    hearing.answer = refuse(500)
    endpoint, _ = company.endpoint(hearing.url, "OrderPlaced")
    for number in range(40):
        company.happens("OrderPlaced", f"ord_{number}")
        company.work()
    assert len(hearing.heard) == 3
    hearing.answer = refuse(200)
    company.pass_time(timedelta(hours=1))
    assert {message.state for message in company.messages(endpoint)} == {"delivered"}


def test_turns_that_the_queue_lost_are_taken_all_the_same(company: Company, hearing: Receiver) -> None:
    endpoint, _ = company.endpoint(hearing.url, "OrderPlaced")
    company.handle(company.happens("OrderPlaced", "ord_1"))
    company.lose_queue()
    company.pass_time(timedelta(minutes=10))
    assert not hearing.heard
    company.pass_time(timedelta(minutes=15))
    assert len(hearing.heard) == 1 and company.messages(endpoint)[0].state == "delivered"


def test_a_ping_and_a_log_that_ends_after_thirty_days(company: Company, hearing: Receiver) -> None:
    endpoint, secret = company.endpoint(hearing.url, "OrderPlaced")
    message = service.ping(company.ctx(), endpoint)
    company.work()
    assert json.loads(hearing.heard[0].body)["type"] == "ping" and is_signed(secret, hearing.heard[0])
    assert read.find(company.ctx(), WEBHOOK_MESSAGE, message.id) is not None
    company.clock.at += timedelta(days=30, minutes=1)
    assert read.find(company.ctx(), WEBHOOK_MESSAGE, message.id) is None


# -- where nothing may be sent ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", [
    "http://93.184.215.14/hooks", "https://10.0.0.8/hooks", "https://169.254.169.254/latest/meta-data", "https://[fd00::1]/",
    "ftp://93.184.215.14/", "https://user:secret@93.184.215.14/", "https://93.184.215.14:22/", "https://0.0.0.0/", "hooks",
    "https://93.184.215.14/#part", "https://[::ffff:10.0.0.1]/", "https://93.184.215.14/" + "x" * 500])
def test_an_address_inside_or_in_the_clear_is_refused(company: Company, url: str) -> None:
    with pytest.raises(Invalid) as refusal:
        company.endpoint(url, "OrderPlaced")
    assert refusal.value.code == "url"


def test_a_name_that_leads_inside_later_is_not_followed(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS answers a public address when the endpoint is made, an inner one when it is called."""
    monkeypatch.setattr(targets, "pin", targets.pin)
    answers = ["93.184.215.14"]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: [(2, 1, 6, "", (answers[0], 443))])
    endpoint, _ = company.endpoint("https://hooks.example/", "OrderPlaced")
    answers[0] = "10.0.0.8"
    company.happens("OrderPlaced", "ord_1")
    outcome = sending.call(company.ctx(), endpoint, _first(company, endpoint))
    assert (outcome.attempt.code, outcome.attempt.status) == ("forbidden_target", None)


def _first(company: Company, endpoint: service.WebhookEndpoint) -> service.WebhookMessage:
    return service.ping(company.ctx(), endpoint)


def test_a_redirect_is_not_followed(company: Company, hearing: Receiver) -> None:
    hearing.answer = refuse(307, location="http://169.254.169.254/latest/meta-data")
    endpoint, _ = company.endpoint(hearing.url, "OrderPlaced")
    outcome = sending.call(company.ctx(), endpoint, _first(company, endpoint))
    assert (outcome.attempt.code, outcome.attempt.status, len(hearing.heard)) == ("redirected", 307, 1)


def test_an_answer_drop_by_drop_ends_all_the_same(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "TIMEOUT_SECONDS", 0.3)
    listener = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        connection, _ = listener.accept()
        connection.recv(65_536)
        with connection, suppress(OSError):
            for character in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"y" * 30:
                connection.sendall(bytes([character]))
                time.sleep(0.05)

    threading.Thread(target=drip, daemon=True).start()
    endpoint, _ = company.endpoint(f"http://127.0.0.1:{listener.getsockname()[1]}/", "OrderPlaced")
    message = _first(company, endpoint)
    began = time.monotonic()
    outcome = sending.call(company.ctx(), endpoint, message)
    assert outcome.attempt.code == "timed_out" and time.monotonic() - began < 0.8
    listener.close()


def test_nobody_listens_to_more_than_they_may_see(company: Company, hearing: Receiver) -> None:
    body = EndpointBody(name="Stock", url=hearing.url, event_types=("StockChanged", "InvoiceIssued"))
    with pytest.raises(Forbidden):
        service.create(company.ctx("webhooks.manage", "stock.read"), body)
    for wrong in ((), ("TenantCreated",), ("StockChanged", "Nonsense")):
        with pytest.raises(Invalid):
            company.endpoint(hearing.url, *wrong)


def test_a_hanging_endpoint_holds_two_calls_of_a_process_and_not_more(company: Company, hearing: Receiver) -> None:
    company.endpoint(hearing.url, "OrderPlaced")
    company.happens("OrderPlaced", "ord_1")
    ctx, endpoint_id = company.ctx(), service.listeners(company.ctx(), "OrderPlaced")[0]
    with sending.UNDER_WAY.calling(ctx, endpoint_id), sending.UNDER_WAY.calling(ctx, endpoint_id):
        company.clock.at += timedelta(seconds=2)
        company.work()
        assert not hearing.heard
    company.pass_time(timedelta(seconds=16))
    assert len(hearing.heard) == 1


def test_what_a_key_set_up_ends_with_the_key(company: Company, hearing: Receiver) -> None:
    program = replace(company.ctx(), actor=Actor("api_key", "key_leaked", "ERP"))
    theirs, _ = service.create(program, EndpointBody(name="ERP", url=hearing.url, event_types=("OrderPlaced",)))
    ours, _ = company.endpoint(hearing.url, "OrderPlaced")
    company.happens("ApiKeyRevoked", "key_leaked", kind="api_key")
    company.work(twice=True)
    assert company.now_is(theirs).disabled_code == "key_revoked" and company.now_is(ours).state == "active"
    company.happens("OrderPlaced", "ord_1")
    company.work()
    assert len(hearing.heard) == 1


def test_one_tenants_dead_endpoint_is_not_anothers(company: Company, hearing: Receiver, engine: object) -> None:
    """In one batch: one endpoint keeps us waiting, the other's message is heard meanwhile."""
    from chalicelib.events.outbox import message as as_message
    from chalicelib.runtime import worker

    slow, quick = threading.Event(), threading.Event()

    def handler(ctx: Context, event: sending.Event) -> None:
        if event.entity_id == "slow":
            assert quick.wait(5), "the quick one waits for the slow one"
            slow.set()
        else:
            quick.set()

    records = [{"messageId": name, "body": as_message(company.happens("OrderPlaced", name))} for name in ("slow", "quick")]
    answer = worker.consume("webhooks", {"OrderPlaced": handler}, {"Records": records}, None, side_by_side=10)
    assert answer == {"batchItemFailures": []} and slow.is_set()
