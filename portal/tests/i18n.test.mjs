import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { usesKeys } from "../words.mjs";
import { load, SOURCE } from "./load.mjs";

const read = async (language) => JSON.parse(await readFile(path.join(SOURCE, `i18n/${language}.json`), "utf8"));
const [french, english] = await Promise.all([read("fr"), read("en")]);

async function sources(folder = SOURCE) {
  const found = [];
  for (const item of await readdir(folder, { withFileTypes: true })) {
    const file = path.join(folder, item.name);
    if (item.isDirectory()) found.push(...(await sources(file)));
    else if (/\.tsx?$/.test(item.name)) found.push({ file, text: await readFile(file, "utf8") });
  }
  return found;
}

const files = await sources();
const everything = files.map((each) => each.text).join("\n");

/** The names a message takes: `{name}` and `{n, plural, …}`, not the words inside the cases of a plural. */
function parametersOf(message) {
  return new Set([...message.matchAll(/\{(\w+)(?:\}|, (?:plural|number))/g)].map((found) => found[1]));
}

test("French and English have the same keys, sorted, none empty", () => {
  assert.deepEqual(Object.keys(french), Object.keys(english));
  assert.deepEqual(Object.keys(french), Object.keys(french).toSorted());
  for (const [key, words] of Object.entries({ ...french, ...english })) assert.notEqual(words.trim(), "", key);
});

test("both languages take the same parameters", () => {
  for (const key of Object.keys(english)) assert.deepEqual(parametersOf(french[key]), parametersOf(english[key]), key);
});

test("every key that source names has words", () => {
  const prefixes = new Set(Object.keys(english).map((key) => key.split(".")[0]));
  const named = [...everything.matchAll(/\bt\(\s*"([^"]+)"/g), ...everything.matchAll(/\b(?:label|title|text|plural|singular|confirm|help): "([a-z_]+\.\w+)"/g)];
  assert.ok(named.length > 100);
  for (const [, key] of named) assert.ok(key in english, `${key} has no words`);
  assert.ok(prefixes.size > 5);
});

test("every key is used: named in source, or made from a prefix that source composes", () => {
  const isUsed = usesKeys(everything);
  const unused = Object.keys(english).filter((key) => !isUsed(key));
  assert.deepEqual(unused, []);
});

test("code that comes later comes with its words", () => {
  const later = files.flatMap(({ file, text }) => [...text.matchAll(/^.*(?<!typeof )\bimport\("\.{1,2}\/.*$/gm)].map(([line]) => `${path.relative(SOURCE, file)}: ${line.trim()}`));
  assert.ok(later.length > 20);
  assert.deepEqual(later.filter((line) => !/\b(lazily|withWords)\(\(\) => import\(/.test(line)), []);
});

test("the words of the first load are those its modules name or compose", () => {
  const isFirst = usesKeys('t("order.plural"); codeText("state", code); has(`error.${code}`)');
  assert.deepEqual(["order.plural", "state.shipped", "error.offline"].map(isFirst), [true, true, true]);
  assert.deepEqual(["order.singular", "ledger.plural", "states.shipped"].map(isFirst), [false, false, false]);
});

test("no raw words on a page: text and spoken attributes come from the catalogues", () => {
  const raw = [];
  for (const { file, text } of files.filter((each) => each.file.endsWith(".tsx"))) {
    for (const [, words] of text.matchAll(/[a-z"}]>\s*([^<>{}=();]*[A-Za-zÀ-ÿ]{2,}[^<>{}=();]*)\s*<\//g)) raw.push(`${file}: ${words}`);
    for (const [, words] of text.matchAll(/\b(?:title|placeholder|aria-label|label|alt)="([^"]*[A-Za-z][^"]*)"/g)) if (!(words in english)) raw.push(`${file}: ${words}`);
  }
  assert.deepEqual(raw, []);
});

test("plurals follow the language: zero is singular in French and plural in English", async () => {
  const { formatMessage } = await load("i18n/message.ts");
  const message = "{count, plural, =7 {sept} one {# commande de {name}} other {# commandes de {name}}}";
  assert.equal(formatMessage(message, { count: 0, name: "A" }, "fr-FR"), "0 commande de A");
  assert.equal(formatMessage(message, { count: 0, name: "A" }, "en-GB"), "0 commandes de A");
  assert.equal(formatMessage(message, { count: 7 }, "fr-FR"), "sept");
  assert.equal(formatMessage("{count, number} of {total, number}", { count: 1200, total: 3 }, "en-GB"), "1,200 of 3");
  assert.throws(() => formatMessage("{broken", {}, "en-GB"), /unbalanced/);
});
