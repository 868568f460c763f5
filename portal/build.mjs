// Builds the portal into ../build/portal: hashed names, index.html, a .gz beside every file; fails when the first load exceeds its budget.
// A server may be serving that folder: the build is made beside it and put in place file by file, index.html last.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { filesBehind, firstModules, usesKeys, wordsPlugin } from "./words.mjs";

const FIRST_LOAD_BUDGET = 120_000;
const here = path.dirname(fileURLToPath(import.meta.url));
const published = path.resolve(here, "../build/portal");
const out = `${published}.${process.pid}`;

async function bundle(isFirst, write) {
  const result = await build({
    absWorkingDir: here,
    entryPoints: { main: "src/main.tsx", style: "src/design/index.css" },
    outdir: out,
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    minify: true,
    metafile: true,
    write,
    plugins: [wordsPlugin(isFirst)],
    jsx: "automatic",
    jsxImportSource: "preact",
    entryNames: "assets/[name]-[hash]",
    chunkNames: "assets/[name]-[hash]",
    assetNames: "assets/[name]-[hash]",
    legalComments: "none",
    logLevel: "warning",
  });
  return result.metafile.outputs;
}

function entry(outputs, source) {
  const found = Object.entries(outputs).find(([, output]) => output.entryPoint === source);
  if (!found) throw new Error(`no output for ${source}`);
  return found[0];
}

/** Bundles twice: first to learn what the first load holds, then with the words it names in a file of their own. */
async function bundleWithWords() {
  const known = await bundle(() => false, false);
  const modules = firstModules(known, entry(known, "src/main.tsx"));
  const texts = await Promise.all([...modules].map((file) => readFile(path.join(here, file), "utf8")));
  return bundle(usesKeys(texts.join("\n")), true);
}

/** The files a browser must have before the first screen: the entry, what it imports statically, the styles, one language. */
const FIRST_LOAD = ["src/main.tsx", "src/design/index.css", "words:fr/first"];
/** And what it fetches once that is on screen. */
const REST = ["src/screens/registry.ts", "words:fr/rest"];

/** Bytes, gzipped, of these modules' files and of what those import statically. */
async function weight(outputs, sources) {
  const files = new Set(sources.flatMap((source) => [...filesBehind(outputs, entry(outputs, source))]));
  const sizes = await Promise.all([...files].map(async (file) => (await readFile(path.resolve(here, `${file}.gz`))).length));
  return sizes.reduce((total, size) => total + size, 0);
}

async function writeIndex(outputs) {
  const icon = await readFile(path.join(here, "src/design/favicon.svg"));
  const iconName = `assets/favicon-${createHash("sha256").update(icon).digest("hex").slice(0, 8).toUpperCase()}.svg`;
  await writeFile(path.join(out, iconName), icon);
  const address = (source) => "/" + path.relative(out, path.resolve(here, entry(outputs, source)));
  const names = { favicon: "/" + iconName, style: address("src/design/index.css"), script: address("src/main.tsx") };
  const template = await readFile(path.join(here, "index.html"), "utf8");
  await writeFile(path.join(out, "index.html"), template.replace(/\{\{(\w+)\}\}/g, (_, name) => names[name]));
}

async function compress(folder) {
  for (const item of await readdir(folder, { withFileTypes: true })) {
    const file = path.join(folder, item.name);
    if (item.isDirectory()) await compress(file);
    else await writeFile(file + ".gz", gzipSync(await readFile(file), { level: 9 }));
  }
}

/** Every file of a folder, relative to it. */
async function filesOf(folder) {
  const items = await readdir(folder, { withFileTypes: true, recursive: true });
  return items.filter((item) => item.isFile()).map((item) => path.relative(folder, path.join(item.parentPath, item.name)));
}

/** Puts the new files in place so that at no moment a page names one that is missing, then removes what no page names any more. */
async function publish() {
  await mkdir(path.join(published, "assets"), { recursive: true });
  const fresh = await filesOf(out);
  const isIndex = (name) => name.startsWith("index.html");
  for (const name of fresh.toSorted((one, other) => isIndex(one) - isIndex(other))) await rename(path.join(out, name), path.join(published, name));
  for (const name of await filesOf(published)) if (!fresh.includes(name)) await rm(path.join(published, name), { force: true });
}

async function make() {
  await mkdir(path.join(out, "assets"), { recursive: true });
  const outputs = await bundleWithWords();
  await writeIndex(outputs);
  await compress(out);
  const total = await weight(outputs, FIRST_LOAD);
  const rest = (await weight(outputs, [...FIRST_LOAD, ...REST])) - total;
  const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
  console.log(`portal: first load ${kilobytes(total)} gzipped (budget ${kilobytes(FIRST_LOAD_BUDGET)}), then ${kilobytes(rest)} for every list and document`);
  return total <= FIRST_LOAD_BUDGET;
}

try {
  if (await make()) await publish();
  else process.exitCode = 1;
} finally {
  await rm(out, { recursive: true, force: true });
}
