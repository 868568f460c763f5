import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const grid = await load("screens/catalog/grid.ts");
const csv = await load("screens/catalog/csv_reading.ts");

test("two sizes in three colours are six variants, the last axis turning fastest", () => {
  const axes = grid.usableAxes([{ name: "Colour", values: "Blue, Green,Red" }, { name: "Size", values: "S, M, S" }, { name: "", values: "x" }]);
  const found = grid.combinations(axes.map((axis) => axis.values));
  assert.deepEqual(axes.map((axis) => axis.name), ["Colour", "Size"]);
  assert.equal(found.length, 6);
  assert.deepEqual(found.slice(0, 3), [["Blue", "S"], ["Blue", "M"], ["Green", "S"]]);
});

test("a product without axes has one variant, with no axis value", () => {
  assert.deepEqual(grid.combinations([]), [[]]);
});

test("a suggested SKU is what the API takes: plain capitals, no blanks, at most 40 characters", () => {
  assert.equal(grid.suggestedSku("mug", ["Bleu foncé", "XL"]), "MUG-BLEU-FONCE-XL");
  assert.equal(grid.suggestedSku("", ["Été"]), "ETE");
  const long = grid.suggestedSku("A".repeat(30), ["B".repeat(30)]);
  assert.equal(long.length, 40);
  assert.match(long, /^[A-Za-z0-9][A-Za-z0-9._/-]{0,39}$/);
});

test("a file of a French spreadsheet: semicolons, a BOM, quotes and line breaks inside a cell", () => {
  const sheet = csv.readSheet('\uFEFFRéférence;Désignation;Prix\r\nMUG;"Mug ""émaillé""; bleu\nlavable";12,5\r\n');
  assert.equal(sheet.separator, ";");
  assert.deepEqual(sheet.header, ["Référence", "Désignation", "Prix"]);
  assert.deepEqual(sheet.rows, [["MUG", 'Mug "émaillé"; bleu\nlavable', "12,5"]]);
});

test("columns find their fields whatever their accents and case, each column once", () => {
  const names = { sku: ["reference"], name: ["designation", "nom"], gtin: ["ean"] };
  assert.deepEqual(csv.guessMapping(["RÉFÉRENCE", "Désignation", "Poids"], names), { sku: "RÉFÉRENCE", name: "Désignation" });
});

test("a file that is no UTF-8 is read as Windows-1252", async () => {
  assert.equal(await csv.readText(new Blob([new Uint8Array([0xc9, 0x74, 0xe9])])), "Été");
  assert.equal(await csv.readText(new Blob(["Été"])), "Été");
});
