"""The simulated table answers as the local engine does, over the real wire: 6,000 random calls in 60 programs.

PROGRAMS is a variable of the environment; `make torture` asks for 200 (20,000 calls).
"""

from __future__ import annotations

import os
import time
from collections import Counter
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from chalicelib.storage.table import definition
from tests.torture.known_differences import KNOWN, Answer
from tests.torture.programs import Author
from tests.torture.table import Table

PROGRAMS, CALLS, SEED = int(os.environ.get("PROGRAMS", "60")), 100, 1
TABLE = "differential"


@pytest.fixture
def wire(engine: Any) -> Any:
    """A client of the engine that sends what it is given, and an empty table."""
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1}, read_timeout=30)
    client = boto3.session.Session().client("dynamodb", endpoint_url=engine.endpoint_url, region_name="eu-west-3",
                                            config=config)
    client.create_table(**definition(TABLE))
    yield client
    client.delete_table(TableName=TABLE)


def answered(call: Any, operation: str, parameters: dict[str, Any]) -> tuple[Answer, dict[str, Any] | None]:
    """A call's answer as it is compared, and its content for the program to go on with."""
    try:
        answer = call(operation, parameters)
    except ClientError as error:
        response: Any = error.response
        reasons = [(reason["Code"], reason.get("Item")) for reason in response.get("CancellationReasons", ())]
        return (response["Error"]["Code"], reasons or response.get("Item")), None
    content = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
    return ("ok", content), content


def test_every_call_is_answered_alike(wire: Any) -> None:
    """Every answer, refusal and cancellation reason; and at the end of each program, every item."""
    ours = Table(definition(TABLE), time.time)
    kinds: Counter[str] = Counter()
    used: Counter[str] = Counter()
    for number in range(PROGRAMS):
        program = Author(SEED, TABLE, number).write(CALLS, with_giants=number % 20 == 0)
        content = None
        for step in range(CALLS):
            operation, parameters = program.send(content) if step else next(program)
            there, content = answered(wire._make_api_call, operation, parameters)
            here, _ = answered(ours.call, operation, parameters)
            kinds[f"{operation} {here[0]}"] += 1
            if here != there:
                known = [name for name, (applies, _) in KNOWN.items() if applies(operation, parameters, here, there)]
                assert known, f"program {number}, call {step}: {operation} {parameters}\nsimulator {here}\nengine    {there}"
                used.update(known[:1])
        program.close()
    assert sum(kinds.values()) == PROGRAMS * CALLS
    assert set(used) == set(KNOWN), "a known difference that nothing needs"
    refused = {kind.split()[1] for kind in kinds}
    assert {"ok", "ValidationException", "ConditionalCheckFailedException", "TransactionCanceledException",
            "IdempotentParameterMismatchException", "ResourceNotFoundException"} <= refused, kinds


def test_it_can_tell_a_difference(wire: Any) -> None:
    """The broken variant: a table whose ADD forgets the sign."""
    class Careless(Table):
        def call(self, operation: str, parameters: Any) -> dict[str, Any]:
            if operation == "UpdateItem":
                values = {n: {"N": v["N"].lstrip("-")} if "N" in v else v
                          for n, v in parameters.get("ExpressionAttributeValues", {}).items()}
                parameters = {**parameters, **({"ExpressionAttributeValues": values} if values else {})}
            return super().call(operation, parameters)

    ours = Careless(definition(TABLE), time.time)
    for number in range(1000, 1010):
        program = Author(SEED, TABLE, number).write(CALLS, with_giants=False)
        content = None
        for step in range(CALLS):
            operation, parameters = program.send(content) if step else next(program)
            there, content = answered(wire._make_api_call, operation, parameters)
            if answered(ours.call, operation, parameters)[0] != there:
                return
    pytest.fail("a table that adds wrongly was taken for the engine")
