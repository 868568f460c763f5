// Bundles one module of src for node, so that pure modules are tested as they are.
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { wordsPlugin } from "../words.mjs";

export const SOURCE = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../src");

export async function load(module) {
  const folder = await mkdtemp(path.join(os.tmpdir(), "comptoir-portal-"));
  const outfile = path.join(folder, "module.mjs");
  await build({ entryPoints: [path.join(SOURCE, module)], outfile, bundle: true, format: "esm", platform: "node", plugins: [wordsPlugin(() => true)], logLevel: "error" });
  const loaded = await import(pathToFileURL(outfile).href);
  await rm(folder, { recursive: true });
  return loaded;
}
