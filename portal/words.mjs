// Which words come with the first load, and the modules of the words: one rule for the build and the tests.
// A key is in the first file when a module of the first load names it, or composes keys of its prefix; every other key is in the
// file that code loaded later waits for. So no screen can show a key whose words are still on their way.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const I18N = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "src/i18n");

/** Whether the source text uses a key: by name, or by composing keys of its prefix (`codeText("state", …)`, `state.${…}`). */
export function usesKeys(text) {
  const composed = new Set([
    ...[...text.matchAll(/codeText\(\s*"(\w+)"/g)].map((found) => found[1]),
    ...[...text.matchAll(/`(\w+)\.\$\{/g)].map((found) => found[1]),
  ]);
  const named = new Set([...text.matchAll(/"([a-z_0-9]+\.\w+)"/g)].map((found) => found[1]));
  return (key) => named.has(key) || composed.has(key.split(".")[0]);
}

/** A file that was built and what it imports at once, and what those import. */
export function filesBehind(outputs, entry, files = new Set()) {
  if (files.has(entry)) return files;
  files.add(entry);
  for (const each of outputs[entry].imports) if (each.kind === "import-statement") filesBehind(outputs, each.path, files);
  return files;
}

/** The modules of ours that a browser has before the first screen, from the build's own account of the files it makes. */
export function firstModules(outputs, entry) {
  const inputs = [...filesBehind(outputs, entry)].flatMap((file) => Object.keys(outputs[file].inputs));
  return new Set(inputs.filter((input) => input.startsWith("src/")));
}

/** The modules `words:<language>/<first|rest>`: the words whose keys are, or are not, of the first load. */
export function wordsPlugin(isFirst) {
  return {
    name: "words",
    setup(build) {
      build.onResolve({ filter: /^words:/ }, ({ path: name }) => ({ path: name.slice("words:".length), namespace: "words" }));
      build.onLoad({ filter: /./, namespace: "words" }, async ({ path: name }) => {
        const [language, part] = name.split("/");
        const words = Object.entries(JSON.parse(await readFile(path.join(I18N, `${language}.json`), "utf8")));
        const chosen = Object.fromEntries(words.filter(([key]) => isFirst(key) === (part === "first")));
        return { contents: `export default ${JSON.stringify(chosen)}`, loader: "js" };
      });
    },
  };
}
