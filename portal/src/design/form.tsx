/** Forms: values with their problems, the field around any control, the bar that says there are unsaved changes. */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { ApiError, fieldText } from "../api";
import { t } from "../i18n";
import { useKeys } from "../keyboard";
import { guardLeaving } from "../router";
import { Icon } from "./icons";
import { ask } from "./overlay";
import { toast, toastError } from "./toast";

export type Values = Record<string, unknown>;
export type Problems = Record<string, string>;

export interface Form {
  values: Values;
  problems: Problems;
  busy: boolean;
  /** The fields that differ from what was loaded. */
  changes: Values;
  isDirty: boolean;
  set: (key: string, value: unknown) => void;
  /** For what arrives later: the edit is made on the value as it is then, so nothing typed meanwhile is lost. */
  change: (key: string, edit: (value: unknown) => unknown) => void;
  reset: (values?: Values) => void;
  /**
   * Sends once at a time; problems of fields come back to their fields. The same values keep the same idempotency key,
   * so pressing again after a lost answer cannot do the work twice. Answers whether it was saved.
   */
  submit: (send: (values: Values, idempotencyKey: string) => Promise<void>, check?: (values: Values) => Problems) => Promise<boolean>;
}

function differences(values: Values, initial: Values): Values {
  const changed = Object.entries(values).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(initial[key]));
  return Object.fromEntries(changed);
}

/** Lines with the next empty one always ready, up to `most` of them, so that a scanner or a keyboard alone fills them. */
export function withNextLine<L>(lines: readonly L[], empty: L, isFilled: (line: L) => boolean, most = Infinity): readonly L[] {
  const last = lines[lines.length - 1];
  return lines.length < most && last !== undefined && isFilled(last) ? [...lines, empty] : lines;
}

export function useForm(loaded: Values): Form {
  const [initial, setInitial] = useState(loaded);
  const [values, setValues] = useState(loaded);
  const [problems, setProblems] = useState<Problems>({});
  const [busy, setBusy] = useState(false);
  const command = useRef({ content: "", key: "" });
  const changes = differences(values, initial);

  function keyFor(content: string): string {
    if (command.current.content !== content) command.current = { content, key: crypto.randomUUID() };
    return command.current.key;
  }

  async function submit(...[send, check]: Parameters<Form["submit"]>): Promise<boolean> {
    const found = check?.(values) ?? {};
    setProblems(found);
    if (busy || Object.keys(found).length > 0) return false;
    setBusy(true);
    try {
      await send(values, keyFor(JSON.stringify(values)));
      command.current = { content: "", key: "" };
      return true;
    } catch (error) {
      const refusal = error instanceof ApiError ? error : null;
      const fields = refusal?.fields ?? [];
      setProblems(Object.fromEntries(fields.map((each) => [each.field, fieldText(each, refusal?.code)])));
      if (!fields.some((each) => each.field in values)) toastError(error);
      return false;
    } finally {
      setBusy(false);
    }
  }

  function change(key: string, edit: (value: unknown) => unknown): void {
    setValues((before) => ({ ...before, [key]: edit(before[key]) }));
    setProblems(({ [key]: _, ...others }) => others);
  }

  return {
    values, problems, busy, changes, submit, change,
    isDirty: Object.keys(changes).length > 0,
    set: (key, value) => change(key, () => value),
    reset: (fresh = initial) => {
      setInitial(fresh);
      setValues(fresh);
      setProblems({});
    },
  };
}

/** What a control needs to be tied to its label, help and problem. */
export interface ControlProps {
  id: string;
  "aria-invalid": boolean | undefined;
  "aria-describedby": string | undefined;
  "aria-required": boolean | undefined;
}

interface FieldProps {
  label: string;
  help?: string;
  problem?: string;
  required?: boolean;
  full?: boolean;
  /** A check box stands before its label. */
  check?: boolean;
  children: (control: ControlProps) => ComponentChildren;
}

export function Field({ label, help, problem, required = false, full, check, children }: FieldProps) {
  const id = useId();
  const described = [help && `${id}-help`, problem && `${id}-problem`].filter(Boolean).join(" ");
  const control = children({
    id,
    "aria-invalid": problem ? true : undefined,
    "aria-describedby": described || undefined,
    "aria-required": required || undefined,
  });
  return (
    <div class={`field ${full ? "full" : ""} ${check ? "check" : ""}`}>
      {check && control}
      <label for={id}>
        {label}
        {!required && !check && <span class="faint small"> {t("field.optional")}</span>}
      </label>
      {!check && control}
      {help && <div class="help" id={`${id}-help`}>{help}</div>}
      {problem && <div class="problem" id={`${id}-problem`} role="alert"><Icon name="alert" size={14} />{problem}</div>}
    </div>
  );
}

/** Holds the page while there is something to lose; Ctrl/Cmd-S saves. */
export function UnsavedBar({ form, onSave }: { form: Form; onSave: () => void }) {
  useKeys(form.isDirty ? [{ keys: "mod+s", label: "key.save", run: onSave, everywhere: true }] : []);
  useEffect(() => {
    if (!form.isDirty) return;
    const stop = guardLeaving(() =>
      ask({ title: t("unsaved.title"), text: t("unsaved.leave"), confirm: t("unsaved.discard"), danger: true }));
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => {
      stop();
      window.removeEventListener("beforeunload", warn);
    };
  }, [form.isDirty]);
  function discard(): void {
    const typed = form.changes;
    form.reset();
    toast(t("unsaved.discarded"), () => { for (const [key, value] of Object.entries(typed)) form.set(key, value); });
  }
  if (!form.isDirty) return null;
  return (
    <div class="unsaved" role="region" aria-label={t("unsaved.title")}>
      <span class="grow">{t("unsaved.title")}</span>
      <button type="button" class="button" onClick={discard}>{t("unsaved.discard")}</button>
      <button type="button" class="button primary" disabled={form.busy} onClick={onSave}>{t("action.save")}</button>
    </div>
  );
}
