/** Who operates the platform: a session of its own, apart from that of any company's people. */
import { signal } from "@preact/signals";
import { api, ApiError, onSignedOut, setCsrfToken } from "../../api";
import type { CodeAsked, OperatorSession } from "../../api_types";
import { forgetResources } from "../../resource";

const SESSION = "/api/operators/session";
const SESSIONS = "/api/operators/sessions";

/** undefined until the first answer, null when nobody is signed in. */
export const operator = signal<OperatorSession | null | undefined>(undefined);

function open(opened: OperatorSession): void {
  setCsrfToken(opened.csrf_token);
  operator.value = opened;
}

function close(): void {
  setCsrfToken("");
  operator.value = null;
}

export async function restoreOperator(): Promise<void> {
  onSignedOut(close);
  try {
    open((await api.get<OperatorSession>(SESSION)).body);
  } catch (error) {
    if (!(error instanceof ApiError) || ![401, 404].includes(error.status)) throw error;
    close();
  }
}

/** The password; answers the challenge that a code completes. */
export async function askCode(email: string, password: string): Promise<string> {
  return (await api.post<CodeAsked>(SESSIONS, { email, password })).body.challenge;
}

export async function answerCode(challenge: string, code: string): Promise<void> {
  open((await api.post<OperatorSession>(SESSIONS, { challenge, code })).body);
}

export async function leave(): Promise<void> {
  await api.delete(SESSION);
  forgetResources();
  close();
}
