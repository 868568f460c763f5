/** What stands before the portal: sign in (with a second factor), forgotten password, new password, invitation. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { errorText, ApiError, fieldText } from "../../api";
import { Notice } from "../../design/feedback";
import { Field } from "../../design/form";
import { Input, type InputKind } from "../../design/input";
import { Logo } from "../../design/icons";
import { toastError } from "../../design/toast";
import { LANGUAGES, t, type MessageKey } from "../../i18n";
import { chooseLanguage, chosenLanguage } from "../../preferences";
import { navigate, place } from "../../router";
import { acceptInvitation, answerCode, chooseTenant, confirmPasswordReset, requestPasswordReset, signIn, type Asked } from "../../session";
import { LANGUAGE_NAMES } from "../settings/settings";

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
}

function GateForm({ title, text, submit, send, fields, children }: GateFormProps) {
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
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
    <form class="card" onSubmit={onSubmit}>
      <h1>{title}</h1>
      {text && <p class="muted">{text}</p>}
      {error !== null && <Notice tone="bad">{errorText(error)}</Notice>}
      {fields.map((field, index) => {
        const problem = problems.find((each) => each.field === field.name);
        return (
          <Field key={field.name} label={t(field.label)} help={field.help && t(field.help)} required problem={problem && fieldText(problem)}>
            {(control) => (
              <Input
                {...control} kind={field.type} name={field.name} autocomplete={field.autocomplete} inputMode={field.inputMode}
                required autofocus={index === 0}
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
const PASSWORD: GateField = { name: "password", label: "attribute.password", type: "password", autocomplete: "current-password" };
const NEW_PASSWORD: GateField = { ...PASSWORD, autocomplete: "new-password", help: "access.password_help" };
const NAME: GateField = { name: "name", label: "access.your_name", type: "text", autocomplete: "name" };
const CODE: GateField = { name: "code", label: "access.code", type: "text", autocomplete: "one-time-code", inputMode: "numeric" };

function SignIn() {
  const [asked, setAsked] = useState<Asked | null>(null);
  const challenge = asked?.challenge ?? "";
  const send = async ({ email = "", password = "" }: Record<string, string>) => setAsked(await signIn(email, password));
  const sendCode = async ({ code = "" }: Record<string, string>) => setAsked(await answerCode(challenge, code.replaceAll(" ", "")));
  const back = <button type="button" class="button quiet wide" onClick={() => setAsked(null)}>{t("access.back")}</button>;
  if (asked?.status === "totp_required") {
    return (
      <GateForm key="code" title={t("access.second_factor")} text={t("access.second_factor_text")} submit={t("access.verify")} send={sendCode} fields={[CODE]}>
        {back}
      </GateForm>
    );
  }
  if (asked?.status === "tenant_required") {
    return (
      <div class="card card-body stack">
        <h1>{t("access.choose_tenant")}</h1>
        {asked.tenants.map((tenant) => (
          <button key={tenant.id} type="button" class="button wide" onClick={() => void chooseTenant(challenge, tenant.id).then(setAsked, toastError)}>{tenant.name}</button>
        ))}
        {back}
      </div>
    );
  }
  return (
    <GateForm key="password" title={t("access.sign_in")} submit={t("access.sign_in")} send={send} fields={[EMAIL, PASSWORD]}>
      <a class="small" href="/forgot-password">{t("access.forgot")}</a>
    </GateForm>
  );
}

function Done({ title, text }: { title: string; text: string }) {
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

function token(): string {
  return place.value.query.get("token") ?? "";
}

function ResetPassword() {
  const [saved, setSaved] = useState(false);
  if (saved) return <Done title={t("access.password_changed")} text={t("access.password_changed_text")} />;
  const send = ({ password = "" }: Record<string, string>) => confirmPasswordReset(token(), password).then(() => setSaved(true));
  return <GateForm title={t("access.new_password")} submit={t("action.save")} send={send} fields={[NEW_PASSWORD]} />;
}

function AcceptInvitation() {
  const send = async ({ name = "", password = "" }: Record<string, string>) => {
    await acceptInvitation(token(), name, password);
    await navigate("/", true);
  };
  return (
    <GateForm
      title={t("access.invitation")} text={t("access.invitation_text")} submit={t("access.join")} send={send} fields={[NAME, NEW_PASSWORD]}
    />
  );
}

/** Pages that work without a session; any other address shows sign-in and comes back after it. */
export const GATE_PAGES: Record<string, () => ComponentChildren> = {
  "/forgot-password": () => <ForgotPassword />,
  "/reset-password": () => <ResetPassword />,
  "/accept-invitation": () => <AcceptInvitation />,
};

export function Gate() {
  const page = GATE_PAGES[place.value.path];
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
