import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { change, channelSeries } = await load("screens/home/business.ts");

test("growth is against the period before; with nothing before there is none to tell", () => {
  assert.equal(change({ total: "150", before: "100", by_channel: {} }), 0.5);
  assert.equal(change({ total: "150", before: "0", by_channel: {} }), null);
});

test("a chart draws the largest channels and adds the others up", () => {
  const by_channel = { a: ["1", "1"], b: ["5.5", "0"], c: ["3", "3"], d: ["0.5", "1"], e: ["0.25", "0"] };
  assert.deepEqual(channelSeries({ total: "0", before: "0", by_channel }), [
    { channelId: "c", values: [3, 3] },
    { channelId: "b", values: [5.5, 0] },
    { channelId: "a", values: [1, 1] },
    { channelId: "", values: [0.75, 1] },
  ]);
});

test("a channel keeps its place, and so its colour, from the chart of revenue to the chart of orders", () => {
  const revenue = { total: "0", before: "0", by_channel: { a: ["10"], b: ["90"] } };
  const orders = { total: "0", before: "0", by_channel: { a: ["5"], b: ["1"] } };
  assert.deepEqual(channelSeries(orders, revenue).map((each) => each.channelId), ["b", "a"]);
});
