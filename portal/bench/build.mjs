// Bundles the bench's page as the portal is, with every word at once: node bench/build.mjs <folder>
import { build } from "esbuild";
import { wordsPlugin } from "../words.mjs";

await build({
  entryPoints: { table: "bench/table.tsx", style: "src/design/index.css" },
  outdir: process.argv[2],
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  minify: true,
  jsx: "automatic",
  jsxImportSource: "preact",
  plugins: [wordsPlugin(() => true)],
  logLevel: "error",
});
