/** A new document of any declared entity. */
import { api } from "../api";
import { UnsavedBar, useForm, type Values } from "../design/form";
import { Icon } from "../design/icons";
import { toast } from "../design/toast";
import { documentHref, type AnyEntity } from "../entities";
import { t } from "../i18n";
import { navigate, place } from "../router";
import type { Item } from "./columns";
import { bodyOf, checkFields, FormFields, initialValues } from "./fields";

export function CreateScreen({ entity }: { entity: AnyEntity }) {
  const fields = entity.create?.fields ?? [];
  const title = t(entity.create?.label ?? entity.singular);
  const form = useForm(initialValues(fields, Object.fromEntries(place.value.query)));
  async function send(values: Values, idempotencyKey: string): Promise<void> {
    const { body } = await api.post<Item>(entity.path, bodyOf(fields, values), { idempotencyKey });
    form.reset(values);
    toast(t("action.created", { name: entity.title(body) }));
    setTimeout(() => void navigate(documentHref(entity.kind, body.id) ?? entity.route, true));
  }
  const save = () => void form.submit(send, (values) => checkFields(fields, values));
  return (
    <div class="page">
      <nav class="breadcrumb" aria-label={t("document.path")}>
        <a href={entity.route}>{t(entity.plural)}</a>
        <Icon name="chevron-right" size={12} />
        <span>{title}</span>
      </nav>
      <div class="page-header">
        <h1>{title}</h1>
        <a class="button" href={entity.route}>{t("action.cancel")}</a>
        <button type="button" class="button primary" disabled={form.busy} onClick={save}>{t("action.create")}</button>
      </div>
      <form class="card card-body" onSubmit={(event) => { event.preventDefault(); save(); }} noValidate>
        <FormFields fields={fields} form={form} />
        <button type="submit" class="visually-hidden" tabIndex={-1}>{t("action.create")}</button>
      </form>
      <UnsavedBar form={form} onSave={save} />
    </div>
  );
}
