/** Runs declared actions on one document or on a selection, with confirmation, form, undo and named failures. */
import { signal } from "@preact/signals";
import type { ComponentChild } from "preact";
import { api, errorText, type Answer } from "../api";
import { download, toCsv } from "../csv";
import { Progress } from "../design/feedback";
import { useForm, type Values } from "../design/form";
import { Icon } from "../design/icons";
import { ask, Dialog } from "../design/overlay";
import { Table } from "../design/table";
import { toast, toastError } from "../design/toast";
import { documentHref, type Action, type AnyEntity, type Undo } from "../entities";
import { t } from "../i18n";
import type { Item } from "./columns";
import { bodyOf, checkFields, FormFields, initialValues } from "./fields";

const AT_ONCE = 4;

interface Command {
  entity: AnyEntity;
  action: Action<Item>;
  items: readonly Item[];
  onDone: (answer: Answer<Item> | null) => void;
}

interface Failure {
  id: string;
  title: string;
  href: string | undefined;
  text: string;
}

/** The command whose form or progress is on screen. */
const asked = signal<Command | null>(null);
/** A dialog that a screen drew itself. */
const opened = signal<((close: () => void) => ComponentChild) | null>(null);
const result = signal<{ label: string; done: number; failures: readonly Failure[] } | null>(null);
const running = signal<{ label: string; done: number; total: number; startedAt: number; stop: () => void } | null>(null);

/** Shows a dialog over whichever screen is on; `draw` gets the function that closes it. */
export function openDialog(draw: (close: () => void) => ComponentChild): void {
  opened.value = draw;
}

function address(entity: AnyEntity, id: string, action: string): string {
  return `${entity.path}/${encodeURIComponent(id)}/${action}`;
}

/** What takes the command back on those of the items where that leads back to where they were; undefined where nothing does. */
function undoOf({ entity, action, items, onDone }: Command): (() => void) | undefined {
  const { undo } = action;
  const undoable = undo ? items.filter((item) => undo.when?.(item) ?? true) : [];
  if (!undo || undoable.length < items.length || items.length === 0) return undefined;
  async function run(command: Undo<Item>): Promise<void> {
    let last: Answer<Item> | null = null;
    for (const item of undoable) last = await api.post<Item>(address(entity, item.id, command.name), command.body?.(item) ?? {});
    onDone(items.length === 1 ? last : null);
    toast(t("action.undone"));
  }
  return () => void run(undo).catch(toastError);
}

async function runOnOne(command: Command, body: Values, idempotencyKey?: string): Promise<void> {
  const { entity, action, items, onDone } = command;
  const item = items[0] as Item;
  const answer = await api.post<Item>(address(entity, item.id, action.name), body, { idempotencyKey });
  onDone(answer);
  const done = t("action.done", { action: t(action.label), name: entity.title(item) });
  toast(done, undoOf(command));
}

/** Some may fail while others go through: failures are shown one by one, the rest can be undone. */
async function runOnMany(command: Command, body: Values): Promise<void> {
  const { entity, action, items, onDone } = command;
  const succeeded: Item[] = [];
  const failures: Failure[] = [];
  const waiting = [...items];
  running.value = { label: t(action.label), done: 0, total: items.length, startedAt: Date.now(), stop: () => waiting.splice(0) };
  async function work(): Promise<void> {
    for (let item = waiting.shift(); item; item = waiting.shift()) {
      try {
        await api.post<Item>(address(entity, item.id, action.name), body);
        succeeded.push(item);
      } catch (error) {
        failures.push({ id: item.id, title: entity.title(item), href: documentHref(entity.kind, item.id), text: errorText(error) });
      }
      if (running.value) running.value = { ...running.value, done: succeeded.length + failures.length };
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  running.value = null;
  onDone(null);
  if (succeeded.length > 0) toast(t("action.done_many", { action: t(action.label), count: succeeded.length }), undoOf({ ...command, items: succeeded }));
  if (failures.length > 0) result.value = { label: t(action.label), done: succeeded.length, failures };
}

/** A row of a list is a summary: the dialog is given the whole document, as it stands now. */
async function openFresh({ entity, action, items, onDone }: Command): Promise<void> {
  const { body } = await api.get<Item>(`${entity.path}/${encodeURIComponent((items[0] as Item).id)}`);
  action.open?.(body, onDone);
}

export async function startAction(command: Command): Promise<void> {
  const { action, items, entity } = command;
  if (action.open && items.length === 1) {
    await openFresh(command).catch(toastError);
    return;
  }
  if (action.form) {
    asked.value = command;
    return;
  }
  const question = items.length > 1 ? (action.confirmMany ?? action.confirm) : action.confirm;
  if (question) {
    const name = items.length === 1 ? entity.title(items[0] as Item) : "";
    const text = t(question, { count: items.length, name });
    if (!(await ask({ title: t(action.label), text, confirm: t(action.label), danger: action.danger }))) return;
  }
  await (items.length === 1 ? runOnOne(command, {}) : runOnMany(command, {})).catch(toastError);
}

function ActionForm({ command }: { command: Command }) {
  const { action, items, entity } = command;
  const fields = action.form ?? [];
  const form = useForm(initialValues(fields));
  const close = () => {
    asked.value = null;
  };
  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const saved = await form.submit(
      (values, key) => (items.length === 1 ? runOnOne(command, bodyOf(fields, values), key) : runOnMany(command, bodyOf(fields, values))),
      (values) => checkFields(fields, values),
    );
    if (saved) close();
  }
  const buttons = (
    <>
      <button type="button" class="button" onClick={close}>{t("action.cancel")}</button>
      <button type="submit" form="action-form" class={`button primary ${action.danger ? "danger" : ""}`} disabled={form.busy}>{t(action.label)}</button>
    </>
  );
  const subject = items.length === 1 ? entity.title(items[0] as Item) : t("list.selected", { count: items.length });
  return (
    <Dialog title={`${t(action.label)} · ${subject}`} onClose={close} footer={buttons}>
      <form id="action-form" onSubmit={submit} noValidate><FormFields fields={fields} form={form} /></form>
    </Dialog>
  );
}

/** What a bulk action could not do, document by document, to read, to open and to keep as a file. */
function ResultDialog({ label, done, failures }: { label: string; done: number; failures: readonly Failure[] }) {
  const close = () => {
    result.value = null;
  };
  const save = () => download("errors.csv", toCsv([t("attribute.document"), t("attribute.problem")], failures.map((each) => [each.title, each.text])));
  const buttons = (
    <>
      <button type="button" class="button" onClick={save}><Icon name="download" />{t("action.save_errors")}</button>
      <button type="button" class="button primary" onClick={close}>{t("action.close")}</button>
    </>
  );
  const columns = [
    { key: "title", label: t("attribute.document"), primary: true, cell: (each: Failure) => (each.href ? <a href={each.href} onClick={close}>{each.title}</a> : each.title) },
    { key: "text", label: t("attribute.problem"), cell: (each: Failure) => <span class="wrapping">{each.text}</span> },
  ];
  return (
    <Dialog title={`${label} · ${t("action.result", { done, failed: failures.length })}`} onClose={close} footer={buttons} wide>
      <Table label={t("attribute.problem")} rows={failures} rowId={(each) => each.id} columns={columns} />
    </Dialog>
  );
}

/** Stands once in the shell: the form of an action, and the progress of a bulk action. */
export function ActionHost() {
  const command = asked.value;
  const work = running.value;
  return (
    <>
      {opened.value?.(() => { opened.value = null; })}
      {result.value && <ResultDialog {...result.value} />}
      {command && <ActionForm key={command.action.name} command={command} />}
      {work && work.total > AT_ONCE && (
        <Dialog title={work.label} onClose={work.stop}>
          <Progress label={work.label} done={work.done} total={work.total} seconds={(Date.now() - work.startedAt) / 1000} onCancel={work.stop} />
        </Dialog>
      )}
    </>
  );
}
