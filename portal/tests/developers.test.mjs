import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { curlOf, exampleOf, filledPath, grouped, operationsOf } = await load("screens/developers/schema.ts");

const schemas = {
  Line: { type: "object", properties: { sku: { type: "string" }, quantity: { anyOf: [{ type: "number" }, { type: "string" }] } } },
  Order: {
    type: "object",
    properties: {
      note: { type: "string", default: "" },
      lines: { type: "array", items: { $ref: "#/components/schemas/Line" } },
      on: { anyOf: [{ type: "string", format: "date" }, { type: "null" }] },
      parent: { $ref: "#/components/schemas/Order" },
    },
  },
};

const description = {
  info: { title: "API", version: "1" },
  paths: {
    "/api/orders/{order_id}": {
      get: { operationId: "sales_get", tags: ["sales"], summary: "Read one order.", "x-permission": "orders.read", parameters: [{ name: "order_id", in: "path", required: true }, { name: "view", in: "query" }] },
      post: { operationId: "sales_act", tags: ["sales"], requestBody: { content: { "application/json": { schema: { $ref: "#/components/schemas/Order" } } } } },
    },
    "/api/health": { get: { operationId: "health", tags: ["system"], security: [] } },
  },
};

test("every operation is found, with its permission, and public ones told apart", () => {
  const [read, act, health] = operationsOf(description);
  assert.deepEqual([read.method, read.permission, read.isPublic], ["GET", "orders.read", false]);
  assert.ok(act.body);
  assert.equal(health.isPublic, true);
});

test("a search needs every word and keeps the domains", () => {
  const operations = operationsOf(description);
  assert.deepEqual([...grouped(operations, "").keys()], ["sales", "system"]);
  assert.deepEqual([...grouped(operations, "order read").values()].flat().map((each) => each.id), ["sales_get"]);
  assert.equal(grouped(operations, "order nowhere").size, 0);
});

test("an example follows references and defaults, writes decimals as strings, and ends when a shape holds itself", () => {
  const example = exampleOf({ $ref: "#/components/schemas/Order" }, schemas);
  assert.equal(example.note, "");
  assert.deepEqual(example.lines, [{ sku: "", quantity: "" }]);
  assert.equal(example.on, "2026-01-31");
  assert.ok(JSON.stringify(example).length < 5000);
});

test("an address is sent only with its path parameters, and without empty query parameters", () => {
  const [read] = operationsOf(description);
  assert.deepEqual(filledPath(read, { view: "x" }).missing, ["order_id"]);
  assert.deepEqual(filledPath(read, { order_id: "a/b", view: "" }), { path: "/api/orders/a%2Fb", missing: [] });
  assert.equal(filledPath(read, { order_id: "1", view: "due" }).path, "/api/orders/1?view=due");
});

test("the command for a terminal quotes the body and carries an idempotency key only where something changes", () => {
  const command = curlOf("POST", "https://erp.example/api/x", `{"name":"l'atelier"}`, "key-1");
  assert.match(command, /-d '\{"name":"l'\\''atelier"\}'/);
  assert.match(command, /Idempotency-Key: key-1/);
  assert.match(command, /"Authorization: Bearer \$COMPTOIR_API_KEY"/);
  assert.doesNotMatch(curlOf("GET", "https://erp.example/api/x", "", "k"), /Idempotency|Content-Type/);
});
