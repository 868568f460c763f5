/** Who is signed in, for which tenant, with which role. The session itself is an HttpOnly cookie the page never sees. */
import { computed, signal } from "@preact/signals";
import { api, ApiError, onSignedOut, setCsrfToken } from "./api";
import { startChanges, stopChanges } from "./changes";

export interface Session {
  csrf_token: string;
  user: { id: string; name: string; email: string };
  tenant: { id: string; name: string; time_zone: string; currency: string; environment: "live" | "test" | "demo" };
  role: string;
  permissions: string[];
}

/** The password was right and one more answer is wanted: the authenticator's code, or which of several tenants. */
export interface Asked {
  status: "totp_required" | "tenant_required";
  challenge: string;
  tenants: readonly { id: string; name: string }[];
}

const SESSION = "/api/tenants/session";
const SESSIONS = "/api/tenants/sessions";

/** undefined until the first answer, null when nobody is signed in. */
export const session = signal<Session | null | undefined>(undefined);

export const timeZone = computed(() => session.value?.tenant.time_zone ?? "Europe/Paris");
export const currency = computed(() => session.value?.tenant.currency ?? "EUR");

function open(opened: Session): void {
  setCsrfToken(opened.csrf_token);
  session.value = opened;
  startChanges();
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

async function begin(body: Record<string, string>): Promise<Asked | null> {
  const answer = (await api.post<Session | Asked>(SESSIONS, body)).body;
  if ("challenge" in answer) return answer;
  open(answer);
  return null;
}

/** Signs in; answers what is asked for next, or null when the session has begun. */
export function signIn(email: string, password: string): Promise<Asked | null> {
  return begin({ email, password });
}

export function answerCode(challenge: string, code: string): Promise<Asked | null> {
  return begin({ challenge, code });
}

export function chooseTenant(challenge: string, tenantId: string): Promise<Asked | null> {
  return begin({ challenge, tenant_id: tenantId });
}

export async function signOut(): Promise<void> {
  await api.delete(SESSION);
  close();
}

/** Always answers the same, whether or not the address is known. */
export async function requestPasswordReset(email: string): Promise<void> {
  await api.post("/api/tenants/password-resets", { email });
}

export async function confirmPasswordReset(token: string, password: string): Promise<void> {
  await api.post("/api/tenants/password-resets/confirm", { token, password });
}

export async function acceptInvitation(token: string, name: string, password: string): Promise<void> {
  const answer = await api.post<Session | undefined>("/api/tenants/invitations/accept", { token, name, password });
  if (answer.body && "csrf_token" in answer.body) open(answer.body);
}
