"""The main job, in the packaged cloud: the same scenario file, against the functions CloudFormation made of the package."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import ROOT, Client, eventually

STORY = "tests/scenarios/test_order_to_every_shop.py"
PATIENCE = "8"
"""The engine starts a process for each function's first call: waits are eight times those of the laptop."""
CLOCK_SECONDS = 90
QUIET_SECONDS = 4
"""How long no shop is spoken to before the next word must be the clock's: the story's last pushes are over."""
READY_SECONDS = 200
STORY_SECONDS = 120


@pytest.fixture
def deployment(build: Path, tmp_path: Path) -> Iterator[dict[str, str]]:
    """`make deploy-local DEMO=1` with a short past; what tells the story where it is."""
    log = tmp_path / "deploy.log"
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("COMPTOIR_", "AWS_", "ONCE"))}
    with log.open("wb") as written:
        process = subprocess.Popen([sys.executable, "-m", "infra.deploy_local"], cwd=ROOT, stdout=written,
                                   stderr=subprocess.STDOUT, env={**outside, "DEMO": "1", "DEMO_DAYS": "1"})
    try:
        eventually(lambda: process.poll() is not None or "Stop with Ctrl-C." in log.read_text(), READY_SECONDS)
        told = log.read_text()
        assert process.poll() is None, told[-3000:]
        api, facts = re.search(r"The API answers at (\S+)/api\n", told), re.search(r"The demo's facts are in (\S+)", told)
        assert api and facts, told
        yield {**outside, "COMPTOIR_API_URL": api[1], "COMPTOIR_FACTS": facts[1], "COMPTOIR_PATIENCE": PATIENCE}
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=40)


def test_the_story_is_the_same_when_it_is_deployed(deployment: dict[str, str]) -> None:
    assert "/_user_request_" in deployment["COMPTOIR_API_URL"], "the address is the deployed gateway's"
    told = subprocess.run([sys.executable, "-m", "pytest", "-q", "--no-header", "-rA", "-p", "no:cacheprovider", STORY],
                          cwd=ROOT, env=deployment, capture_output=True, text=True, check=False, timeout=STORY_SECONDS)
    assert told.returncode == 0, told.stdout[-4000:]
    passed = len(re.findall(r"^PASSED ", told.stdout, re.MULTILINE))
    assert passed == len(re.findall(r"^def test_", (ROOT / STORY).read_text(), re.MULTILINE)) > 3
    _the_clock_is_heard(deployment)


def _the_clock_is_heard(deployment: dict[str, str]) -> None:
    """Nobody asks for it here: the rule of every minute calls the deployed function, which polls the shops."""
    facts = json.loads(Path(deployment["COMPTOIR_FACTS"]).read_text())
    client = Client(deployment["COMPTOIR_API_URL"], facts["api_key"])

    def touched() -> list[str]:
        return [client.get(f"/api/channels/connections/{each['id']}")["last_synced_at"] for each in facts["connections"]]

    def is_quiet() -> bool:
        before = touched()
        time.sleep(QUIET_SECONDS)
        return before == touched()

    eventually(is_quiet, CLOCK_SECONDS)
    before = touched()
    eventually(lambda: all(now > then for now, then in zip(touched(), before, strict=True)), CLOCK_SECONDS)
