/** A company begins: the form, the mail that was sent, and the page behind its link. */
import { useEffect, useRef, useState } from "preact/hooks";
import { api, ApiError, errorText, type FieldProblem } from "../../api";
import type { AskedView, SignUpAccepted, SignUpChoices, SignUpFacts } from "../../api_types";
import { findCountries } from "../../countries";
import { Notice, Skeleton } from "../../design/feedback";
import { Field } from "../../design/form";
import { Input, type InputKind } from "../../design/input";
import { has, language, LANGUAGES, t, type MessageKey } from "../../i18n";
import { navigate } from "../../router";
import { confirmSignUp } from "../../session";
import { LANGUAGE_NAMES } from "../settings/settings";
import { Done, GateForm, NEW_PASSWORD, PASSWORD, Steps } from "./gate";

const SIGN_UPS = "/api/tenants/sign-ups";
const FRENCH = "fr_pcg";
type Answers = Record<string, string>;

/** What is wrong with a field: the refusal's own words when it is one thing, else what the field must hold. */
function wrong(problem: FieldProblem, code: string): string {
  const own = `error.${code}`;
  if (code !== "validation" && has(own)) return t(own);
  const words = `sign_up_wrong.${problem.field}`;
  return has(words) ? t(words) : problem.detail;
}

interface QuestionProps {
  name: string;
  label: MessageKey;
  error: unknown;
  answers: Answers;
  set: (name: string, value: string) => void;
  help?: MessageKey;
  kind?: InputKind;
  autocomplete?: string;
  required?: boolean;
  options?: readonly (readonly [string, string])[];
}

/** One question of the form: a line of text, or a choice. */
function Question({ name, label, error, answers, set, help, kind = "text", autocomplete = "off", required = true, options }: QuestionProps) {
  const refusal = error instanceof ApiError ? error : null;
  const problem = refusal?.fields.find((each) => each.field === name);
  return (
    <Field label={t(label)} help={help && t(help)} required={required} problem={problem && wrong(problem, refusal?.code ?? "")}>
      {(control) => options ? (
        <select {...control} name={name} class="input" value={answers[name]} onChange={(event) => set(name, event.currentTarget.value)}>
          {options.map(([value, text]) => <option key={value} value={value}>{text}</option>)}
        </select>
      ) : (
        <Input
          {...control} kind={kind} name={name} autocomplete={autocomplete} required={required} value={answers[name]}
          onInput={(event) => set(name, event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

function first(): Answers {
  return {
    name: "", email: "", company_name: "", country_code: "FR", siren: "", vat_number: "", currency: "EUR", chart: FRENCH,
    vat_regime: "normal", fiscal_year_starts_on: `${new Date().getFullYear()}-01-01`,
    time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone, locale: language.value,
  };
}

/** The mail is on its way; it can be asked for again, and the e-mail corrected. */
function MailSent({ email, signUp, onBack }: { email: string; signUp: string; onBack: () => void }) {
  const [again, setAgain] = useState(0);
  const [error, setError] = useState<unknown>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  async function resend(): Promise<void> {
    setError(null);
    await api.post(`${SIGN_UPS}/resend`, { sign_up: signUp }).then(() => setAgain(again + 1), setError);
  }
  return (
    <div class="card card-body stack">
      <h1 ref={heading} tabIndex={-1}>{t("access.mail_sent")}</h1>
      <p class="muted">{t("sign_up.mail_sent", { email })}</p>
      <div role="status">{again > 0 && <Notice tone="good">{t("sign_up.sent_again")}</Notice>}</div>
      {error !== null && <Notice tone="bad">{errorText(error)}</Notice>}
      <button type="button" class="button wide" disabled={again >= 3} onClick={() => void resend()}>{t("sign_up.send_again")}</button>
      <button type="button" class="button quiet wide" onClick={onBack}>{t("sign_up.other_email")}</button>
    </div>
  );
}

export function SignUp() {
  const [choices, setChoices] = useState<SignUpChoices | null>(null);
  const [answers, setAnswers] = useState<Answers>(first);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const [sent, setSent] = useState("");
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    api.get<SignUpChoices>(`${SIGN_UPS}/choices`).then(({ body }) => setChoices(body), setError);
  }, []);
  useEffect(() => form.current?.querySelector("input")?.focus(), [choices === null]);
  if (sent) return <MailSent email={answers.email ?? ""} signUp={sent} onBack={() => setSent("")} />;
  if (!choices) return <div class="card card-body">{error === null ? <Skeleton lines={8} /> : <Notice tone="bad">{errorText(error)}</Notice>}</div>;
  const here = choices.countries.find((each) => each.country_code === answers.country_code);
  const isFrench = here?.chart === FRENCH;
  function set(name: string, value: string): void {
    const chosen = name === "country_code" ? choices?.countries.find((each) => each.country_code === value) : undefined;
    const follow: Answers = name === "country_code" ? { chart: chosen?.chart ?? "", vat_regime: "normal", siren: chosen ? (answers.siren ?? "") : "" } : {};
    setAnswers({ ...answers, [name]: value, ...follow });
  }
  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      setSent((await api.post<SignUpAccepted>(SIGN_UPS, answers)).body.sign_up);
    } catch (failure) {
      setError(failure);
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus());
    }
    setBusy(false);
  }
  const common = { error, answers, set };
  const charts: [string, string][] = isFrench ? [[FRENCH, t("sign_up.chart_fr_pcg")], ["", t("sign_up.chart_none")]] : [["", t("sign_up.chart_none")]];
  const regimes = (here?.vat_regimes ?? ["normal"]).map((regime): [string, string] => [regime, t(`vat_regime.${regime}` as MessageKey)]);
  return (
    <form ref={form} class="card sign-up" onSubmit={submit} noValidate>
      <h1>{t("sign_up.title")}</h1>
      <p class="muted">{t("sign_up.text")}</p>
      {error !== null && <Notice tone="bad">{error instanceof ApiError && error.code === "validation" ? t("sign_up.wrong") : errorText(error)}</Notice>}
      <fieldset class="stack"><legend>{t("sign_up.you")}</legend>
        <Question {...common} name="name" label="access.your_name" autocomplete="name" />
        <Question {...common} name="email" label="attribute.email" kind="email" autocomplete="email" />
      </fieldset>
      <fieldset class="stack"><legend>{t("sign_up.company")}</legend>
        <Question {...common} name="company_name" label="company.legal_name" autocomplete="organization" />
        <Question {...common} name="country_code" label="attribute.country" options={findCountries("").map((each) => [each.id, each.title] as const)} />
        {isFrench && <Question {...common} name="siren" label="attribute.siren" help="sign_up.siren_help" required={!answers.vat_number} />}
        <Question {...common} name="vat_number" label="attribute.vat_number" required={false} />
        <Question {...common} name="currency" label="attribute.currency" options={choices.currencies.map((each) => [each, each] as const)} />
      </fieldset>
      <fieldset class="stack"><legend>{t("sign_up.books")}</legend>
        <Question {...common} name="chart" label="sign_up.chart" options={charts} />
        <Question {...common} name="vat_regime" label="invoicing.vat_regime" options={regimes} help={answers.vat_regime === "franchise" ? "sign_up.franchise_help" : undefined} />
        <Question {...common} name="fiscal_year_starts_on" label="sign_up.year" kind="date" help="sign_up.year_help" />
      </fieldset>
      <fieldset class="stack"><legend>{t("sign_up.place")}</legend>
        <Question {...common} name="time_zone" label="attribute.time_zone" options={zones(answers.time_zone ?? "").map((zone) => [zone, zone.replaceAll("_", " ")] as const)} />
        <Question {...common} name="locale" label="settings.language" options={LANGUAGES.map((each) => [each, t(LANGUAGE_NAMES[each])] as const)} />
      </fieldset>
      <button type="submit" class="button primary wide" disabled={busy}>{t("sign_up.submit")}</button>
      <p class="small muted">{t("sign_up.known")} <a class="in-text" href="/">{t("access.sign_in")}</a></p>
    </form>
  );
}

/** The time zones a browser knows, its own among them. */
function zones(own: string): string[] {
  return [...new Set([own, ...Intl.supportedValuesOf("timeZone")])].filter(Boolean).toSorted();
}

/** Behind the mail's link: a password is chosen, or proved by somebody who has one, and the company begins. */
export function VerifyEmail({ token }: { token: string }) {
  const [facts, setFacts] = useState<SignUpFacts | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [asked, setAsked] = useState<AskedView | null>(null);
  useEffect(() => {
    api.post<SignUpFacts>(`${SIGN_UPS}/look-up`, { token }).then(({ body }) => setFacts(body), setError);
  }, [token]);
  if (error !== null) return <Done title={t("access.link_dead")} text={errorText(error)} />;
  if (!facts) return <div class="card card-body"><Skeleton lines={5} /></div>;
  if (asked) return <Steps asked={asked} onAnswer={setAsked} onDone={() => void navigate("/", true)} />;
  const { company, email, has_login: hasLogin } = facts;
  async function send({ password = "" }: Record<string, string>): Promise<void> {
    const next = await confirmSignUp(token, password);
    if (next) setAsked(next);
    else await navigate("/", true);
  }
  return (
    <GateForm
      title={t("sign_up.begin", { company })} text={t(hasLogin ? "sign_up.begin_known" : "sign_up.begin_text", { company, email })}
      submit={t("sign_up.enter")} send={send} fields={[hasLogin ? PASSWORD : NEW_PASSWORD]}
    />
  );
}
