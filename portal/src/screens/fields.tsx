/** Draws declared form fields: one control a type, lines as an editable table. */
import { Fragment } from "preact";
import { useState } from "preact/hooks";
import { countryOption, findCountries } from "../countries";
import { Combobox, type Option } from "../design/combobox";
import { Field, type ControlProps, type Form, type Problems, type Values } from "../design/form";
import { Input, type InputKind } from "../design/input";
import { Icon } from "../design/icons";
import { choiceText, searchDocuments, type FormField } from "../entities";
import { language, t, type MessageKey } from "../i18n";
import { useResource } from "../resource";

type Line = Record<string, unknown>;

/** The value at a key; a dotted one (`billing_address.city`) reaches into the document. */
function valueAt(document: Values, key: string): unknown {
  return document[key] ?? key.split(".").reduce<unknown>((value, part) => (value as Values | null | undefined)?.[part], document);
}

export function initialValues(fields: readonly FormField[], document: Values = {}): Values {
  const value = (field: FormField) =>
    shownValue(field, valueAt(document, field.key)) ?? initialOf(field);
  return Object.fromEntries(fields.map((field) => [field.key, value(field)]));
}

function initialOf(field: FormField): unknown {
  if (field.type === "lines") return ((field.initial ?? [{}]) as Line[]).map((line) => ({ ...newLine(field), ...line }));
  return field.initial ?? (field.type === "boolean" ? false : field.type === "several" ? [] : "");
}

/** A line as it is added: what its fields begin with, nothing of those that begin empty. */
function newLine(field: FormField): Line {
  return Object.fromEntries((field.fields ?? []).filter((each) => each.initial !== undefined).map((each) => [each.key, each.initial]));
}

/** A list of tags is written as one line, with commas. */
function shownValue(field: FormField, value: unknown): unknown {
  return field.type === "tags" && Array.isArray(value) ? value.join(", ") : value;
}

const DECIMAL = /^-?\d+([.,]\d+)?$/;

function problemOf(field: FormField, value: unknown): string | null {
  const isEmpty = value === "" || value === null || value === undefined || (Array.isArray(value) && value.length === 0);
  if (isEmpty) return field.required ? t("field_error.required") : null;
  if (field.type === "decimal" && !DECIMAL.test(String(value))) return t("field_error.decimal");
  if (field.type === "integer" && !/^-?\d+$/.test(String(value))) return t("field_error.integer");
  if (field.type === "email" && !/^\S+@\S+\.\S+$/.test(String(value))) return t("field_error.email");
  return null;
}

/** What can be said before asking the API; a line's problem is keyed `lines.0.quantity`, as the API does. */
export function checkFields(fields: readonly FormField[], values: Values, prefix = ""): Problems {
  const problems: Problems = {};
  for (const field of fields) {
    const problem = problemOf(field, values[field.key]);
    if (problem) problems[prefix + field.key] = problem;
    if (field.type !== "lines") continue;
    for (const [index, line] of ((values[field.key] ?? []) as Line[]).entries()) {
      Object.assign(problems, checkFields(field.fields ?? [], line, `${prefix}${field.key}.${index}.`));
    }
  }
  return problems;
}

/** Kinds whose empty value is an empty text; of the others it is null. */
const WRITTEN: ReadonlySet<FormField["type"]> = new Set(["text", "textarea", "email", "password", "country"]);

function bodyValue(field: FormField, value: unknown): unknown {
  if (field.type === "lines") return (value as Line[]).map((line) => bodyOf(field.fields ?? [], line));
  if (field.type === "tags") return String(value ?? "").split(",").map((each) => each.trim()).filter(Boolean);
  if (value === "" || value === undefined) return field.empty ?? (WRITTEN.has(field.type) ? "" : null);
  if (field.type === "decimal") return String(value).replace(",", ".");
  if (field.type === "integer") return Number.parseInt(String(value), 10);
  return value;
}

/** The body of the command: decimals stay strings, a comma becomes the point the API reads, dotted keys nest. */
export function bodyOf(fields: readonly FormField[], values: Values): Values {
  const body: Values = {};
  for (const field of fields.filter((each) => each.key in values)) {
    const parts = field.key.split(".");
    const last = parts.pop() as string;
    const holder = parts.reduce<Values>((inside, part) => (inside[part] ??= {}) as Values, body);
    holder[last] = bodyValue(field, values[field.key]);
  }
  return body;
}

export function FormFields({ fields, form }: { fields: readonly FormField[]; form: Form }) {
  return (
    <div class="fields">
      {fields.map((field) => (
        <Fragment key={field.key}>
          {field.heading && <p class="full group-title">{t(field.heading)}</p>}
          <FormFieldRow field={field} form={form} />
        </Fragment>
      ))}
    </div>
  );
}

function FormFieldRow({ field, form }: { field: FormField; form: Form }) {
  const value = form.values[field.key];
  if (field.type === "lines") {
    const Editor = field.stacked ? StackedLines : LinesEditor;
    return <Editor field={field} lines={(value ?? []) as Line[]} problems={form.problems} onChange={(lines) => form.set(field.key, lines)} />;
  }
  return (
    <Field
      label={t(field.label)} help={field.help && t(field.help)} problem={form.problems[field.key]} required={field.required}
      full={field.full} check={field.type === "boolean"}
    >
      {(control) => <Control field={field} value={value} control={control} onChange={(next) => form.set(field.key, next)} />}
    </Field>
  );
}

interface ControlOfField {
  field: FormField;
  value: unknown;
  control: Partial<ControlProps> & { "aria-label"?: string };
  onChange: (value: unknown) => void;
}

const INPUT_KINDS: Partial<Record<FormField["type"], InputKind>> = { email: "email", password: "password", date: "date" };

export function Control({ field, value, control, onChange }: ControlOfField) {
  const current = String(value ?? "");
  switch (field.type) {
    case "boolean":
      return <input {...control} type="checkbox" checked={value === true} onChange={(event) => onChange(event.currentTarget.checked)} />;
    case "textarea":
      return <textarea {...control} class="input" value={current} onInput={(event) => onChange(event.currentTarget.value)} />;
    case "choice":
      if (field.source) return <Listed field={field} value={current} control={control} onChange={onChange} />;
      return (
        <select {...control} class="input" value={current} onChange={(event) => onChange(event.currentTarget.value)}>
          {!field.required && <option value="">{t("value.none")}</option>}
          {field.required && current === "" && <option value="" disabled>{t("field.choose")}</option>}
          {field.options?.map((option) => <option key={option.value} value={option.value}>{choiceText(option)}</option>)}
        </select>
      );
    case "several":
      return <Several field={field} value={(value ?? []) as string[]} control={control} onChange={onChange} />;
    case "country":
      return <Country value={current} control={control} onChange={onChange} />;
    case "reference":
      return <Reference field={field} value={current} control={control} onChange={onChange} />;
    case "decimal":
    case "integer":
      return (
        <input {...control} class="input figure" type="text" inputMode={field.type === "decimal" ? "decimal" : "numeric"} value={current} onInput={(event) => onChange(event.currentTarget.value)} />
      );
    default:
      return <Input {...control} kind={INPUT_KINDS[field.type] ?? "text"} value={current} onInput={(event) => onChange(event.currentTarget.value)} />;
  }
}

/** A country is searched by its name or its code; the form keeps the code. */
export function Country({ value, control, onChange }: Omit<ControlOfField, "field"> & { value: string }) {
  const { "aria-label": label, ...others } = control;
  return (
    <Combobox
      {...others} label={label} value={countryOption(value)} placeholder={t("field.search_country")} opensAtOnce
      search={(text) => Promise.resolve(findCountries(text))} onChange={(option) => onChange(option?.id ?? "")}
    />
  );
}

/** What can be typed to find one of a kind. */
const PLACEHOLDERS: Readonly<Record<string, MessageKey>> = { customer: "search.customer", variant: "stock.sku_placeholder" };

/** Shows the title of what was chosen; the form keeps its id. */
function Reference({ field, value, control, onChange }: ControlOfField & { value: string }) {
  const [chosen, setChosen] = useState<Option | null>(null);
  const shown = chosen?.id === value ? chosen : value ? { id: value, title: value } : null;
  const { "aria-label": label, ...others } = control;
  return (
    <Combobox
      {...others} label={label} value={shown} placeholder={t(PLACEHOLDERS[field.kind ?? ""] ?? "search.placeholder")}
      search={(text, abort) => searchDocuments(text, abort, field.kind)}
      onChange={(option) => {
        setChosen(option);
        onChange(option?.id ?? "");
      }}
    />
  );
}

/** One row of a short list of the API; one that is chosen but no longer listed stays, by its id. */
function Listed({ field, value, control, onChange }: ControlOfField & { value: string }) {
  const { data } = useResource<{ items: { id: string; name: string; name_en?: string }[] }>(field.source ?? null);
  const rows = data?.items ?? [];
  return (
    <select {...control} class="input" value={value} onChange={(event) => onChange(event.currentTarget.value)}>
      <option value="">{t("value.none")}</option>
      {value && !rows.some((row) => row.id === value) && <option value={value}>{value}</option>}
      {rows.map((row) => <option key={row.id} value={row.id}>{language.value === "en" ? row.name_en || row.name : row.name}</option>)}
    </select>
  );
}

interface SeveralProps {
  field: FormField;
  value: readonly string[];
  control: ControlOfField["control"];
  onChange: (value: string[]) => void;
}

/** Ticks some of its options, or rows of a short list of the API; one that is chosen but no longer listed stays, by its id. */
function Several({ field, value, control, onChange }: SeveralProps) {
  const { data } = useResource<{ items: { id: string; name: string }[] }>(field.source ?? null);
  const rows = [...(field.options ?? []).map((each) => ({ id: each.value, name: choiceText(each) })), ...(data?.items ?? [])];
  const gone = value.filter((id) => !rows.some((row) => row.id === id)).map((id) => ({ id, name: id }));
  if (data && rows.length + gone.length === 0) return <p class="muted small">{t("list.none")}</p>;
  return (
    <div id={control.id} role="group" aria-label={t(field.label)} aria-describedby={control["aria-describedby"]} class="line wrap several">
      {[...rows, ...gone].map((row) => (
        <label key={row.id} class="line">
          <input type="checkbox" checked={value.includes(row.id)} onChange={(event) => onChange(event.currentTarget.checked ? [...value, row.id] : value.filter((id) => id !== row.id))} />
          {row.name}
        </label>
      ))}
    </div>
  );
}

interface LinesEditorProps {
  field: FormField;
  lines: Line[];
  problems: Problems;
  onChange: (lines: Line[]) => void;
}

/** Lines with many fields, one group each. */
function StackedLines({ field, lines, problems, onChange }: LinesEditorProps) {
  const set = (index: number, key: string, value: unknown) =>
    onChange(lines.map((line, at) => (at === index ? { ...line, [key]: value } : line)));
  return (
    <fieldset class="field full">
      <legend class="label">{t(field.label)}</legend>
      <div class="stacked">
        {lines.map((line, index) => (
          <div key={index} class="fields">
            {field.fields?.map((each) => (
              <Field key={each.key} label={t(each.label)} problem={problems[`${field.key}.${index}.${each.key}`]} required={each.required}>
                {(control) => <Control field={each} value={line[each.key]} control={control} onChange={(value) => set(index, each.key, value)} />}
              </Field>
            ))}
            <RemoveLine index={index} onRemove={() => onChange(lines.filter((_, at) => at !== index))} />
          </div>
        ))}
      </div>
      <div><button type="button" class="button small" onClick={() => onChange([...lines, newLine(field)])}><Icon name="plus" size={12} />{t("field.add_line")}</button></div>
    </fieldset>
  );
}

function LinesEditor({ field, lines, problems, onChange }: LinesEditorProps) {
  const fields = field.fields ?? [];
  const set = (index: number, key: string, value: unknown) =>
    onChange(lines.map((line, at) => (at === index ? { ...line, [key]: value } : line)));
  return (
    <fieldset class="field full">
      <legend class="label">{t(field.label)}</legend>
      <table class="table lines-editor">
        <thead>
          <tr>
            {fields.map((each) => <th key={each.key} scope="col">{t(each.label)}</th>)}
            <th scope="col"><span class="visually-hidden">{t("action.remove")}</span></th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line, index) => (
            <tr key={index}>
              {fields.map((each) => {
                const problem = problems[`${field.key}.${index}.${each.key}`];
                const control = { "aria-label": `${t(each.label)} ${index + 1}`, "aria-invalid": problem ? true : undefined };
                return (
                  <td key={each.key} class="labelled" data-label={t(each.label)}>
                    <Control field={each} value={line[each.key]} control={control} onChange={(value) => set(index, each.key, value)} />
                    {problem && <div class="problem small">{problem}</div>}
                  </td>
                );
              })}
              <td>
                <RemoveLine index={index} onRemove={() => onChange(lines.filter((_, at) => at !== index))} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {problems[field.key] && <div class="problem" role="alert">{problems[field.key]}</div>}
      <div><button type="button" class="button small" onClick={() => onChange([...lines, newLine(field)])}><Icon name="plus" size={12} />{t("field.add_line")}</button></div>
    </fieldset>
  );
}

/** Takes one line out of a table of lines. */
export function RemoveLine({ index, onRemove }: { index: number; onRemove: () => void }) {
  return (
    <button type="button" class="button quiet icon-only" aria-label={t("field.remove_line", { number: index + 1 })} onClick={onRemove}>
      <Icon name="close" />
    </button>
  );
}
