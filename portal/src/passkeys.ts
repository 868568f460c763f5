/** Passkeys in the browser: the API's questions as `navigator.credentials` takes them, its answers as the API reads them. */
import { api } from "./api";
import type { Ceremony, PasskeyView, ProofView } from "./api_types";

const PASSKEYS = "/api/tenants/passkeys";
const ADDRESS = /^(\d+\.){3}\d+$|^\[/;

/** Where this portal can use passkeys, when not here: no passkey is for an IP address, so this very machine is `localhost`. */
export function passkeyPlace(): string | null {
  if (!ADDRESS.test(location.hostname)) return null;
  const port = location.port ? `:${location.port}` : "";
  return `${location.protocol}//localhost${port}${location.pathname}`;
}

export function hasPasskeys(): boolean {
  return typeof PublicKeyCredential === "function" && window.isSecureContext;
}

function bytesOf(text: string): ArrayBuffer {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0)).buffer;
}

function textOf(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

type Known = { id: string; type: "public-key"; transports?: AuthenticatorTransport[] };

const known = (each: Known): PublicKeyCredentialDescriptor => ({ ...each, id: bytesOf(each.id) });

/** What the browser answered, as JSON: every buffer of the response by its name. */
function answerOf(credential: PublicKeyCredential, names: readonly string[]): Record<string, unknown> {
  const response = credential.response as unknown as Record<string, ArrayBuffer | null>;
  const parts = names.flatMap((name) => (response[name] ? [[name, textOf(response[name])] as const] : []));
  return { id: credential.id, rawId: textOf(credential.rawId), type: credential.type, response: Object.fromEntries(parts), clientExtensionResults: {} };
}

async function get(question: Ceremony): Promise<Record<string, unknown>> {
  const options = question.options as unknown as { challenge: string; allowCredentials?: Known[] } & Omit<PublicKeyCredentialRequestOptions, "challenge" | "allowCredentials">;
  const publicKey = { ...options, challenge: bytesOf(options.challenge), allowCredentials: (options.allowCredentials ?? []).map(known) };
  const credential = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential;
  return answerOf(credential, ["authenticatorData", "clientDataJSON", "signature", "userHandle"]);
}

/** The body that signs in by a passkey of this person's choice. */
export async function passkeyAnswer(): Promise<{ token: string; credential: Record<string, unknown> }> {
  const question = (await api.post<Ceremony>(`${PASSKEYS}/questions`, {})).body;
  return { token: question.token, credential: await get(question) };
}

/** A proof that stands for password and code once. */
export async function passkeyProof(): Promise<string> {
  const question = (await api.post<Ceremony>(`${PASSKEYS}/proofs/questions`, {})).body;
  return (await api.post<ProofView>(`${PASSKEYS}/proofs`, { token: question.token, credential: await get(question) })).body.proof;
}

interface Creation {
  challenge: string;
  user: { id: string; name: string; displayName: string };
  excludeCredentials?: Known[];
}

/** A new passkey of this device, under a name; `evidence` is the password (and code), or the proof of another passkey. */
export async function addPasskey(name: string, evidence: Record<string, string>): Promise<PasskeyView> {
  const question = (await api.post<Ceremony>(`${PASSKEYS}/registrations`, evidence)).body;
  const options = question.options as unknown as Creation & Omit<PublicKeyCredentialCreationOptions, keyof Creation>;
  const publicKey = {
    ...options, challenge: bytesOf(options.challenge), user: { ...options.user, id: bytesOf(options.user.id) },
    excludeCredentials: (options.excludeCredentials ?? []).map(known),
  };
  const credential = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
  const made = answerOf(credential, ["attestationObject", "clientDataJSON"]);
  return (await api.post<PasskeyView>(PASSKEYS, { token: question.token, credential: made, name })).body;
}

/** Whether the person closed the browser's question, or it has nothing to offer: no error, and nothing to say. */
export function wasDismissed(error: unknown): boolean {
  return error instanceof DOMException && (error.name === "NotAllowedError" || error.name === "AbortError");
}
