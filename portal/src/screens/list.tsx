/** The list of any declared entity: views, filters, columns, selection with bulk actions, export; all of it in the address. */
import { useEffect, useRef, useState } from "preact/hooks";
import { countryName, findCountries } from "../countries";
import { download, toCsv } from "../csv";
import { Empty, Problem, Skeleton } from "../design/feedback";
import { FilterChips, type Filter } from "../design/filters";
import { Icon } from "../design/icons";
import { Dialog, Popover } from "../design/overlay";
import { CsvButton, Pager, Tabs } from "../design/tabs";
import { Table, type Sort } from "../design/table";
import { toast } from "../design/toast";
import { Count } from "../design/values";
import { allows, choiceText, documentHref, searchDocuments, type AnyEntity, type FilterDeclaration } from "../entities";
import { codeText, t } from "../i18n";
import { useKeys } from "../keyboard";
import { stored } from "../preferences";
import { place, setQuery } from "../router";
import { may, session } from "../session";
import { openPalette } from "../shell/palette";
import { startAction } from "./actions";
import { plainValue, tableColumns, type Item } from "./columns";
import { allPages, usePages, type Pages } from "./pages";

interface OwnView {
  name: string;
  query: Record<string, string>;
}

export function filterOf(declared: FilterDeclaration, entity: AnyEntity): Filter {
  switch (declared.type) {
    case "state": {
      const options = Object.entries(entity.states ?? {}).map(([value, state]) => ({ value, label: t(state.label) }));
      return { key: declared.key, label: t("attribute.state"), type: "choice", options };
    }
    case "choice":
      return { ...declared, label: t(declared.label), options: declared.options.map((each) => ({ value: each.value, label: choiceText(each) })) };
    case "names": {
      const options = Object.entries(declared.names()).map(([value, label]) => ({ value, label }));
      return { key: declared.key, label: t(declared.label), type: "choice", options };
    }
    case "reference":
      return { key: declared.key, label: t(declared.label), type: "reference", search: (text, abort) => searchDocuments(text, abort, declared.kind) };
    case "country":
      return {
        key: declared.key, label: t(declared.label), type: "reference", titleOf: countryName, placeholder: t("field.search_country"),
        search: (text) => Promise.resolve(findCountries(text)),
      };
    default:
      return { key: declared.key, label: t(declared.label), type: declared.type };
  }
}

function isOffered(each: { everywhere?: boolean }): boolean {
  return !each.everywhere || !session.value?.user.warehouse_ids.length;
}

function sameQuery(one: Record<string, string>, other: Record<string, string>): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => one[name] === other[name]);
}

/** The order of the address (`order=-placed_at`); without one the API's own, newest first. */
function sortOf(query: Record<string, string>): Sort | undefined {
  const order = query.order;
  if (!order) return undefined;
  return { by: order.replace(/^-/, ""), descending: order.startsWith("-") };
}

function hiddenColumns(entity: AnyEntity) {
  return stored<string[]>(`columns.${entity.kind}`, entity.columns.filter((each) => each.optional).map((each) => each.key));
}

export function ListScreen({ entity }: { entity: AnyEntity }) {
  const query = Object.fromEntries(place.value.query);
  const sort = sortOf(query);
  const pages = usePages(entity.path, query, [entity.kind, ...(entity.follows ?? [])]);
  const hidden = hiddenColumns(entity);
  const columns = entity.columns.filter((each) => !hidden.value.includes(each.key));
  const [selection, setSelection] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => setSelection(new Set()), [place.value.path, JSON.stringify(query)]);

  async function exportView(): Promise<void> {
    const rows = await allPages(entity.path, query);
    const header = columns.map((each) => t(each.label));
    download(`${entity.kind}.csv`, toCsv(header, rows.map((row) => columns.map((each) => plainValue(each, row)))));
  }

  return (
    <div class="list-page">
      <div class="page-header">
        <h1 class="line">{t(entity.plural)}{pages.count !== undefined && <Count value={pages.count} />}</h1>
        {entity.ways?.filter((way) => may(way.permission)).map((way) => <a key={way.href} class="button quiet" href={way.href}>{t(way.label)}</a>)}
        <ColumnChooser entity={entity} />
        <CsvButton onExport={exportView} />
        {entity.create && may(entity.create.permission) && (
          <a class="button primary" href={`${entity.route}/new`}><Icon name="plus" />{t(entity.create.label)}</a>
        )}
      </div>
      {entity.notice?.()}
      <Views entity={entity} query={query} />
      <Filters entity={entity} />
      <ListBody entity={entity} pages={pages} query={query} sort={sort} columns={columns} selection={selection} onSelect={setSelection} />
      <BulkBar entity={entity} items={pages.items.filter((item) => selection.has(item.id))} onDone={() => { setSelection(new Set()); void pages.refetch(); }} />
      {pages.items.length > 0 && <Pager shown={pages.items.length} count={pages.count} hasMore={pages.hasMore} loading={pages.loading} onMore={pages.more} />}
    </div>
  );
}

interface ListBodyProps {
  entity: AnyEntity;
  pages: Pages;
  query: Record<string, string>;
  sort: Sort | undefined;
  columns: AnyEntity["columns"];
  selection: ReadonlySet<string>;
  onSelect: (selection: ReadonlySet<string>) => void;
}

function ListBody({ entity, pages, query, sort, columns, selection, onSelect }: ListBodyProps) {
  if (pages.items.length > 0) {
    return (
      <Table
        label={t(entity.plural)} rows={pages.items} columns={tableColumns(columns, entity)} rowId={(row) => row.id} rowName={entity.title}
        href={(row) => documentHref(entity.kind, row.id) ?? "#"} sort={sort} keyboard
        onSort={(next) => setQuery({ order: `${next.descending ? "-" : ""}${next.by}` })}
        selection={entity.actions?.some((action) => action.bulk) ? selection : undefined} onSelect={onSelect}
      />
    );
  }
  if (pages.error) return <div class="grow"><Problem error={pages.error} retry={pages.refetch} /></div>;
  if (pages.loading && !pages.hasMore) return <div class="card-body grow"><Skeleton lines={12} /></div>;
  if (pages.hasMore) {
    return (
      <div class="grow">
        <Empty icon="search" title={t("list.nothing_yet_title")} text={t("list.nothing_yet_text")}>
          <button type="button" class="button primary" disabled={pages.loading} onClick={pages.more}>{t("list.look_further")}</button>
        </Empty>
      </div>
    );
  }
  const isFiltered = Object.keys(query).some((name) => name !== "order");
  return (
    <div class="grow">
      {isFiltered ? (
        <Empty icon="search" title={t("list.nothing_title")} text={t("list.nothing_text")}>
          <a class="button" href={entity.route}>{t("list.clear_filters")}</a>
        </Empty>
      ) : (
        <Empty icon={entity.icon} title={t(entity.empty.title)} text={t(entity.empty.text)}>
          {entity.create && may(entity.create.permission) && <a class="button primary" href={`${entity.route}/new`}>{t(entity.create.label)}</a>}
        </Empty>
      )}
    </div>
  );
}

function Views({ entity, query }: { entity: AnyEntity; query: Record<string, string> }) {
  const own = stored<OwnView[]>(`views.${entity.kind}`, []);
  const [naming, setNaming] = useState(false);
  const { order: _, ...filters } = query;
  const declared = (entity.views ?? []).filter(isOffered).map((view) => ({ id: view.id, label: t(view.label), query: { ...view.query } }));
  const everything = { id: "all", label: t("list.all"), query: {} };
  const views = [everything, ...declared, ...own.value.map((view) => ({ id: `own ${view.name}`, label: view.name, query: view.query }))];
  const current = views.find((view) => sameQuery(view.query, filters));
  function removeView(name: string): void {
    const before = own.value;
    own.value = before.filter((view) => view.name !== name);
    toast(t("list.view_removed", { name }), () => { own.value = before; });
  }
  const tabs = views.map((view) => {
    const search = new URLSearchParams(view.query).toString();
    return { id: view.id, label: view.label, href: search ? `${entity.route}?${search}` : entity.route };
  });
  if (views.length === 1 && current) return null;
  return (
    <>
      <div class="tabs-line">
        <Tabs label={t("list.views")} tabs={tabs} current={current?.id ?? ""} />
        {!current && <button type="button" class="button quiet small" onClick={() => setNaming(true)}><Icon name="bookmark" size={14} />{t("list.save_view")}</button>}
        {current?.id.startsWith("own ") && (
          <button type="button" class="button quiet small" onClick={() => removeView(current.label)}>
            {t("list.remove_view")}
          </button>
        )}
      </div>
      {naming && <NameView onClose={() => setNaming(false)} onName={(name) => { own.value = [...own.value.filter((view) => view.name !== name), { name, query: filters }]; }} />}
    </>
  );
}

function NameView({ onClose, onName }: { onClose: () => void; onName: (name: string) => void }) {
  const input = useRef<HTMLInputElement>(null);
  function submit(event: Event): void {
    event.preventDefault();
    const name = input.current?.value.trim();
    if (!name) return;
    onName(name);
    onClose();
  }
  return (
    <Dialog title={t("list.save_view")} onClose={onClose} footer={<button type="submit" form="name-view" class="button primary">{t("action.save")}</button>}>
      <form id="name-view" class="field" onSubmit={submit}>
        <label for="view-name">{t("attribute.name")}</label>
        <input ref={input} id="view-name" class="input" required maxLength={40} autofocus />
      </form>
    </Dialog>
  );
}

const TYPING_MS = 250;

function Filters({ entity }: { entity: AnyEntity }) {
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const q = place.value.query.get("q") ?? "";
  const focusSearch = () => (input.current ? input.current.focus() : openPalette());
  useKeys([{ keys: "/", label: "key.search_list", run: focusSearch }]);
  function onInput(text: string): void {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setQuery({ q: text.trim() || null }), TYPING_MS);
  }
  const filters = (entity.filters ?? []).filter(isOffered).map((each) => filterOf(each, entity));
  if (filters.length === 0 && !entity.searchable) return null;
  const label = t("list.search", { name: t(entity.plural).toLowerCase() });
  return (
    <div class="filters">
      {entity.searchable && (
        <input ref={input} type="search" class="input" placeholder={label} aria-label={label} value={q} onInput={(event) => onInput(event.currentTarget.value)} />
      )}
      <FilterChips filters={filters} query={place.value.query} onChange={setQuery} />
    </div>
  );
}

function ColumnChooser({ entity }: { entity: AnyEntity }) {
  const hidden = hiddenColumns(entity);
  const toggle = (key: string) => {
    hidden.value = hidden.value.includes(key) ? hidden.value.filter((each) => each !== key) : [...hidden.value, key];
  };
  return (
    <Popover button={<Icon name="columns" />} buttonClass="button quiet icon-only" buttonLabel={t("list.columns")} className="padded">
      {() => (
        <fieldset class="field">
          <legend class="label">{t("list.columns")}</legend>
          {entity.columns.map((column) => (
            <label key={column.key} class="line">
              <input type="checkbox" checked={!hidden.value.includes(column.key)} disabled={column.primary} onChange={() => toggle(column.key)} />
              {t(column.label)}
            </label>
          ))}
        </fieldset>
      )}
    </Popover>
  );
}

/** The actions every selected row allows by its state. */
function BulkBar({ entity, items, onDone }: { entity: AnyEntity; items: readonly Item[]; onDone: () => void }) {
  if (items.length === 0) return null;
  const allowed = (entity.actions ?? []).filter(
    (action) => action.bulk && may(action.permission) && items.every((item) => allows(entity, action, item)),
  );
  const states = [...new Set(items.map((item) => entity.state?.(item)).filter((state) => state !== undefined))];
  return (
    <div class="bulk" role="region" aria-label={t("list.bulk")}>
      <span class="figure">{t("list.selected", { count: items.length })}</span>
      {allowed.map((action) => (
        <button key={action.name} type="button" class={`button ${action.danger ? "danger" : ""}`} onClick={() => startAction({ entity, action, items, onDone })}>
          {action.icon && <Icon name={action.icon} />}{t(action.label)}
        </button>
      ))}
      {allowed.length === 0 && <span class="muted">{t("list.no_common_action", { states: states.map((state) => codeText("state", state)).join(", ") })}</span>}
      <button type="button" class="button quiet icon-only" aria-label={t("list.clear_selection")} onClick={onDone}><Icon name="close" /></button>
    </div>
  );
}
