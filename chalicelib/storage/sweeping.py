"""The one scan of the product: every item of a company that is being erased, found where no list leads.

A scan reads the whole table, other companies' items too, and answers only those of the company. It is therefore no way to
answer a question, and no function but the one that ends companies has the right to it: an erasure must miss nothing, and
happens once in a company's life. Reading 10 GB costs 1.3 million half read units (Amazon DynamoDB Developer Guide, "Scan").
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Unavailable
from chalicelib.storage import keys
from chalicelib.storage.client import client, is_throttle, observers, table_name, try_again
from chalicelib.storage.keys import Key

SEGMENTS = 64
"""Parts of the table that are swept one after the other: how far a sweep is, is one number."""


def keys_of(ctx: Context, segment: int) -> Iterator[Key]:
    """The keys of every item of the tenant in one of SEGMENTS parts of the table, consistent. Raises Unavailable."""
    parameters: dict[str, Any] = {
        "TableName": table_name(), "Segment": segment, "TotalSegments": SEGMENTS, "ConsistentRead": True,
        "ProjectionExpression": "pk, sk", "FilterExpression": "begins_with(pk, :own)",
        "ExpressionAttributeValues": {":own": {"S": keys.prefix(ctx)}}}
    attempt = 0
    while True:
        try:
            answer = client()._make_api_call("Scan", parameters)
        except (ClientError, BotoCoreError) as error:
            if isinstance(error, ClientError) and not is_throttle(error):
                raise
            attempt += 1
            if not try_again(ctx, attempt):
                raise Unavailable() from error
            continue
        for observe in observers:
            observe("Scan", parameters, answer)
        yield from (Key(wire["pk"]["S"], wire["sk"]["S"]) for wire in answer["Items"])
        if "LastEvaluatedKey" not in answer:
            return
        parameters["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
