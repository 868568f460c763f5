"""Run by test_engine_durability: an engine and threads that write until the whole process group is killed.

Prints one line per *acknowledged* write: `put <key>`, `pair <key>`, `user <name>`, `object <key>`.
"""
from __future__ import annotations

import os
import sys
import threading

from infra.local.engine import Engine
from tests.infra.conftest import client_of, create_table

ITEM_FILLER = "x" * 400


def put_items(dynamodb, writer: int) -> None:
    for number in range(1_000_000):
        key = f"{writer}-{number}"
        dynamodb.put_item(
            TableName="orders",
            Item={"pk": {"S": key}, "sk": {"S": "-"}, "filler": {"S": ITEM_FILLER}, "raw": {"B": b"\x00\xff"}},
        )
        say(f"put {key}")


def put_pairs(dynamodb, writer: int) -> None:
    """Order and reservation in one transaction, with a counter that must count every one of them."""
    for number in range(1_000_000):
        key = f"{writer}-{number}"
        dynamodb.transact_write_items(
            ClientRequestToken=f"token-{key}",
            TransactItems=[
                {"Put": {"TableName": "orders", "Item": {"pk": {"S": f"order-{key}"}, "sk": {"S": "-"}},
                         "ConditionExpression": "attribute_not_exists(pk)"}},
                {"Put": {"TableName": "orders", "Item": {"pk": {"S": f"reservation-{key}"}, "sk": {"S": "-"}}}},
                {"Update": {"TableName": "orders", "Key": {"pk": {"S": f"counter-{writer}"}, "sk": {"S": "-"}},
                            "UpdateExpression": "ADD placed :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}},
            ],
        )
        say(f"pair {key}")


def invite_users(cognito, pool_id: str) -> None:
    for number in range(1_000_000):
        name = f"user{number}@example.test"
        cognito.admin_create_user(UserPoolId=pool_id, Username=name)
        say(f"user {name}")


def store_objects(s3) -> None:
    for number in range(1_000_000):
        s3.put_object(Bucket="documents", Key=f"invoices/{number}.pdf", Body=str(number).encode())
        say(f"object {number}")


def say(line: str) -> None:
    os.write(1, line.encode() + b"\n")


def main() -> None:
    engine = Engine.start(sys.argv[1], log_bytes=int(sys.argv[2]))
    dynamodb, s3, cognito = (client_of(engine, service) for service in ("dynamodb", "s3", "cognito-idp"))
    create_table(dynamodb, "orders")
    s3.create_bucket(Bucket="documents", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
    pool_id = cognito.create_user_pool(PoolName="comptoir")["UserPool"]["Id"]
    say(f"pool {pool_id}")
    work = [(put_items, dynamodb, writer) for writer in range(4)]
    work += [(put_pairs, dynamodb, writer) for writer in range(3)]
    work += [(invite_users, cognito, pool_id), (store_objects, s3)]
    threads = [threading.Thread(target=function, args=arguments) for function, *arguments in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
