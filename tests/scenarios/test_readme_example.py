"""The README's worked example, typed as it stands there into a shell beside a running Comptoir."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import urllib3

from tests.running import Client, Running, eventually

README = Path(__file__).resolve().parents[2] / "README.md"


def example(url: str) -> str:
    """The commands of the worked example, against this address."""
    section = README.read_text().split("## A worked example")[1].split("\n## ")[0]
    commands = "\n".join(re.findall(r"^```\n(.*?)^```", section, re.M | re.S))
    return commands.replace("http://127.0.0.1:8000", url).replace("python3.11", sys.executable)


@pytest.fixture(scope="module")
def said(running: Running, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """What the commands answered, in their order; the order itself comes first."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / ".local").mkdir()
    (folder / ".local" / "demo.json").write_text(json.dumps(running.facts))
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", example(running.url)], cwd=folder, capture_output=True, text=True,
                          check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    decoder, position, answers = json.JSONDecoder(), 0, [json.loads((folder / "order.json").read_text())]
    while position < len(done.stdout.rstrip()):
        answer, position = decoder.raw_decode(done.stdout, position)
        answers.append(answer)
    return answers


def test_the_order_comes_to_what_the_readme_says(said: list[Any]) -> None:
    order = said[0]
    assert (order["state"], order["total_with_vat"]) == ("confirmed", "151.70")
    box, macarons = order["lines"]
    assert sum(Decimal(each["quantity"]) for each in box["reserved"]) == 4
    assert macarons["reserved_quantity"] == "2"


def test_each_figure_is_explained(said: list[Any]) -> None:
    order, total, stock, price = said[:4]
    assert total["value"] == "151.70"
    assert ("VAT 5.5 % of 143.79", "7.91") in [(step["label"], step["value"]) for step in total["steps"]]
    just_now = "Reserved or released just now"
    held = [Decimal(each["value"]) for each in stock["inputs"]
            if each.get("link", "").endswith(order["id"]) or each["label"] == just_now]
    assert sum(held) == -3, "the rows of who holds what come a moment after the order"
    assert [each["verdict"] for each in price["considered"]].count("won") == 1


def test_it_is_shipped_with_its_tracking_number(said: list[Any]) -> None:
    shipped, lag = said[4], said[-1]
    assert shipped["state"] == "shipped"
    assert shipped["deliveries"][0]["parcels"][0]["tracking_number"] == "XN000000001FR"
    assert len(lag["items"]) == 3


def test_its_timeline_tells_what_happened(said: list[Any], client: Client) -> None:
    path = f"/api/timeline/sales_order/{said[0]['id']}"
    entries = eventually(lambda: (found := client.get(path)["items"]) and len(found) >= 3 and found)
    assert {each["type"] for each in entries} >= {"OrderPlaced", "OrderShipped", "PaperMade"}, "and its papers"


def test_the_same_request_is_not_done_twice(said: list[Any], client: Client, running: Running) -> None:
    again = example(running.url).split("call $API/sales/orders --header")[1].split("--data '")[1].split("'")[0]
    headers = {"Authorization": f"Bearer {client.api_key}", "Content-Type": "application/json", "Idempotency-Key": "readme-1"}
    answered = urllib3.request("POST", f"{running.url}/api/sales/orders", body=again.encode(), headers=headers)
    assert answered.status == 201
    assert answered.headers["Idempotent-Replay"] == "true"
    assert json.loads(answered.data)["id"] == said[0]["id"]
