import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { onHandByDay } = await load("screens/stock/level.ts");
const move = (effective_at, quantity) => ({ effective_at, quantity });

test("the curve of a stock ends at what is there now and goes back through its moves, day by day", () => {
  const moves = [move("2026-11-24T09:00:00+00:00", "-2"), move("2026-11-24T08:00:00+00:00", "-1"), move("2026-11-22T10:00:00+00:00", "10")];
  const curve = onHandByDay("7", moves, "Europe/Paris", new Date("2026-11-24T12:00:00Z"));
  assert.deepEqual(curve, { dates: ["2026-11-22", "2026-11-23", "2026-11-24"], onHand: [10, 10, 7] });
});

test("a move near midnight belongs to the day of the company's zone", () => {
  const curve = onHandByDay("1", [move("2026-11-23T23:30:00+00:00", "1")], "Europe/Paris", new Date("2026-11-24T12:00:00Z"));
  assert.deepEqual(curve.dates, ["2026-11-24"]);
});

test("without moves there is no curve", () => {
  assert.deepEqual(onHandByDay("5", [], "Europe/Paris", new Date()), { dates: [], onHand: [] });
});
