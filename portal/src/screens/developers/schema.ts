/** What an OpenAPI 3.1 description says of the operations: found, grouped, and exampled. Pure. */

export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  default?: unknown;
  enum?: readonly unknown[];
  const?: unknown;
  items?: Schema;
  prefixItems?: readonly Schema[];
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  anyOf?: readonly Schema[];
  allOf?: readonly Schema[];
  description?: string;
}

export interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required?: boolean;
  description?: string;
  schema?: Schema;
}

interface Content {
  content?: Readonly<Record<string, { schema?: Schema }>>;
}

interface DescribedOperation {
  operationId: string;
  tags?: readonly string[];
  summary?: string;
  parameters?: readonly Parameter[];
  requestBody?: Content;
  responses?: Readonly<Record<string, Content & { description?: string }>>;
  security?: readonly unknown[];
  "x-permission"?: string;
}

export interface Description {
  info: { title: string; version: string; description?: string };
  paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  components?: { schemas?: Readonly<Record<string, Schema>> };
}

export interface Operation {
  id: string;
  tag: string;
  method: string;
  path: string;
  summary: string;
  permission: string;
  isPublic: boolean;
  parameters: readonly Parameter[];
  body: Schema | undefined;
  answer: Schema | undefined;
}

const schemaOf = (content: Content | undefined) => Object.values(content?.content ?? {})[0]?.schema;

/** Every operation, in the order described. */
export function operationsOf(description: Description): Operation[] {
  return Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const success = Object.entries(operation.responses ?? {}).find(([status]) => status.startsWith("2"));
      return {
        id: operation.operationId,
        tag: operation.tags?.[0] ?? "",
        method: method.toUpperCase(),
        path,
        summary: operation.summary ?? "",
        permission: operation["x-permission"] ?? "",
        isPublic: operation.security?.length === 0,
        parameters: operation.parameters ?? [],
        body: schemaOf(operation.requestBody),
        answer: schemaOf(success?.[1]),
      };
    }));
}

/** The operations whose path, summary or id holds every word, by tag. */
export function grouped(operations: readonly Operation[], text: string): Map<string, Operation[]> {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = new Map<string, Operation[]>();
  for (const operation of operations) {
    const all = `${operation.method} ${operation.path} ${operation.summary} ${operation.id}`.toLowerCase();
    if (!words.every((word) => all.includes(word))) continue;
    found.set(operation.tag, [...(found.get(operation.tag) ?? []), operation]);
  }
  return found;
}

const DEEPEST = 6;

const BY_FORMAT: Readonly<Record<string, string>> = { "date-time": "2026-01-31T09:30:00Z", date: "2026-01-31", email: "name@example.com" };

function resolved(schema: Schema, schemas: Readonly<Record<string, Schema>>): Schema {
  if (!schema.$ref) return schema;
  return schemas[schema.$ref.replace("#/components/schemas/", "")] ?? {};
}

/** A value of the shape: its defaults where it has some, else something of the right kind; what may be left out and is null is. */
export function exampleOf(given: Schema, schemas: Readonly<Record<string, Schema>> = {}, depth = 0): unknown {
  const schema = resolved(given, schemas);
  if (given.default !== undefined) return given.default;
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  const choice = schema.anyOf ?? schema.allOf;
  if (choice) {
    const useful = choice.filter((each) => each.type !== "null");
    const numeric = useful.find((each) => each.type === "string") ?? useful[0];
    return numeric ? exampleOf(numeric, schemas, depth) : null;
  }
  const type = Array.isArray(schema.type) ? schema.type.find((each) => each !== "null") : schema.type;
  if (type === "object" || schema.properties) {
    if (depth >= DEEPEST) return {};
    return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, each]) => [name, exampleOf(each, schemas, depth + 1)]));
  }
  if (type === "array") {
    const item = schema.items ?? schema.prefixItems?.[0];
    return item && depth < DEEPEST ? [exampleOf(item, schemas, depth + 1)] : [];
  }
  if (type === "integer" || type === "number") return 1;
  if (type === "boolean") return true;
  if (schema.format) return BY_FORMAT[schema.format] ?? "";
  return "";
}

export interface Filled {
  path: string;
  /** Path parameters that are still empty. */
  missing: string[];
}

/** The address with its path parameters put in and the non-empty query parameters behind it. */
export function filledPath(operation: Operation, values: Readonly<Record<string, string>>): Filled {
  const missing: string[] = [];
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    if (!values[name]) missing.push(name);
    return encodeURIComponent(values[name] ?? "");
  });
  const query = new URLSearchParams();
  for (const parameter of operation.parameters) {
    const value = values[parameter.name];
    if (parameter.in === "query" && value) query.set(parameter.name, value);
  }
  const text = query.toString();
  return { path: text ? `${path}?${text}` : path, missing };
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** The same request as a line for a terminal, with an API key in place of the session. */
export function curlOf(method: string, address: string, body: string, idempotencyKey: string): string {
  const parts = [`curl -X ${method} ${quoted(address)}`, `-H ${quoted("Authorization: Bearer $COMPTOIR_API_KEY").replaceAll("'", '"')}`];
  if (method !== "GET") parts.push(`-H ${quoted(`Idempotency-Key: ${idempotencyKey}`)}`);
  if (body) parts.push(`-H ${quoted("Content-Type: application/json")}`, `-d ${quoted(body)}`);
  return parts.join(" \\\n  ");
}
