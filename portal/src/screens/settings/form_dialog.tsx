/** A dialog with declared fields and one command. */
import type { ComponentChildren } from "preact";
import { useForm, type Values } from "../../design/form";
import { Dialog } from "../../design/overlay";
import type { FormField } from "../../entities";
import { t } from "../../i18n";
import { bodyOf, checkFields, FormFields, initialValues } from "../fields";

interface FormDialogProps {
  title: string;
  fields: readonly FormField[];
  values?: Values;
  submit: string;
  danger?: boolean;
  wide?: boolean;
  send: (body: Values, idempotencyKey: string) => Promise<void>;
  onClose: () => void;
  /** Another step follows: the dialog is not closed by its success. */
  goesOn?: boolean;
  /** Above the fields. */
  children?: ComponentChildren;
  /** Below the fields. */
  below?: ComponentChildren;
}

export function FormDialog({ title, fields, values, submit, danger, wide, send, onClose, goesOn = false, children, below }: FormDialogProps) {
  const form = useForm(initialValues(fields, values));
  async function onSubmit(event: Event): Promise<void> {
    event.preventDefault();
    const saved = await form.submit((current, key) => send(bodyOf(fields, current), key), (current) => checkFields(fields, current));
    if (saved && !goesOn) onClose();
  }
  const buttons = (
    <>
      <button type="button" class="button" onClick={onClose}>{t("action.cancel")}</button>
      <button type="submit" form="form-dialog" class={`button primary ${danger ? "danger" : ""}`} disabled={form.busy}>{submit}</button>
    </>
  );
  return (
    <Dialog title={title} onClose={onClose} footer={buttons} wide={wide}>
      <form id="form-dialog" class="stack roomy" onSubmit={onSubmit} noValidate>
        {children}
        <FormFields fields={fields} form={form} />
        {below}
      </form>
    </Dialog>
  );
}
