import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { openQuantity, partOf } = await load("screens/sales/order.ts");

test("of five ordered, two shipped and one cancelled, two are open", () => {
  assert.equal(openQuantity({ quantity: "5", shipped_quantity: "2", cancelled_quantity: "1" }), "2");
});

test("shipping everything names no line, shipping a part names only what leaves", () => {
  const lines = [{ id: "1", most: "2" }, { id: "2", most: "3.000" }];
  assert.deepEqual(partOf(lines, { 1: "2", 2: "3" }), []);
  assert.deepEqual(partOf(lines, { 1: "2", 2: "0" }), [{ line_id: "1", quantity: "2" }]);
});
