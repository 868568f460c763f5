import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { compare, minus, sum, times, typedDecimal } = await load("decimal.ts");

test("sums of decimals are exact where floats are not", () => {
  assert.equal(sum(["0.1", "0.2"]), "0.3");
  assert.equal(sum(["9007199254740993.01", "0.09"]), "9007199254740993.1");
  assert.equal(sum([]), "0");
});

test("what is left of an ordered quantity", () => {
  assert.equal(minus("12.500", "0.125", "2"), "10.375");
  assert.equal(minus("1", "1.000"), "0");
  assert.equal(minus("0.5", "2"), "-1.5");
  assert.equal(minus("1", "-2"), "3");
});

test("a quantity times a unit price keeps every decimal", () => {
  assert.equal(times("3", "19.995"), "59.985");
  assert.equal(times("-0.5", "0.30"), "-0.15");
});

test("decimals compare by value, not by text", () => {
  assert.equal(compare("1.0", "1"), 0);
  assert.ok(compare("10", "9") > 0);
  assert.ok(compare("-1", "0.5") < 0);
});

test("people type a comma; words are no number", () => {
  assert.equal(typedDecimal(" 12,5 "), "12.5");
  assert.equal(typedDecimal("-3"), "-3");
  assert.equal(typedDecimal("twelve"), null);
  assert.equal(typedDecimal(""), null);
});
