import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

test("a CSV cell never runs as a formula, and a negative amount stays a number", async () => {
  const { toCsv } = await load("csv.ts");
  const csv = toCsv(["sku", "amount"], [["=HYPERLINK(1)", "-12.50"], ['2" pipe, "blue"', null]]);
  assert.equal(csv, "\uFEFFsku,amount\r\n'=HYPERLINK(1),-12.50\r\n\"2\"\" pipe, \"\"blue\"\"\",\r\n");
});

test("money is formatted from its decimal string, beyond what a float can hold", async () => {
  const { formatMoney, formatUnitPrice } = await load("format.ts");
  assert.equal(formatMoney("9007199254740993.01", "EUR").replace(/\s/g, " "), "9 007 199 254 740 993,01 €");
  assert.equal(formatUnitPrice("0.123456", "EUR").replace(/\s/g, " "), "0,123456 €");
  assert.match(formatMoney("1200", "JPY"), /^1\s200\s\D+$/);
});

test("a business date is the same day whatever the zone", async () => {
  const { formatDate } = await load("format.ts");
  assert.match(formatDate("2026-03-01"), /^1 mars 2026$/);
});

test("a fiscal year is told as its year, or by when it ends, never as a day", async () => {
  const { formatYear } = await load("format.ts");
  assert.equal(formatYear("2026-12-31"), "2026");
  assert.match(formatYear("2026-06-30"), /year_until/);
});
