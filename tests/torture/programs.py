"""Random programs of DynamoDB calls for the differential test: what the product uses, and every limit and mistake near it.

A program is a list of (operation, parameters) over a handful of keys, so that calls meet each other's items. A call may be
built from an earlier answer (paging goes on where the last page ended), so a program is a generator that is sent answers.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator
from typing import Any

Call = tuple[str, dict[str, Any]]
Program = Generator[Call, dict[str, Any] | None, None]
NUMBERS = ("0", "1", "-1", "7", "2.50", "1e2", "0.001", "-0", "00012", "12345678901234567890123456789012345678",
           "0.1234567890123456789012345678901234567", "9.9E+125", "1E-130", "+5", "100.00", "-3.75")
SUMMANDS = NUMBERS[:9] + NUMBERS[13:]
"""Numbers that stay within 28 digits when added: beyond, the engine rounds to Python's default precision."""

BAD_NUMBERS = ("123456789012345678901234567890123456789", "1E+126", "1E-131", "abc", "", "1_000", "NaN", "1.2.3", " 5")
TEXTS = ("a", "ab", "abc", "b", "Zoé", "~", "B#1", "C#2", "é", "\uffff", "x" * 40)
SORTS = ("#", "A", "A#1", "A#2", "AB", "B", "B#1", "b", "é", "~")
INDEXES = ("by_list", "by_ref", "by_party", "by_due")


class Author:
    """Writes one program. `table` is the table's name, `number` keeps programs apart in it."""

    def __init__(self, seed: int, table: str, number: int) -> None:
        self.chance = random.Random(f"program:{seed}:{number}")
        self.table, self.start = table, f"T#p{number}#"
        self.tokens: list[tuple[str, list[dict[str, Any]]]] = []
        self._made = 0

    def write(self, calls: int, with_giants: bool) -> Program:
        """The program: `calls` calls, among them one of several megabytes when `with_giants`."""
        shapes: list[tuple[Callable[[], Call], int]] = [
            (self.put, 16), (self.get, 8), (self.update, 16), (self.delete, 6), (self.transact, 14), (self.batch_get, 6),
            (self.batch_write, 5), (self.replay, 4), (self.mistake, 9)]
        makers, weights = zip(*shapes, strict=True)
        written = 0
        if with_giants:
            for giant in (self.giant_item, self.giant_update, self.giant_transaction, self.many_actions):
                yield giant()
                written += 1
        while written < calls:
            if self.chance.random() < 0.2:
                written += yield from self.pages(min(4, calls - written))
                continue
            yield self.chance.choices(makers, weights)[0]()
            written += 1

    # -- pieces ----------------------------------------------------------------------------------------------------------

    def key(self) -> dict[str, Any]:
        return {"pk": {"S": f"{self.start}{self.chance.choice('KLM')}"}, "sk": {"S": self.chance.choice(SORTS)}}

    def value(self) -> dict[str, Any]:
        kind = self.chance.choice("NNNSSB?0")
        if kind == "N":
            return {"N": self.chance.choice(NUMBERS)}
        if kind == "S":
            return {"S": self.chance.choice(("", *TEXTS))}
        return {"BOOL": self.chance.random() < 0.5} if kind != "0" else {"NULL": True}

    def item(self) -> dict[str, Any]:
        item = {**self.key(), "kind": {"S": "thing"}, "version": {"N": str(self.chance.randrange(1, 4))}}
        for name in ("n1", "n2", "s1", "summary", "extra"):
            if self.chance.random() < 0.6:
                item[name] = ({"S": self.chance.choice(TEXTS)} if name == "summary" else self.value() if name in (
                    "s1", "extra") else {"N": self.chance.choice(SUMMANDS)})
        for index in INDEXES:
            if self.chance.random() < 0.3:
                item[f"{index}_pk"] = {"S": f"{self.start}{self.chance.choice('XY')}"}
                item[f"{index}_sk"] = {"S": self.chance.choice(SORTS)}
        return item

    def condition(self) -> dict[str, Any]:
        """A condition with its names and values, or none."""
        name = self.chance.choice(("n1", "n2", "s1", "version", "gone"))
        chosen = self.chance.choice((
            "", "", "attribute_not_exists(pk)", "attribute_exists(pk)", "#a = :a", "#a >= :a", "#a < :a", "#a <> :a",
            "#a BETWEEN :a AND :b", "#a IN (:a, :b)", "begins_with(summary, :t)", "contains(#a, :a)",
            "attribute_not_exists(#a) OR #a <= :a", "NOT #a = :a AND attribute_exists(pk)",
            "(#a = :a OR #a > :b) AND attribute_exists(kind)"))
        if not chosen:
            return {}
        found: dict[str, Any] = {"ConditionExpression": chosen}
        if "#a" in chosen:
            found["ExpressionAttributeNames"] = {"#a": name}
        kind = self.chance.choice(("N", "N", "S"))
        low, high = sorted(("1", "5")) if kind == "N" else sorted(("a", "b"))
        values = {mark: {kind: text} for mark, text in ((":a", low), (":b", high)) if mark in chosen}
        if ":t" in chosen:
            values = {":t": {"S": self.chance.choice(("a", "Z"))}}
        if values:
            found["ExpressionAttributeValues"] = values
        return found

    def merged(self, *parts: dict[str, Any]) -> dict[str, Any]:
        """Parameters of one call from parts that each have names and values."""
        whole: dict[str, Any] = {}
        for part in parts:
            for name, content in part.items():
                whole[name] = {**whole[name], **content} if isinstance(content, dict) and name in whole else content
        return whole

    def change(self) -> dict[str, Any]:
        """An update expression."""
        text, names, values = self.chance.choice((
            ("ADD #n :n", {"#n": "n1"}, {":n": "7"}), ("ADD #n :n, n2 :m", {"#n": "n1"}, {":n": "-2.5", ":m": "0.1"}),
            ("SET s1 = :s", {}, {":s": "text"}), ("SET n1 = n2 + :n", {}, {":n": "1"}),
            ("SET n1 = if_not_exists(n1, :z) - :n", {}, {":z": "0", ":n": "3"}), ("SET n2 = n1", {}, {}),
            ("REMOVE s1, n2", {}, {}), ("ADD n1 :n SET s1 = :s REMOVE #o", {"#o": "extra"}, {":n": "1", ":s": "both"}),
            ("SET by_due_pk = :p, by_due_sk = :k", {}, {":p": "p", ":k": "k"}), ("REMOVE by_due_pk, by_due_sk", {}, {}),
            ("ADD n1 :s", {}, {":s": "text"}), ("ADD kind :n", {}, {":n": "1"}),
            ("SET kind = :s ADD version :n", {}, {":s": "text", ":n": "1"})))
        wires = {mark: ({"N": content} if mark in (":n", ":m", ":z") else {"S": content}) for mark, content in values.items()}
        if ":p" in wires:
            wires = {":p": {"S": f"{self.start}X"}, ":k": {"S": self.chance.choice(SORTS)}}
        found: dict[str, Any] = {"UpdateExpression": text}
        if names:
            found["ExpressionAttributeNames"] = names
        if wires:
            found["ExpressionAttributeValues"] = wires
        return found

    def told(self) -> dict[str, Any]:
        return {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"} if self.chance.random() < 0.4 else {}

    # -- calls -----------------------------------------------------------------------------------------------------------

    def put(self) -> Call:
        returned = {"ReturnValues": self.chance.choice(("NONE", "ALL_OLD"))} if self.chance.random() < 0.4 else {}
        return "PutItem", self.merged({"TableName": self.table, "Item": self.item()}, self.condition(), returned, self.told())

    def get(self) -> Call:
        chosen = self.chance.choice(({}, {}, {"ProjectionExpression": "n1, #k, gone", "ExpressionAttributeNames": {"#k": "sk"}},
                                     {"ConsistentRead": True}))
        return "GetItem", {"TableName": self.table, "Key": self.key(), **chosen}

    def update(self) -> Call:
        returned = {"ReturnValues": self.chance.choice(("NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"))}
        return "UpdateItem", self.merged({"TableName": self.table, "Key": self.key()}, self.change(), self.condition(),
                                         returned, self.told())

    def delete(self) -> Call:
        returned = {"ReturnValues": self.chance.choice(("NONE", "ALL_OLD"))}
        return "DeleteItem", self.merged({"TableName": self.table, "Key": self.key()}, self.condition(), returned, self.told())

    def action(self) -> dict[str, Any]:
        verb = self.chance.choice(("Put", "Put", "Update", "Update", "Delete", "ConditionCheck"))
        base = {"TableName": self.table}
        if verb == "Put":
            return {verb: self.merged({**base, "Item": self.item()}, self.condition(), self.told())}
        if verb == "Update":
            return {verb: self.merged({**base, "Key": self.key()}, self.change(), self.condition(), self.told())}
        condition = self.condition()
        if verb == "ConditionCheck" and not condition:
            condition = {"ConditionExpression": "attribute_exists(pk)"}
        return {verb: self.merged({**base, "Key": self.key()}, condition, self.told())}

    def actions(self) -> list[dict[str, Any]]:
        """One to six actions, mostly on different items."""
        found: dict[tuple[str, str], dict[str, Any]] = {}
        twice = []
        for _ in range(self.chance.randrange(1, 7)):
            action = self.action()
            (_, body), = action.items()
            key = body.get("Item", body.get("Key"))
            place = (key["pk"]["S"], key["sk"]["S"])
            if place in found and self.chance.random() < 0.05:
                twice.append(action)
            found.setdefault(place, action)
        return [*found.values(), *twice]

    def transact(self) -> Call:
        actions = self.actions()
        if self.chance.random() < 0.5:
            return "TransactWriteItems", {"TransactItems": actions}
        self._made += 1
        token = f"{self.start}{self._made}"
        self.tokens.append((token, actions))
        return "TransactWriteItems", {"TransactItems": actions, "ClientRequestToken": token}

    def replay(self) -> Call:
        """A token again, with the same body or another."""
        if not self.tokens:
            return self.transact()
        token, actions = self.chance.choice(self.tokens)
        again = actions if self.chance.random() < 0.6 else self.actions()
        return "TransactWriteItems", {"TransactItems": again, "ClientRequestToken": token}

    def batch_get(self) -> Call:
        keys = [self.key() for _ in range(self.chance.randrange(1, 9))]
        if self.chance.random() < 0.9:
            keys = list({(k["pk"]["S"], k["sk"]["S"]): k for k in keys}.values())
        chosen = self.chance.choice(({}, {"ConsistentRead": True}, {"ProjectionExpression": "pk, sk, s1"}))
        return "BatchGetItem", {"RequestItems": {self.table: {"Keys": keys, **chosen}}}

    def batch_write(self) -> Call:
        requests: list[dict[str, Any]] = []
        seen = set()
        for _ in range(self.chance.choice((1, 3, 6, 26))):
            item = self.item()
            place = (item["pk"]["S"], item["sk"]["S"])
            if place in seen and self.chance.random() < 0.95:
                continue
            seen.add(place)
            requests.append({"PutRequest": {"Item": item}} if self.chance.random() < 0.7 else
                            {"DeleteRequest": {"Key": {"pk": item["pk"], "sk": item["sk"]}}})
        return "BatchWriteItem", {"RequestItems": {self.table: requests}}

    def pages(self, at_most: int) -> Generator[Call, dict[str, Any] | None, int]:
        """A query, page by page, up to `at_most` calls; answers how many it made."""
        index = self.chance.choice((None, None, *INDEXES))
        part = f"{index}_" if index else ""
        letters = "XY" if index else "KLM"
        values: dict[str, Any] = {":pk": {"S": f"{self.start}{self.chance.choice(letters)}"}}
        sort = self.chance.choice((
            "", "", "#sk BETWEEN :a AND :b", "begins_with(#sk, :a)", "#sk = :a", "#sk >= :a", "#sk < :a"))
        low, high = sorted((self.chance.choice(SORTS), self.chance.choice(SORTS)))
        if ":a" in sort:
            values[":a"] = {"S": low}
        if ":b" in sort:
            values[":b"] = {"S": high}
        request: dict[str, Any] = {
            "TableName": self.table, "KeyConditionExpression": "#pk = :pk" + (f" AND {sort}" if sort else ""),
            "ExpressionAttributeNames": {"#pk": f"{part}pk", **({"#sk": f"{part}sk"} if sort else {})},
            "ExpressionAttributeValues": values, "ScanIndexForward": self.chance.random() < 0.6}
        if index:
            request["IndexName"] = index
        elif self.chance.random() < 0.5:
            request["ConsistentRead"] = True
        if self.chance.random() < 0.7:
            request["Limit"] = self.chance.randrange(1, 5)
        extra = self.chance.random()
        if extra < 0.15:
            request["Select"] = "COUNT"
        elif extra < 0.3 and not index:
            request["ProjectionExpression"] = "sk, n1"
        elif extra < 0.4:
            request["FilterExpression"] = "version > :v"
            request["ExpressionAttributeValues"] = {**values, ":v": {"N": "1"}}
        for made in range(at_most):
            answer = yield "Query", request
            if answer is None or "LastEvaluatedKey" not in answer:
                return made + 1
            request = {**request, "ExclusiveStartKey": answer["LastEvaluatedKey"]}
        return at_most

    # -- mistakes and giants -------------------------------------------------------------------------------------------

    def mistake(self) -> Call:
        """A call that must be refused, one mistake in it."""
        item, key, table = self.item(), self.key(), {"TableName": self.table}
        apart = {"pk": {"S": f"{self.start}Z"}, "sk": {"S": "#"}}
        bad = {"N": self.chance.choice(BAD_NUMBERS)}
        update = {"UpdateExpression": "SET s1 = :s", "ExpressionAttributeValues": {":s": {"S": "x"}}}
        query = {**table, "KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": key["pk"]}}
        put: Callable[..., Call] = lambda **more: ("PutItem", {**table, "Item": {**item, **more}})
        calls: list[Call] = [
            put(n1=bad), put(pk={"S": ""}), put(sk={"N": "1"}), put(by_ref_pk={"S": ""}, by_ref_sk={"S": "x"}),
            put(by_ref_pk={"N": "1"}, by_ref_sk={"S": "x"}), put(pk={"S": "k" * 2049}), put(n1={"S": "a", "N": "1"}),
            ("PutItem", {**table, "Item": {"pk": item["pk"]}}),
            ("PutItem", {**table, "Item": item, "ReturnValues": "ALL_NEW"}),
            ("PutItem", {**table, "Item": item, "ConditionExpression": "n1 = :a"}),
            ("PutItem", {**table, "Item": item, "ConditionExpression": "n1 = :a",
                         "ExpressionAttributeValues": {":a": {"N": "1"}, ":unused": {"N": "1"}}}),
            ("PutItem", {**table, "Item": item, "ConditionExpression": "value = :a",
                         "ExpressionAttributeValues": {":a": {"N": "1"}}}),
            ("PutItem", {**table, "Item": item, "ConditionExpression": "n1 ="}),
            ("GetItem", {**table, "Key": {"pk": key["pk"]}}), ("GetItem", {**table, "Key": {**key, "n1": {"N": "1"}}}),
            ("GetItem", {**table, "Key": {**key, "sk": {"S": ""}}}), ("GetItem", {"TableName": "nowhere", "Key": key}),
            ("UpdateItem", {**table, "Key": key, "UpdateExpression": "SET sk = :s",
                            "ExpressionAttributeValues": {":s": {"S": "x"}}}),
            ("UpdateItem", {**table, "Key": key, "UpdateExpression": "ADD s1 :s", "ExpressionAttributeValues": {
                ":s": {"S": "x"}}}),
            ("UpdateItem", {**table, "Key": key, **update, "ExpressionAttributeValues": {":s": bad}}),
            ("UpdateItem", {**table, "Key": key, "UpdateExpression": "SET by_list_pk = :s",
                            "ExpressionAttributeValues": {":s": {"S": ""}}}),
            ("DeleteItem", {**table, "Key": {**key, "pk": {"N": "1"}}}),
            ("Query", {**query, "IndexName": "by_nothing"}), ("Query", {**query, "Limit": 0}),
            ("Query", {**query, "KeyConditionExpression": "sk = :p"}),
            ("Query", {**query, "KeyConditionExpression": "pk > :p"}),
            ("Query", {**query, "ExpressionAttributeValues": {":p": {"N": "1"}}}),
            ("Query", {**query, "ExclusiveStartKey": {"pk": key["pk"]}}),
            ("Query", {**query, "IndexName": "by_list", "KeyConditionExpression": "by_list_pk = :p",
                       "ConsistentRead": True}),
            ("Query", {**query, "KeyConditionExpression": "pk = :p AND sk BETWEEN :b AND :a",
                       "ExpressionAttributeValues": {":p": key["pk"], ":a": {"S": "a"}, ":b": {"S": "b"}}}),
            ("BatchGetItem", {"RequestItems": {self.table: {"Keys": [key, key]}}}),
            ("BatchWriteItem", {"RequestItems": {self.table: [{"DeleteRequest": {"Key": key}}] * 2}}),
            ("TransactWriteItems", {"TransactItems": [{"Put": {**table, "Item": item}}, {"Delete": {
                **table, "Key": {"pk": item["pk"], "sk": item["sk"]}}}]}),
            ("TransactWriteItems", {"TransactItems": [{"Update": {**table, "Key": key, "UpdateExpression": "ADD n1 :s",
                                    "ExpressionAttributeValues": {":s": {"S": "x"}}}}, {"Put": {**table, "Item": {
                                        **self.item(), "pk": {"S": f"{self.start}Q"}}}}]}),
            ("TransactWriteItems", {"TransactItems": [{"Put": {**table, "Item": {**item, "n1": bad}}}]}),
            ("TransactWriteItems", {"TransactItems": []}),
            ("PutItem", {**table, "Item": apart, "ConditionExpression": "begins_with(n1, :a)",
                         "ExpressionAttributeValues": {":a": {"N": "1"}}}),
            ("UpdateItem", {**table, "Key": apart, "UpdateExpression": "SET n1 = :n, n1 = :n",
                            "ExpressionAttributeValues": {":n": {"N": "1"}}}),
            ("UpdateItem", {**table, "Key": apart, "UpdateExpression": "SET n1 = pk + :n",
                            "ExpressionAttributeValues": {":n": {"N": "1"}}}),
        ]
        return self.chance.choice(calls)

    def giant_item(self) -> Call:
        """An item just below, at, or above 400 KB."""
        item = {"pk": {"S": f"{self.start}Y"}, "sk": {"S": "#"}, "data": {"S": ""}}
        base = sum(len(name) + len(value["S"].encode()) for name, value in item.items())
        item["data"] = {"S": "x" * (409_600 - base + self.chance.choice((-1, 0, 1)))}
        return "PutItem", {"TableName": self.table, "Item": item}

    def giant_update(self) -> Call:
        """An update that makes that item larger, perhaps too large; alone or in a transaction."""
        update = {"TableName": self.table, "Key": {"pk": {"S": f"{self.start}Y"}, "sk": {"S": "#"}},
                  "UpdateExpression": "SET s1 = :s", "ExpressionAttributeValues": {":s": {"S": "z" * 10}}}
        if self.chance.random() < 0.5:
            return "UpdateItem", update
        return "TransactWriteItems", {"TransactItems": [{"Update": update}]}

    def giant_transaction(self) -> Call:
        """More than 4 MB in all, or somewhat less."""
        count = self.chance.choice((9, 12))
        return "TransactWriteItems", {"TransactItems": [
            {"Put": {"TableName": self.table, "Item": {"pk": {"S": f"{self.start}G"}, "sk": {"S": str(n)},
                                                       "data": {"S": "y" * 390_000}}}} for n in range(count)]}

    def many_actions(self) -> Call:
        """A hundred actions, or one more."""
        count = self.chance.choice((100, 101))
        return "TransactWriteItems", {"TransactItems": [
            {"Put": {"TableName": self.table, "Item": {"pk": {"S": f"{self.start}H"}, "sk": {"S": str(n)}}}}
            for n in range(count)]}
