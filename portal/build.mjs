// Builds the portal into ../build/portal: hashed names, index.html, a .gz beside every file; fails when the first load exceeds its budget.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const FIRST_LOAD_BUDGET = 150_000;
const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.resolve(here, "../build/portal");

async function bundle() {
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

/** The files a browser must have before the first screen: the entry, what it imports statically, the styles, one language. */
function firstLoad(outputs) {
  const files = new Set();
  const follow = (file) => {
    if (files.has(file)) return;
    files.add(file);
    for (const each of outputs[file].imports) if (each.kind === "import-statement") follow(each.path);
  };
  for (const source of ["src/main.tsx", "src/design/index.css", "src/i18n/fr.json"]) follow(entry(outputs, source));
  return [...files].map((file) => path.resolve(here, file));
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

await rm(out, { recursive: true, force: true });
await mkdir(path.join(out, "assets"), { recursive: true });
const outputs = await bundle();
await writeIndex(outputs);
await compress(out);
let total = 0;
for (const file of firstLoad(outputs)) total += (await readFile(file + ".gz")).length;
console.log(`portal: first load ${(total / 1000).toFixed(1)} kB gzipped (budget ${FIRST_LOAD_BUDGET / 1000} kB)`);
if (total > FIRST_LOAD_BUDGET) process.exit(1);
