"""The simulated services behind boto3's clients: DynamoDB's table, SQS, S3, KMS, Secrets Manager, Cognito.

`Cloud.call` stands where a client's `_make_api_call` stood. A call of product code waits its latency, may meet a fault,
has its effect at one instant, and is noted in the trace. What no service here knows is refused loudly.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError, ReadTimeoutError

from chalicelib.events.routing import QUEUES
from chalicelib.storage.table import definition
from connectors.errors import Unavailable
from connectors.http import Clock, HttpPolicy, HttpRequest, HttpResponse
from tests.torture import table as tables
from tests.torture.values import Unsupported, client_error
from tests.torture.world import Process, World

TABLE, BUCKET = "comptoir", "comptoir-files"
VISIBILITY_SECONDS, RECEIVES_BEFORE_DLQ = 6 * 60.0, 5
TIMEOUT_SECONDS = 2.0
OWN_STATE = (("chalicelib.storage.sequence", "_leases"), ("chalicelib.storage.client", "_budget"),
             ("chalicelib.storage.newer", "_noted"), ("chalicelib.runtime.rate_limit", "_held"))
"""What each process of the product keeps for itself in a module: swapped when another process runs."""


@dataclass(slots=True, eq=False)
class Message:
    """A message in a queue, hidden until `visible_at`; `group` is for fair queues. It is itself and no other of the same
    content."""

    id: str
    body: str
    visible_at: float
    receives: int = 0
    group: str = ""


class Cloud:
    """All services of one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.on_event: Callable[[Mapping[str, Any]], None] = lambda image: None
        self.on_message: Callable[[str], None] = lambda queue: None
        self.table = tables.Table(definition(TABLE), lambda: world.time, self._changed, self._lag)
        self.queues: dict[str, list[Message]] = {name: [] for name in QUEUES}
        self.dead: dict[str, list[Message]] = {name: [] for name in QUEUES}
        self.objects: dict[str, bytes] = {}
        self.shops: dict[str, Callable[[HttpRequest], HttpResponse]] = {}
        self.logins: dict[str, str] = {}
        self._data_keys: dict[bytes, tuple[bytes, Any]] = {}
        self._made = 0

    def environment(self) -> dict[str, str]:
        """What the product is started with."""
        return {
            "AWS_ACCESS_KEY_ID": "simulated", "AWS_SECRET_ACCESS_KEY": "simulated", "AWS_REGION": "eu-west-3",
            "AWS_DEFAULT_REGION": "eu-west-3", "AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL": "",
            "COMPTOIR_STAGE": "local", "COMPTOIR_TABLE": TABLE, "COMPTOIR_BUCKET": BUCKET,
            "COMPTOIR_PUBLIC_URL": "http://127.0.0.1:8000", "COMPTOIR_ALLOW_LOOPBACK": "1",
            "COMPTOIR_USER_POOL_ID": "pool", "COMPTOIR_USER_POOL_CLIENT_ID": "client",
            **{f"COMPTOIR_QUEUE_{name.upper()}": f"https://queue.simulated/{name}" for name in QUEUES},
        }

    def swap(self, old: Process, new: Process) -> None:
        """Puts the modules' own state of one process away and another's in place."""
        for module_name, name in OWN_STATE:
            own = vars(sys.modules[module_name])
            old.state[name] = held = own[name]
            own[name] = new.state[name] if name in new.state else new.state.setdefault(name, type(held)())

    def _lag(self) -> float:
        longest = self.world.faults.lag_seconds
        return self.world.chance.random() * longest if longest and self.world.current is not None else 0.0

    def _changed(self, old: Any, new: Any) -> None:
        if old is None and new is not None and new.get("kind", {}).get("S") == "Event":
            self.on_event(new)

    # -- one call --------------------------------------------------------------------------------------------------------

    def call(self, client: Any, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """What `client._make_api_call(operation, parameters)` answers or raises."""
        world, service = self.world, client.meta.service_model.service_name
        actor = world.current
        if actor is None or actor.invocation is None:
            return self.apply(service, operation, parameters)
        world.calls[operation] += 1
        fault = world.faults.draw(world.chance, operation)
        world.pause()
        if not fault:
            return self._told(service, operation, parameters)
        world.met[fault] += 1
        world.note(operation, _keys(operation, parameters), fault)
        return self._faulty(fault, service, operation, parameters)

    def _told(self, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The effect, noted with its outcome."""
        try:
            answer = self.apply(service, operation, parameters)
        except ClientError as error:
            self.world.note(operation, _keys(operation, parameters), error.response["Error"]["Code"])
            raise
        self.world.note(operation, _keys(operation, parameters), len(answer.get("Items", ())))
        return answer

    def _faulty(self, fault: str, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        world = self.world
        if fault == "throttle":
            raise client_error(operation, "ThrottlingException")
        if fault == "in_progress":
            raise client_error(operation, "TransactionInProgressException")
        if fault == "conflict":
            reasons = [{"Code": "None"} for _ in parameters["TransactItems"]]
            reasons[world.chance.randrange(len(reasons))] = {"Code": "TransactionConflict", "Message": "ongoing"}
            raise tables.canceled(reasons)
        if fault == "kill_before":
            world.kill()
        if fault == "slow":
            world.sleep(0.5 + 3 * world.chance.random())
            return self._told(service, operation, parameters)
        if fault == "partly":
            return self._partly(service, operation, parameters)
        if fault == "late":
            self._apply_later(service, operation, parameters)
        elif fault in ("lost_after", "kill_after"):
            self._told(service, operation, parameters)
        if fault == "kill_after":
            world.kill()
        world.sleep(TIMEOUT_SECONDS)
        raise ReadTimeoutError(endpoint_url="https://simulated")

    def _apply_later(self, service: str, operation: str, parameters: Mapping[str, Any]) -> None:
        """A write that is still under way when its caller gives up."""
        world, token = self.world, parameters.get("ClientRequestToken")

        def land() -> None:
            self.table.in_progress.discard(token)
            try:
                self._told(service, operation, parameters)
            except ClientError:
                world.note("late", "refused")

        if token:
            self.table.in_progress.add(token)
        world.spawn("late write", land, delay=0.1 + 5 * world.chance.random(), process=self.world.processes[0])

    def _partly(self, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Half of a batch is done."""
        if operation == "SendMessageBatch":
            entries = parameters["Entries"]
            done = self._told(service, operation, {**parameters, "Entries": entries[::2]}) if entries[::2] else {}
            failed = [{"Id": entry["Id"], "SenderFault": False, "Code": "InternalError"} for entry in entries[1::2]]
            return {**done, "Failed": failed}
        (name, request), = parameters["RequestItems"].items()
        if operation == "BatchGetItem":
            keys = request["Keys"]
            answer = self._told(service, operation, {"RequestItems": {name: {**request, "Keys": keys[::2]}}})
            left = {name: {**request, "Keys": keys[1::2]}} if keys[1::2] else {}
            return {**answer, "UnprocessedKeys": left}
        self._told(service, operation, {"RequestItems": {name: request[::2]}})
        return {"UnprocessedItems": {name: request[1::2]} if request[1::2] else {}}

    # -- the HTTP function -----------------------------------------------------------------------------------------------

    def exchange(self, request: HttpRequest, policy: HttpPolicy, clock: Clock) -> HttpResponse:
        """The transport of `connectors.http`: the shop at the request's host answers. Raises the connectors' Unavailable."""
        world, actor = self.world, self.world.current
        host = urlsplit(request.url).netloc
        shop = self.shops.get(host)
        if shop is None:
            raise Unavailable(f"{host} does not accept a connection")
        if actor is None or actor.invocation is None:
            return shop(request)
        world.calls["HTTP"] += 1
        fault = world.faults.draw(world.chance, "HTTP")
        world.sleep(0.02 + 0.08 * world.chance.random())
        if fault:
            world.met[fault] += 1
        if fault == "kill_before":
            world.kill()
        if fault == "slow":
            world.sleep(policy.read_timeout_seconds * 0.9 * world.chance.random())
        answer = shop(request) if fault != "lost_before" else None
        world.note(request.method, urlsplit(request.url).path, fault, answer.status if answer else 0)
        if fault == "kill_after":
            world.kill()
        if answer is None or fault == "lost_after":
            world.sleep(policy.read_timeout_seconds)
            raise Unavailable(f"{host} broke off", outcome_unknown=not request.may_repeat)
        return answer

    # -- services --------------------------------------------------------------------------------------------------------

    def apply(self, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The effect of a call, at once. Raises ClientError, Unsupported."""
        if service == "dynamodb":
            return self.table.call(operation, parameters)
        known = getattr(self, f"_{service.replace('-', '_')}_{operation}", None)
        if known is None:
            raise Unsupported(f"{service} {operation}")
        answer: dict[str, Any] = known(parameters)
        return answer

    def _sqs_SendMessageBatch(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        queue = parameters["QueueUrl"].rpartition("/")[2]
        for entry in parameters["Entries"]:
            self._made += 1
            self.queues[queue].append(Message(
                f"m{self._made}", entry["MessageBody"], self.world.time + entry.get("DelaySeconds", 0),
                group=entry.get("MessageGroupId", "")))
        self.on_message(queue)
        return {"Successful": [{"Id": entry["Id"]} for entry in parameters["Entries"]]}

    def _sqs_GetQueueAttributes(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        waiting = self.queues[parameters["QueueUrl"].rpartition("/")[2]]
        hidden = sum(message.visible_at > self.world.time for message in waiting)
        return {"Attributes": {"ApproximateNumberOfMessages": str(len(waiting) - hidden),
                               "ApproximateNumberOfMessagesNotVisible": str(hidden)}}

    def _s3_PutObject(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        body = parameters["Body"]
        self.objects[parameters["Key"]] = body if isinstance(body, bytes) else body.read()
        return {}

    def _s3_GetObject(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        if parameters["Key"] not in self.objects:
            raise client_error("GetObject", "NoSuchKey", status=404)
        return {"Body": io.BytesIO(self.objects[parameters["Key"]])}

    def _s3_DeleteObject(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        self.objects.pop(parameters["Key"], None)
        return {}

    def _s3_ListObjectsV2(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        after = parameters.get("StartAfter", "")
        found = sorted(key for key in self.objects if key.startswith(parameters["Prefix"]) and key > after)
        return {"Contents": [{"Key": key, "Size": len(self.objects[key])} for key in found[:parameters["MaxKeys"]]]}

    def _kms_GenerateDataKey(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        plain, wrapped = self.world.entropy.randbytes(32), self.world.entropy.randbytes(64)
        self._data_keys[wrapped] = (plain, parameters["EncryptionContext"])
        return {"Plaintext": plain, "CiphertextBlob": wrapped}

    def _kms_Decrypt(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        plain, context = self._data_keys.get(parameters["CiphertextBlob"], (None, None))
        if plain is None or context != parameters["EncryptionContext"]:
            raise client_error("Decrypt", "InvalidCiphertextException")
        return {"Plaintext": plain}

    def _secretsmanager_GetSecretValue(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        return {"SecretString": json.dumps({"key": f"simulated-{self.world.seed}"})}

    def _cognito_idp_AdminCreateUser(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        if parameters["Username"] in self.logins:
            raise client_error("AdminCreateUser", "UsernameExistsException")
        self.logins[parameters["Username"]] = ""
        return {}

    def _cognito_idp_AdminSetUserPassword(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        self.logins[parameters["Username"]] = parameters["Password"]
        return {}

    def _cognito_idp_AdminInitiateAuth(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        given = parameters["AuthParameters"]
        if not given["PASSWORD"] or self.logins.get(given["USERNAME"]) != given["PASSWORD"]:
            raise client_error("AdminInitiateAuth", "NotAuthorizedException")
        return {"AuthenticationResult": {"AccessToken": self.world.entropy.randbytes(16).hex()}}


def _keys(operation: str, parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys of a call, for the trace."""
    if operation == "TransactWriteItems":
        found = []
        for action in parameters["TransactItems"]:
            (_, body), = action.items()
            key = body.get("Item") or body["Key"]
            found.append(f"{key['pk']['S']}/{key['sk']['S']}")
        return tuple(found)
    if operation == "BatchGetItem":
        return tuple(f"{key['pk']['S']}/{key['sk']['S']}" for r in parameters["RequestItems"].values() for key in r["Keys"])
    if operation == "Query":
        return tuple(value.get("S", "") for value in parameters["ExpressionAttributeValues"].values())
    key = parameters.get("Item") or parameters.get("Key")
    if isinstance(key, Mapping):
        return (f"{key['pk']['S']}/{key['sk']['S']}",)
    return (str(key or parameters.get("QueueUrl", "")),)
