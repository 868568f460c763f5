/**
 * What a domain declares about its entities. `ListScreen`, `DocumentScreen` and `CreateScreen` draw every entity from
 * this alone; a domain writes a screen by hand only where the work deserves one.
 */
import { signal } from "@preact/signals";
import type { ComponentChild } from "preact";
import { api, type Answer } from "./api";
import type { Found } from "./api_types";
import type { IconName } from "./design/icons";
import type { Tone } from "./design/values";
import { t, type MessageKey } from "./i18n";

/** What every list item and document carries; `version` moves with each change. */
export interface Row {
  id: string;
  version?: number;
  /** In a document: the commands its state allows, as the API's transition table says. */
  allowed_actions?: readonly string[];
}

export type ColumnType =
  | "text" | "code" | "money" | "unit_price" | "quantity" | "count" | "percent" | "date" | "instant" | "state" | "boolean" | "tags" | "country";

export interface Column<T extends Row> {
  key: keyof T & string;
  label: MessageKey;
  type: ColumnType;
  /** The order the API's list offers for it. */
  sort?: string;
  /** The link of the row, and the heading of its card on a phone: exactly one column. */
  primary?: boolean;
  /** On a phone the label stands before the value. */
  labelled?: boolean;
  /** A long text takes several lines, so that it pushes no figure out of sight; for lines of a document, not for lists. */
  wraps?: boolean;
  /** Not shown until the user chooses it. */
  optional?: boolean;
  /** The field that holds the currency (money) or the unit code (quantity) of this column. */
  currency?: keyof T & string;
  unit?: keyof T & string;
  /** The address that explains this figure. */
  explain?: (row: T) => string;
  /** Replaces the drawing by type; the CSV still writes the field. */
  render?: (row: T) => ComponentChild;
}

/** What asks about all warehouses together is not offered to who is limited to some: the API refuses it to them. */
interface Reach {
  everywhere?: boolean;
}

export type FilterDeclaration = Reach & (
  | { key: string; type: "state" }
  | { key: string; label: MessageKey; type: "text" | "boolean" | "country" }
  /** The days the list is cut by: `from` and `to`. */
  | { key: "dates"; label: MessageKey; type: "dates" }
  | { key: string; label: MessageKey; type: "choice"; options: readonly Choice[] }
  /** Choices that are the tenant's own, such as its channels. */
  | { key: string; label: MessageKey; type: "names"; names: () => Readonly<Record<string, string>> }
  /** Searches documents of another kind. */
  | { key: string; label: MessageKey; type: "reference"; kind: string });

export interface Choice {
  value: string;
  label?: MessageKey;
  /** Instead of a label, when the words are the tenant's own. */
  text?: string;
}

export function choiceText(choice: Choice): string {
  return choice.text ?? (choice.label ? t(choice.label) : choice.value);
}

/** A view every user has; theirs are kept beside it. */
export interface SavedView extends Reach {
  id: string;
  label: MessageKey;
  query: Readonly<Record<string, string>>;
}

export interface StateDeclaration {
  label: MessageKey;
  tone: Tone;
}

/** The states of what is either in use or put away (`is_active`). */
export const ACTIVE_STATES: Readonly<Record<string, StateDeclaration>> = {
  true: { label: "state.active", tone: "good" },
  false: { label: "state.archived", tone: "quiet" },
};

export interface FormField {
  /** As in the body; a dotted key (`billing_address.city`) reaches into it. */
  key: string;
  label: MessageKey;
  /** Begins a group of fields. */
  heading?: MessageKey;
  type: "text" | "textarea" | "email" | "password" | "decimal" | "integer" | "date" | "boolean" | "choice" | "country" | "reference" | "tags" | "several" | "lines";
  required?: boolean;
  help?: MessageKey;
  /** Takes the whole width. */
  full?: boolean;
  options?: readonly Choice[];
  /** The short list of the API whose rows a `choice` offers or `several` ticks, after its `options`; the value sent is their ids. */
  source?: string;
  /** The kind a reference searches; the value sent is its id. */
  kind?: string;
  /** Each line is a group of fields instead of a row: for lines with many of them. */
  stacked?: boolean;
  /** The fields of one line. */
  fields?: readonly FormField[];
  initial?: unknown;
  /** What the body says when nothing is chosen; null if not told. */
  empty?: string;
}

/** The command that takes another back. */
export interface Undo<T extends Row> {
  name: string;
  /** Its body, from the document as it was before. */
  body?: (before: T) => Record<string, unknown>;
  /** Where it leads back to where one came from; absent: always. */
  when?: (before: T) => boolean;
}

/** A command of the API: `POST path/{id}/{name}`. */
export type Action<T extends Row> = Command<T> & Prudent<T>;

/** What touches many documents or destroys something can be taken back, or says beforehand what it will do. */
type Prudent<T extends Row> =
  | { bulk?: false; danger?: false }
  | { bulk?: false; open: NonNullable<Command<T>["open"]> }
  | { undo: Undo<T> }
  | { confirm: MessageKey }
  | { confirmMany: MessageKey }
  | { form: readonly FormField[] };

interface Command<T extends Row> {
  name: string;
  label: MessageKey;
  /** States it starts from (the transition table); absent: always offered. */
  from?: readonly string[];
  /** Further condition on the document. */
  when?: (document: T) => boolean;
  permission?: string;
  icon?: IconName;
  /** The first offered primary action is the one primary button. */
  primary?: boolean;
  /** Also offered for a selection in the list. */
  bulk?: boolean;
  danger?: boolean;
  /** Asked before. */
  confirm?: MessageKey;
  /** Asked before it is run on several documents. */
  confirmMany?: MessageKey;
  /** Fields of the command's body. */
  form?: readonly FormField[];
  /** Offered in the toast. */
  undo?: Undo<T>;
  /** For one document: opens a dialog of its own instead of running at once. */
  open?: (document: T, onDone: (answer: Answer<T> | null) => void) => void;
}

export interface LinkedDocument {
  kind: string;
  id: string;
  title: string;
  state?: string;
}

export type Section<T extends Row> = SectionContent<T> & {
  /** Absent while there is nothing to show. */
  when?: (document: T) => boolean;
};

type SectionContent<T extends Row> =
  | { title: MessageKey; type: "facts"; facts: readonly Column<T>[]; side?: boolean }
  | { title: MessageKey; type: "lines"; key: keyof T & string; columns: readonly Column<Row & Record<string, unknown>>[]; footer?: (document: T) => ComponentChild }
  /** Another list of the API that belongs to this document, for example `${path}/deliveries`. */
  | { title: MessageKey; type: "list"; path: (document: T) => string; columns: readonly Column<Row & Record<string, unknown>>[]; kinds: readonly string[]; href?: (row: Row & Record<string, unknown>) => string }
  | { title: MessageKey; type: "custom"; draw: (document: T) => ComponentChild; side?: boolean; bare?: boolean };

export interface Entity<T extends Row> {
  /** As the API names it in the changes feed and in search. */
  kind: string;
  /** The collection, `/api/sales/orders`. */
  path: string;
  /** Its pages, `/orders`. */
  route: string;
  icon: IconName;
  /** Plural and singular. */
  plural: MessageKey;
  singular: MessageKey;
  title: (row: T) => string;
  state?: (row: T) => string;
  states?: Readonly<Record<string, StateDeclaration>>;
  columns: readonly Column<T>[];
  filters?: readonly FilterDeclaration[];
  views?: readonly SavedView[];
  /** The list takes `q`; without it `/` opens the search of everything. */
  searchable?: boolean;
  /** Which other kinds of change make the list and the document stale. */
  follows?: readonly string[];
  actions?: readonly Action<T>[];
  party?: (document: T) => { title: string; href?: string } | null;
  total?: (document: T) => { amount: string; currency: string };
  sections?: readonly Section<T>[];
  linked?: (document: T) => readonly LinkedDocument[];
  /** Fields of a new document; absent: none is made by hand. */
  create?: { permission?: string; label: MessageKey; fields?: readonly FormField[]; screen?: () => ComponentChild };
  /** Fields that can be changed in place, by PUT with If-Match. */
  edit?: { permission?: string; fields: readonly FormField[]; when?: (document: T) => boolean };
  timeline?: boolean;
  /** Further ways from the head of its list. */
  ways?: readonly { label: MessageKey; href: string; permission?: string }[];
  /** What stands above its list, when there is something to say. */
  notice?: () => ComponentChild;
  /** A page of its own instead of `DocumentScreen`. */
  screen?: (parameters: { id: string }) => ComponentChild;
  empty: { title: MessageKey; text: MessageKey };
}

/** An entity whose row type is known only to its own declaration. */
export type AnyEntity = Entity<Row & Record<string, unknown>>;

const declarations = new Map<string, AnyEntity>();
const entities = signal<ReadonlyMap<string, AnyEntity>>(new Map());

/** Declares an entity; once published its list, documents, search results and links have pages. */
export function defineEntity<T extends Row>(entity: Entity<T>): AnyEntity {
  const declared = entity as unknown as AnyEntity;
  declarations.set(declared.kind, declared);
  return declared;
}

/** What is declared by now is shown from now on: said when the words that the declarations name are here. */
export function publishEntities(): void {
  entities.value = new Map(declarations);
}

export function allEntities(): AnyEntity[] {
  return [...entities.value.values()];
}

export function entityOf(kind: string): AnyEntity | undefined {
  return entities.value.get(kind);
}

export function documentHref(kind: string, id: string): string | undefined {
  const entity = entities.value.get(kind);
  return entity && `${entity.route}/${encodeURIComponent(id)}`;
}

/** The search of the whole tenant, or of one kind: number, SKU, GTIN, e-mail, name. */
export async function searchDocuments(q: string, abort: AbortSignal, kind?: string): Promise<Found[]> {
  const answer = await api.get<{ items: Found[] }>("/api/search", { query: { q, kind }, signal: abort });
  return kind ? answer.body.items.filter((each) => each.kind === kind) : answer.body.items;
}

/** Whether the document's state allows an action: the API's own word where it gives one, else the declared states. */
export function allows<T extends Row>(entity: Entity<T>, action: Action<T>, document: T): boolean {
  if (document.allowed_actions) return document.allowed_actions.includes(action.name) || !action.from;
  return !action.from || action.from.includes(entity.state?.(document) ?? "");
}

/** The actions a document offers now, in the order declared. */
export function offeredActions<T extends Row>(entity: Entity<T>, document: T, may: (permission?: string) => boolean): Action<T>[] {
  return (entity.actions ?? []).filter(
    (action) => may(action.permission) && allows(entity, action, document) && (action.when?.(document) ?? true),
  );
}
