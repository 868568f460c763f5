import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { SOURCE } from "./load.mjs";

/** Calls whose body was wrapped once more: `api.post(path, { body })` sends `{"body": …}`, which every command refuses. */
const wrapped = (text) => [...text.matchAll(/api\.(?:post|put|patch)(?:<[^(]*>)?\([^()]*(?:\([^()]*\)[^()]*)*, \{ body\b/g)].map(([call]) => call);

test("a command sends its body as it is", async () => {
  const found = [];
  for (const file of await readdir(SOURCE, { recursive: true })) {
    if (/\.tsx?$/.test(file)) found.push(...wrapped(await readFile(path.join(SOURCE, file), "utf8")).map((call) => `${file}: ${call}`));
  }
  assert.deepEqual(found, []);
  assert.equal(wrapped("await api.post<JobView>(`${IMPORTS}/${of(id)}`, { body: { dry_run: true } })").length, 1);
});
