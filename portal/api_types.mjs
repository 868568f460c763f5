/** Writes src/api_types.ts from the API's own description (OpenAPI 3.1, read from stdin): `make api-types`. */
import { readFileSync, writeFileSync } from "node:fs";

const INDENT = "  ";

function typeOf(schema, depth = 0) {
  if (schema.$ref) return schema.$ref.split("/").pop();
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((each) => JSON.stringify(each)).join(" | ");
  const choice = schema.anyOf ?? schema.oneOf;
  if (choice) return [...new Set(choice.map((each) => typeOf(each, depth)))].join(" | ");
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeOf({ ...schema, type }, depth)).join(" | ");
  switch (schema.type) {
    case "null": return "null";
    case "boolean": return "boolean";
    case "integer": case "number": return "number";
    case "string": return "string";
    case "array": return schema.items ? `readonly (${typeOf(schema.items, depth)})[]`.replace(/\((\w+)\)/, "$1") : "readonly unknown[]";
    default: return objectOf(schema, depth);
  }
}

function objectOf(schema, depth) {
  const required = new Set(schema.required ?? []);
  const fields = Object.entries(schema.properties ?? {});
  if (!fields.length) {
    const more = schema.additionalProperties;
    return more && typeof more === "object" && Object.keys(more).length ? `Readonly<Record<string, ${typeOf(more, depth)}>>` : "Readonly<Record<string, unknown>>";
  }
  const pad = INDENT.repeat(depth + 1);
  const lines = fields.map(([name, each]) =>
    `${pad}${/^\w+$/.test(name) ? name : JSON.stringify(name)}${required.has(name) ? "" : "?"}: ${typeOf(each, depth + 1)};`);
  return `{\n${lines.join("\n")}\n${INDENT.repeat(depth)}}`;
}

function comment(text) {
  return text ? `/** ${text.replaceAll("*/", "* /").replace(/\s*\n\s*/g, " ")} */\n` : "";
}

const contentOf = (described) => Object.values(described?.content ?? {})[0]?.schema;

function operation(method, path, described) {
  const success = Object.entries(described.responses).filter(([status]) => status.startsWith("2"));
  const answers = [...new Set(success.map(([, each]) => contentOf(each)).filter(Boolean).map((schema) => typeOf(schema, 2)))];
  const body = contentOf(described.requestBody);
  return `  ${JSON.stringify(`${method.toUpperCase()} ${path}`)}: {\n    body: ${body ? typeOf(body, 2) : "undefined"};\n    answer: ${answers.join(" | ") || "undefined"};\n  };`;
}

/** The description as TypeScript. */
export function typescript(description) {
  const schemas = Object.entries(description.components.schemas).sort(([a], [b]) => (a < b ? -1 : 1));
  const types = schemas.map(([name, schema]) => `${comment(schema.description)}export ${
    Object.keys(schema.properties ?? {}).length ? `interface ${name} ${objectOf(schema, 0)}` : `type ${name} = ${typeOf(schema)};`}`);
  const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => operation(method, path, described)));
  return [
    "/* Written by api_types.mjs from the API's description; do not change by hand. */",
    ...types,
    `/** What each operation takes and answers. */\nexport interface Operations {\n${operations.join("\n")}\n}`,
    "/** One item of an operation's list. */\nexport type Item<O extends keyof Operations> = Operations[O][\"answer\"] extends { items: readonly (infer T)[] } ? T : never;",
  ].join("\n\n") + "\n";
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const target = process.argv[2] ?? new URL("src/api_types.ts", import.meta.url).pathname;
  writeFileSync(target, typescript(JSON.parse(readFileSync(0, "utf8"))));
}
