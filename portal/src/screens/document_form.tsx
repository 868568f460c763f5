/** A card that edits a document in place: saved on the version it was read at, both versions shown when somebody was faster. */
import { useState } from "preact/hooks";
import { api, ApiError, type Answer } from "../api";
import { Problem, Skeleton } from "../design/feedback";
import { UnsavedBar, useForm, type Values } from "../design/form";
import { toast } from "../design/toast";
import type { FormField } from "../entities";
import { t, type MessageKey } from "../i18n";
import { useResource, type Resource } from "../resource";
import { ConflictDialog } from "./conflict";
import { bodyOf, checkFields, FormFields, initialValues } from "./fields";

interface DocumentFormProps {
  title: MessageKey;
  address: string;
  kind: string;
  fields: readonly FormField[];
  readOnly?: boolean;
  onSaved?: () => void;
}

/** Loads a document of its own (company, settings) and edits it. */
export function DocumentForm(props: DocumentFormProps) {
  const resource = useResource<Values>(props.address, [props.kind]);
  if (resource.error && !resource.data) return <Problem error={resource.error} retry={resource.refetch} />;
  if (!resource.data) return <div class="card card-body"><Skeleton lines={8} /></div>;
  return <DocumentEditor key={String(resource.data.version)} {...props} resource={resource} />;
}

interface DocumentEditorProps<T extends Values> extends Omit<DocumentFormProps, "kind"> {
  resource: Resource<T>;
}

/** Edits a document that is loaded already. */
export function DocumentEditor<T extends Values>({ title, address, fields, readOnly, onSaved, resource }: DocumentEditorProps<T>) {
  const form = useForm(initialValues(fields, resource.data));
  const [theirs, setTheirs] = useState<Answer<T> | null>(null);

  async function send(values: Values, etag: string | null, idempotencyKey: string): Promise<void> {
    const saved = await api.put<T>(address, bodyOf(fields, values), { etag, idempotencyKey });
    form.reset(initialValues(fields, saved.body));
    resource.replace(saved);
    toast(t("action.saved"));
    onSaved?.();
  }

  /** A stale version is no failure of the form: the newest one is fetched and both are shown. */
  async function sendOrCompare(values: Values, idempotencyKey: string): Promise<void> {
    try {
      await send(values, resource.etag, idempotencyKey);
    } catch (error) {
      if (!(error instanceof ApiError) || !error.isStale) throw error;
      setTheirs(await api.get<T>(address));
    }
  }

  const save = () => void form.submit(sendOrCompare, (values) => checkFields(fields, values));
  return (
    <section class="card">
      <header><h2>{t(title)}</h2></header>
      <form class="card-body" onSubmit={(event) => { event.preventDefault(); save(); }} noValidate>
        <fieldset class="bare" disabled={readOnly}><FormFields fields={fields} form={form} /></fieldset>
        <button type="submit" class="visually-hidden" tabIndex={-1}>{t("action.save")}</button>
      </form>
      <UnsavedBar form={form} onSave={save} />
      {theirs && (
        <ConflictDialog
          fields={fields} mine={form.changes} theirs={initialValues(fields, theirs.body)} onClose={() => setTheirs(null)}
          onKeepMine={() => void form.submit((values, key) => send(values, theirs.etag, key)).then((saved) => saved && setTheirs(null))}
          onTakeTheirs={() => { form.reset(initialValues(fields, theirs.body)); resource.replace(theirs); setTheirs(null); }}
        />
      )}
    </section>
  );
}
