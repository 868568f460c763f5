/** The look of the tenant's papers: logo, two colours, a line of footer, and a sample that follows what is chosen. */
import { useEffect, useState } from "preact/hooks";
import { api, withQuery } from "../../api";
import type { Branding } from "../../api_types";
import { FileDrop } from "../../design/files";
import { Problem, Skeleton } from "../../design/feedback";
import { Field, UnsavedBar, useForm, type Form } from "../../design/form";
import { toast, toastError } from "../../design/toast";
import { language, t, type MessageKey } from "../../i18n";
import { useResource, type Resource } from "../../resource";
import { may } from "../../session";
import { inBase64 } from "../catalog/media";
import { SettingsPage } from "../settings/layout";

const COLOUR = /^#[0-9a-f]{6}$/i;
const PREVIEW_WAIT_MS = 400;
const LOGO = "/api/documents/branding/logo";

function valuesOf(branding: Branding) {
  return { primary_colour: branding.primary_colour, secondary_colour: branding.secondary_colour, footer_text: branding.footer_text };
}

/** A colour by the system's picker or by its six digits. */
function ColourField({ form, name, label }: { form: Form; name: string; label: MessageKey }) {
  const value = String(form.values[name]);
  return (
    <Field label={t(label)} problem={form.problems[name]} required>
      {(control) => (
        <span class="line">
          <input type="color" class="swatch" aria-label={t("branding.pick", { name: t(label) })} value={COLOUR.test(value) ? value : "#000000"} onInput={(event) => form.set(name, event.currentTarget.value)} />
          <input {...control} class="input mono" value={value} maxLength={7} onInput={(event) => form.set(name, event.currentTarget.value)} />
        </span>
      )}
    </Field>
  );
}

/** The sample as the server draws it, a moment after the last keystroke. */
function Preview({ form, version }: { form: Form; version: number }) {
  const wanted = withQuery("/api/documents/branding/preview", { ...form.values, lang: language.value, v: version });
  const isValid = COLOUR.test(String(form.values.primary_colour)) && COLOUR.test(String(form.values.secondary_colour));
  const [shown, setShown] = useState(wanted);
  useEffect(() => {
    if (!isValid || wanted === shown) return;
    const timer = setTimeout(() => setShown(wanted), PREVIEW_WAIT_MS);
    return () => clearTimeout(timer);
  }, [wanted, isValid]);
  return <img class="paper-preview" src={shown} alt={t("branding.preview_text")} />;
}

function LogoCard({ branding, readOnly }: { branding: Resource<Branding>; readOnly: boolean }) {
  async function upload(file: File): Promise<void> {
    branding.replace(await api.put<Branding>(LOGO, { content_base64: await inBase64(file) }));
    toast(t("action.saved"));
  }
  async function remove(): Promise<void> {
    branding.replace(await api.delete<Branding>(LOGO));
    toast(t("action.saved"));
  }
  const has = branding.data?.logo;
  return (
    <div class="stack">
      <p class="muted small">{t(has ? "branding.logo_there" : "branding.logo_help")}</p>
      {!readOnly && <FileDrop label={t("branding.logo_add")} accept="image/svg+xml,image/png,image/jpeg,image/webp" onFiles={(files) => files[0] && void upload(files[0]).catch(toastError)} />}
      {has && !readOnly && <div><button type="button" class="button" onClick={() => void remove().catch(toastError)}>{t("branding.logo_remove")}</button></div>}
    </div>
  );
}

function BrandingEditor({ branding }: { branding: Resource<Branding> }) {
  const loaded = branding.data as Branding;
  const readOnly = !may("tenants.manage");
  const form = useForm(valuesOf(loaded));
  const save = () => void form.submit(async (values, idempotencyKey) => {
    const saved = await api.put<Branding>("/api/documents/branding", values, { etag: branding.etag, idempotencyKey });
    form.reset(valuesOf(saved.body));
    branding.replace(saved);
    toast(t("action.saved"));
  });
  return (
    <div class="branding">
      <div class="stack">
        <section class="card">
          <header><h2>{t("branding.title")}</h2></header>
          <form class="card-body" onSubmit={(event) => { event.preventDefault(); save(); }} noValidate>
            <fieldset class="bare fields" disabled={readOnly}>
              <ColourField form={form} name="primary_colour" label="branding.primary_colour" />
              <ColourField form={form} name="secondary_colour" label="branding.secondary_colour" />
              <Field label={t("branding.footer_text")} help={t("branding.footer_help")} problem={form.problems.footer_text} full>
                {(control) => <input {...control} class="input" maxLength={300} value={String(form.values.footer_text)} onInput={(event) => form.set("footer_text", event.currentTarget.value)} />}
              </Field>
            </fieldset>
            <button type="submit" class="visually-hidden" tabIndex={-1}>{t("action.save")}</button>
          </form>
          <UnsavedBar form={form} onSave={save} />
        </section>
        <section class="card">
          <header><h2>{t("branding.logo")}</h2></header>
          <div class="card-body"><LogoCard branding={branding} readOnly={readOnly} /></div>
        </section>
      </div>
      <section class="card">
        <header><h2>{t("branding.preview")}</h2></header>
        <div class="card-body"><Preview form={form} version={loaded.version} /></div>
      </section>
    </div>
  );
}

export function BrandingScreen() {
  const branding = useResource<Branding>("/api/documents/branding", ["branding"]);
  return (
    <SettingsPage section="documents" wide>
      {branding.error && !branding.data ? <Problem error={branding.error} retry={branding.refetch} /> : null}
      {branding.data ? <BrandingEditor branding={branding} /> : !branding.error && <div class="card card-body"><Skeleton lines={8} /></div>}
    </SettingsPage>
  );
}
