/** What stands before the portal: sign in (with a second factor), forgotten password, new password, invitation. */
import type { ComponentChildren } from "preact";
import type { AskedView, InvitationFacts, Stopped } from "../../api_types";
import { useEffect, useRef, useState } from "preact/hooks";
import { api, errorText, ApiError, fieldText, withQuery } from "../../api";
import { Notice, Skeleton } from "../../design/feedback";
import { Field } from "../../design/form";
import { Input, type InputKind } from "../../design/input";
import { Logo } from "../../design/icons";
import { lazily } from "../../design/lazy";
import { toastError } from "../../design/toast";
import { LANGUAGES, t, withWords, type MessageKey } from "../../i18n";
import { chooseLanguage, chosenLanguage } from "../../preferences";
import { navigate, place } from "../../router";
import {
  acceptInvitation, answerCode, chooseTenant, confirmPasswordReset, lookUpInvitation, requestPasswordReset, signIn, signInByPasskey,
} from "../../session";
import { LANGUAGE_NAMES } from "../settings/settings";
import { Track } from "../shipping/track";

const SignUp = lazily(() => import("./sign_up").then((module) => module.SignUp));
const VerifyEmail = lazily(() => import("./sign_up").then((module) => module.VerifyEmail));

interface GateFormProps {
  title: string;
  text?: string;
  submit: string;
  send: (values: Record<string, string>) => Promise<void>;
  fields: readonly GateField[];
  children?: ComponentChildren;
}

interface GateField {
  name: string;
  label: MessageKey;
  type: InputKind;
  autocomplete: string;
  help?: MessageKey;
  inputMode?: "numeric";
  initial?: string;
}

export function GateForm({ title, text, submit, send, fields, children }: GateFormProps) {
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector("input")?.focus(), []);
  const problems = error instanceof ApiError ? error.fields : [];
  async function onSubmit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setError(null);
    const values = new FormData(event.currentTarget as HTMLFormElement);
    try {
      await send(Object.fromEntries([...values].map(([name, value]) => [name, String(value)])));
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  }
  return (
    <form ref={form} class="card" onSubmit={onSubmit}>
      <h1>{title}</h1>
      {text && <p class="muted">{text}</p>}
      {error !== null && <Notice tone="bad">{errorText(error)}</Notice>}
      {fields.map((field) => {
        const problem = problems.find((each) => each.field === field.name);
        return (
          <Field key={field.name} label={t(field.label)} help={field.help && t(field.help)} required problem={problem && fieldText(problem)}>
            {(control) => (
              <Input
                {...control} kind={field.type} name={field.name} autocomplete={field.autocomplete} inputMode={field.inputMode}
                required defaultValue={field.initial}
              />
            )}
          </Field>
        );
      })}
      <button type="submit" class="button primary wide" disabled={busy}>{submit}</button>
      {children}
    </form>
  );
}

const EMAIL: GateField = { name: "email", label: "attribute.email", type: "email", autocomplete: "username" };
export const PASSWORD: GateField = { name: "password", label: "attribute.password", type: "password", autocomplete: "current-password" };
export const NEW_PASSWORD: GateField = { ...PASSWORD, autocomplete: "new-password", help: "access.password_help" };
const NAME: GateField = { name: "name", label: "access.your_name", type: "text", autocomplete: "name" };
const CODE: GateField = { name: "code", label: "access.code", type: "text", autocomplete: "one-time-code", inputMode: "numeric" };

/** What may follow a right password: the authenticator's code, then which of several companies. */
export function Steps({ asked, onAnswer, onDone }: { asked: AskedView; onAnswer: (asked: AskedView | null) => void; onDone?: () => void }) {
  const follow = (next: AskedView | null) => (next ? onAnswer(next) : onDone?.());
  const back = <button type="button" class="button quiet wide" onClick={() => onAnswer(null)}>{t("access.back")}</button>;
  const sendCode = async ({ code = "" }: Record<string, string>) => follow(await answerCode(asked.challenge, code.replaceAll(" ", "")));
  if (asked.status === "totp_required") {
    return (
      <GateForm key="code" title={t("access.second_factor")} text={t("access.second_factor_text")} submit={t("access.verify")} send={sendCode} fields={[CODE]}>
        {back}
      </GateForm>
    );
  }
  return (
    <div class="card card-body stack">
      <h1>{t("access.choose_tenant")}</h1>
      {asked.tenants.map((tenant) => (
        <button key={tenant.id} type="button" class="button wide" onClick={() => void chooseTenant(asked.challenge, tenant.id).then(follow, toastError)}>{tenant.name}</button>
      ))}
      {back}
    </div>
  );
}

function SignIn() {
  const [asked, setAsked] = useState<AskedView | null>(null);
  if (asked) return <Steps asked={asked} onAnswer={setAsked} />;
  const send = async ({ email = "", password = "" }: Record<string, string>) => setAsked(await signIn(email, password));
  return (
    <GateForm key="password" title={t("access.sign_in")} submit={t("access.sign_in")} send={send} fields={[EMAIL, PASSWORD]}>
      <PasskeyButton onAnswer={setAsked} />
      <a class="small" href="/forgot-password">{t("access.forgot")}</a>
      <p class="small muted">{t("access.no_account")} <a class="in-text" href="/sign-up">{t("access.sign_up")}</a></p>
    </GateForm>
  );
}

/** No passkey is for an IP address: on this very machine the button leads to `localhost`, where they work. */
function PasskeyButton({ onAnswer }: { onAnswer: (asked: AskedView | null) => void }) {
  const [busy, setBusy] = useState(false);
  if (typeof PublicKeyCredential !== "function" || !window.isSecureContext) return null;
  async function run(): Promise<void> {
    setBusy(true);
    const { passkeyPlace, wasDismissed } = await withWords(() => import("../../passkeys"));
    const elsewhere = passkeyPlace();
    if (elsewhere) location.assign(elsewhere);
    else await signInByPasskey().then(onAnswer).catch((error: unknown) => { if (!wasDismissed(error)) toastError(error); });
    setBusy(false);
  }
  return <button type="button" class="button wide" disabled={busy} onClick={() => void run()}>{t("access.passkey")}</button>;
}

export function Done({ title, text }: { title: string; text: string }) {
  return (
    <div class="card card-body stack">
      <h1>{title}</h1>
      <p class="muted">{text}</p>
      <a class="button primary wide" href="/">{t("access.sign_in")}</a>
    </div>
  );
}

function ForgotPassword() {
  const [sent, setSent] = useState(false);
  if (sent) return <Done title={t("access.mail_sent")} text={t("access.mail_sent_text")} />;
  const send = ({ email = "" }: Record<string, string>) => requestPasswordReset(email).then(() => setSent(true));
  return (
    <GateForm title={t("access.forgot")} text={t("access.forgot_text")} submit={t("access.send_link")} send={send} fields={[EMAIL]}>
      <a class="small" href="/">{t("access.back")}</a>
    </GateForm>
  );
}

function ResetPassword({ token }: { token: string }) {
  const [saved, setSaved] = useState(false);
  if (saved) return <Done title={t("access.password_changed")} text={t("access.password_changed_text")} />;
  const send = ({ password = "" }: Record<string, string>) => confirmPasswordReset(token, password).then(() => setSaved(true));
  return <GateForm title={t("access.new_password")} submit={t("action.save")} send={send} fields={[NEW_PASSWORD]} />;
}

/** Somebody who has a login already joins with their own password; others choose a name and a password. */
function AcceptInvitation({ token }: { token: string }) {
  const [invitation, setInvitation] = useState<InvitationFacts | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [asked, setAsked] = useState<AskedView | null>(null);
  useEffect(() => {
    lookUpInvitation(token).then(setInvitation, setError);
  }, [token]);
  if (error !== null) return <Done title={t("access.link_dead")} text={errorText(error)} />;
  if (!invitation) return <div class="card card-body"><Skeleton lines={5} /></div>;
  if (asked) return <Steps asked={asked} onAnswer={setAsked} onDone={() => void navigate("/", true)} />;
  const { company, email, has_login: hasLogin } = invitation;
  async function send({ name = "", password = "" }: Record<string, string>): Promise<void> {
    const next = await acceptInvitation(token, name, password);
    if (next) setAsked(next);
    else await navigate("/", true);
  }
  const text = t(hasLogin ? "access.invitation_known" : "access.invitation_text", { company, email });
  return (
    <GateForm
      title={t("access.invitation", { company })} text={text} submit={t("access.join")} send={send}
      fields={hasLogin ? [PASSWORD] : [{ ...NAME, initial: invitation.name }, NEW_PASSWORD]}
    />
  );
}

/** Nothing is stopped by opening the link (a mail program may look at it): the button does it. */
function StopReport({ token }: { token: string }) {
  const [name, setName] = useState<string | null>(null);
  if (name !== null) return <Done title={t("access.report_stopped")} text={t("access.report_stopped_text", { name })} />;
  const send = async () => setName((await api.post<Stopped>(withQuery("/api/reporting/stops", { token }))).body.name);
  return <GateForm title={t("access.stop_report")} text={t("access.stop_report_text")} submit={t("access.stop_report")} send={send} fields={[]} />;
}

/** The token of the mail's link. */
function token(): string {
  return place.value.query.get("token") ?? "";
}

const GATE_PAGES: Readonly<Record<string, () => ComponentChildren>> = {
  "/forgot-password": () => <ForgotPassword />,
  "/sign-up": () => <SignUp />,
  "/verify-email": () => <VerifyEmail key={token()} token={token()} />,
  "/reset-password": () => <ResetPassword token={token()} />,
  "/stop-report": () => <StopReport key={token()} token={token()} />,
  "/accept-invitation": () => <AcceptInvitation key={token()} token={token()} />,
};

/** The page that works without a session at this address, if it is one; any other shows sign-in and comes back after it. */
export function gatePage(path: string): (() => ComponentChildren) | undefined {
  const tracked = /^\/track\/([^/]+)$/.exec(path)?.[1];
  if (tracked !== undefined) return () => <Track key={tracked} token={decodeURIComponent(tracked)} />;
  return GATE_PAGES[path];
}

export function Gate() {
  const page = gatePage(place.value.path);
  return (
    <main class="gate">
      <div class="gate-card">
        <div class="brand"><Logo size={32} />{t("app.name")}</div>
        {page ? page() : <SignIn />}
      </div>
      <footer class="gate-footer">
        {LANGUAGES.map((value) => (
          <button
            key={value} type="button" class="button quiet small" lang={value} aria-pressed={chosenLanguage.value === value}
            onClick={() => void chooseLanguage(value)}
          >
            {t(LANGUAGE_NAMES[value])}
          </button>
        ))}
      </footer>
    </main>
  );
}
