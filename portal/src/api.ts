/** The one API client: same-origin `/api`, session by cookie, CSRF and idempotency headers, ETags, retries, readable errors. */
import { language } from "./i18n";
import { signal } from "@preact/signals";
import { codeText, has, t } from "./i18n";

export interface FieldProblem {
  field: string;
  code?: string;
  detail: string;
}

/** An RFC 9457 answer of the API, or status 0 when it could not be reached at all. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly fields: FieldProblem[] = [],
    readonly requestId: string | null = null,
  ) {
    super(detail || code);
  }

  /** Another person changed the document since it was read (ETag), so both versions must be shown. */
  get isStale(): boolean {
    return this.status === 412 || this.code === "stale_version";
  }
}

export interface Answer<T> {
  body: T;
  etag: string | null;
  requestId: string | null;
}

export type Query = Record<string, string | number | boolean | null | undefined>;

export interface Options {
  query?: Query;
  body?: unknown;
  etag?: string | null;
  /** Give the same key to send the same command again after an unknown outcome. */
  idempotencyKey?: string;
  signal?: AbortSignal;
  headers?: Record<string, string>;
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

const TRY_AGAIN_STATUSES = new Set([502, 503, 504]);
const TRIES = 4;
const FIRST_WAIT_MS = 300;

/** False while the API cannot be reached; the top bar shows it. */
export const reachable = signal(true);

let csrfToken = "";
let signedOut: () => void = () => undefined;

export function setCsrfToken(token: string): void {
  csrfToken = token;
}

/** What to do when the API says the session is over (401). */
export function onSignedOut(handler: () => void): void {
  signedOut = handler;
}

export function withQuery(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return text ? `${path}${path.includes("?") ? "&" : "?"}${text}` : path;
}

function pause(milliseconds: number, abort?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    abort?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(abort.reason);
    });
  });
}

function requestHeaders(method: Method, options: Options): Headers {
  const headers = new Headers({ Accept: "application/json", "Accept-Language": language.value, ...options.headers });
  if (options.body !== undefined && !(options.body instanceof Blob)) headers.set("Content-Type", "application/json");
  if (method !== "GET") {
    headers.set("Idempotency-Key", options.idempotencyKey ?? crypto.randomUUID());
    if (csrfToken) headers.set("X-CSRF-Token", csrfToken);
    if (options.etag) headers.set("If-Match", options.etag);
  }
  return headers;
}

function fieldProblems(fields: unknown): FieldProblem[] {
  if (Array.isArray(fields)) {
    return fields.map((each) => ({
      field: String(each.field ?? each.name ?? ""),
      code: each.code,
      detail: String(each.detail ?? each.message ?? each.code ?? ""),
    }));
  }
  if (fields && typeof fields === "object") {
    return Object.entries(fields).map(([field, detail]) => ({ field, detail: String(detail) }));
  }
  return [];
}

async function toError(response: Response): Promise<ApiError> {
  const requestId = response.headers.get("Request-Id");
  const problem = await response.json().catch(() => ({}));
  const code = String(problem.code ?? `http_${response.status}`);
  const detail = String(problem.detail ?? problem.title ?? "");
  return new ApiError(response.status, code, detail, fieldProblems(problem.fields), requestId);
}

/** Milliseconds to wait before try number `attempt`: the server's Retry-After, else doubling with jitter. */
function waitBefore(attempt: number, response: Response | null): number {
  const seconds = Number(response?.headers.get("Retry-After") ?? Number.NaN);
  if (Number.isFinite(seconds)) return Math.min(seconds, 10) * 1000;
  return FIRST_WAIT_MS * 2 ** attempt * (0.5 + Math.random());
}

/**
 * Sends until answered. Reads and idempotent commands may both be repeated: a command keeps its key, so an unknown
 * outcome (no answer, 502–504) is settled by sending the same one again.
 */
async function send(method: Method, path: string, options: Options): Promise<Response> {
  const headers = requestHeaders(method, options);
  const raw = options.body instanceof Blob || options.body === undefined;
  const body = raw ? (options.body as Blob | undefined) : JSON.stringify(options.body);
  const url = withQuery(path, options.query);
  for (let attempt = 0; ; attempt += 1) {
    let response: Response | null = null;
    try {
      response = await fetch(url, { method, headers, body, signal: options.signal, credentials: "same-origin" });
      reachable.value = true;
    } catch (error) {
      if (options.signal?.aborted) throw error;
      if (attempt + 1 >= TRIES) {
        reachable.value = false;
        throw new ApiError(0, "network", "");
      }
    }
    const again = response === null || TRY_AGAIN_STATUSES.has(response.status);
    if (response && (!again || attempt + 1 >= TRIES)) return response;
    await pause(waitBefore(attempt, response), options.signal);
  }
}

async function request<T>(method: Method, path: string, options: Options = {}): Promise<Answer<T>> {
  const response = await send(method, path, options);
  if (!response.ok && response.status !== 304) {
    const error = await toError(response);
    if (error.status === 401) signedOut();
    throw error;
  }
  const isJson = (response.headers.get("Content-Type") ?? "").includes("json");
  const body = (isJson && response.status !== 304 ? await response.json() : undefined) as T;
  return { body, etag: response.headers.get("ETag"), requestId: response.headers.get("Request-Id") };
}

export const api = {
  get: <T>(path: string, options?: Options) => request<T>("GET", path, options),
  post: <T>(path: string, body: unknown = {}, options: Options = {}) => request<T>("POST", path, { ...options, body }),
  put: <T>(path: string, body: unknown, options: Options = {}) => request<T>("PUT", path, { ...options, body }),
  patch: <T>(path: string, body: unknown, options: Options = {}) => request<T>("PATCH", path, { ...options, body }),
  delete: <T>(path: string, options?: Options) => request<T>("DELETE", path, options),
  /** The answer as it came, whatever its status: for the page where the API itself is tried. */
  raw: (method: string, path: string, options: Options) => send(method as Method, path, options),
};

/** A sentence for people: the words of the code in their language, else what the API said. */
export function errorText(error: unknown): string {
  if (!(error instanceof ApiError)) return t("error.unexpected", { detail: error instanceof Error ? error.message : "" });
  const key = `error.${error.code}`;
  if (has(key)) return t(key);
  return error.detail || codeText("error", error.code);
}

/** The sentence for one field: by its own code or by that of the whole refusal when we have words for it. */
export function fieldText(problem: FieldProblem, whole = ""): string {
  const own = `field_error.${problem.code}`;
  if (problem.code && has(own)) return t(own);
  const key = `error.${whole}`;
  return whole && has(key) ? t(key) : problem.detail;
}
