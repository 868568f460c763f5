import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { change, drawnSeries, usualColumns } = await load("screens/reports/figures.ts");

test("growth is against the period before; with nothing before there is none to tell", () => {
  assert.equal(change("150", "100"), 0.5);
  assert.equal(change("-50", "-100"), 0.5);
  assert.equal(change("150", "0"), null);
  assert.equal(change(null, "10"), null);
});

test("a chart leaves out who sold nothing, and keeps the order of the answer, so a channel keeps its colour", () => {
  const series = [
    { key: "b", label: "B", values: { revenue: ["3", "0"], orders: ["0", "0"] } },
    { key: "a", label: "A", values: { revenue: ["1", "1"], orders: ["2", "1"] } },
  ];
  assert.deepEqual(drawnSeries(series, "revenue").map((each) => each.key), ["b", "a"]);
  assert.deepEqual(drawnSeries(series, "orders"), [{ key: "a", label: "A", values: [2, 1] }]);
});

test("nobody is shown a measure that the API does not offer them", () => {
  const measures = [{ name: "orders" }, { name: "ordered_revenue" }];
  assert.deepEqual(usualColumns("product", measures), ["orders", "ordered_revenue"]);
  assert.deepEqual(usualColumns("colour", measures), []);
});
