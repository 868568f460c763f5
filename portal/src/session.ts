/** Who is signed in, for which tenant, with which role. The session itself is an HttpOnly cookie the page never sees. */
import { computed, signal } from "@preact/signals";
import { api, ApiError, onSignedOut, setCsrfToken } from "./api";
import type { AskedView, InvitationFacts, SessionUser, SessionView } from "./api_types";
import { startChanges, stopChanges } from "./changes";
import { withWords } from "./i18n";
import { forgetResources } from "./resource";

/** Of a person; a program has neither token nor user. */
export type Session = SessionView & { csrf_token: string; role: string; user: SessionUser };

const SESSION = "/api/tenants/session";
const SESSIONS = "/api/tenants/sessions";

/** undefined until the first answer, null when nobody is signed in. */
export const session = signal<Session | null | undefined>(undefined);

export const timeZone = computed(() => session.value?.tenant.time_zone ?? "Europe/Paris");
export const currency = computed(() => session.value?.tenant.currency ?? "EUR");

/** Inside by consent nothing is polled: each look of an operator is written down. */
function open(opened: Session): void {
  setCsrfToken(opened.csrf_token);
  session.value = opened;
  if (!opened.support) startChanges();
}

function close(): void {
  setCsrfToken("");
  session.value = null;
  stopChanges();
}

onSignedOut(() => {
  if (session.value) close();
});

/** Whether the role allows a command; screens hide what the API would refuse. `*` allows everything. */
export function may(permission: string | undefined): boolean {
  if (!permission) return true;
  const permissions = session.value?.permissions ?? [];
  return permissions.includes(permission) || permissions.includes("*");
}

export async function restoreSession(): Promise<void> {
  try {
    open((await api.get<Session>(SESSION)).body);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    close();
  }
}

type Begun = AskedView | (Session);

/** Opens the session that has begun; answers what is asked for first, if anything. */
function entered(answer: Begun): AskedView | null {
  if (answer.status !== "signed_in") return answer;
  open(answer);
  return null;
}

async function begin(body: Record<string, string>): Promise<AskedView | null> {
  return entered((await api.post<Begun>(SESSIONS, body)).body);
}

/** Signs in; answers what is asked for next, or null when the session has begun. */
export function signIn(email: string, password: string): Promise<AskedView | null> {
  return begin({ email, password });
}

export function answerCode(challenge: string, code: string): Promise<AskedView | null> {
  return begin({ challenge, code });
}

export function chooseTenant(challenge: string, tenantId: string): Promise<AskedView | null> {
  return begin({ challenge, tenant_id: tenantId });
}

/** Signs in by a passkey alone. */
export async function signInByPasskey(): Promise<AskedView | null> {
  const { passkeyAnswer } = await withWords(() => import("./passkeys"));
  return entered((await api.post<Begun>("/api/tenants/passkeys/sessions", await passkeyAnswer())).body);
}

export async function signOut(): Promise<void> {
  await api.delete(SESSION);
  forgetResources();
  close();
}

/** Always answers the same, whether or not the address is known. */
export async function requestPasswordReset(email: string): Promise<void> {
  await api.post("/api/tenants/password-resets", { email });
}

export async function confirmPasswordReset(token: string, password: string): Promise<void> {
  await api.post("/api/tenants/password-resets/confirm", { token, password });
}

/** The other sessions end; this one goes on under a new cookie. */
export async function changePassword(current: string, password: string): Promise<void> {
  setCsrfToken((await api.put<Session>("/api/tenants/password", { current_password: current, password })).body.csrf_token);
}

/** The token travels in the body, where no log keeps it. */
export async function lookUpInvitation(token: string): Promise<InvitationFacts> {
  return (await api.post<InvitationFacts>("/api/tenants/invitations/look-up", { token })).body;
}

type Joined = { status: "joined"; email: string; tenant_id: string };

/** A session has begun, or whoever uses one-time codes signs in as usual, and is asked for theirs. */
async function come(path: string, body: Record<string, string>): Promise<AskedView | null> {
  const answer = (await api.post<Begun | Joined>(path, body)).body;
  if (answer.status !== "joined") return entered(answer);
  return begin({ email: answer.email, password: body.password ?? "", tenant_id: answer.tenant_id });
}

/** Joins the company and comes in. */
export function acceptInvitation(token: string, name: string, password: string): Promise<AskedView | null> {
  return come("/api/tenants/invitations/accept", { token, name, password });
}

/** The company begins, and its owner comes in. */
export function confirmSignUp(token: string, password: string): Promise<AskedView | null> {
  return come("/api/tenants/sign-ups/confirm", { token, password });
}
