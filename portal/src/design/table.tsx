/** The one table: sticky header, sort, selection, keyboard, cards on a phone, and only the visible rows drawn when there are many. */
import type { ComponentChild, ComponentChildren, RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { useKeys } from "../keyboard";
import { navigate } from "../router";
import { Icon } from "./icons";

export interface TableColumn<T> {
  key: string;
  label: string;
  align?: "start" | "end";
  /** The order the API offers for this column; without it the header is no button. */
  sort?: string;
  /** Heads the card on a phone and carries the link of the row. */
  primary?: boolean;
  /** On a phone the value alone would not be understood: show the label before it. */
  labelled?: boolean;
  /** A long text takes several lines, so that it pushes no figure out of sight; for tables of a page, not for long lists. */
  wraps?: boolean;
  cell: (row: T) => ComponentChild;
}

export interface Sort {
  by: string;
  descending: boolean;
}

interface TableProps<T> {
  label: string;
  rows: readonly T[];
  columns: readonly TableColumn<T>[];
  rowId: (row: T) => string;
  rowName?: (row: T) => string;
  href?: (row: T) => string;
  sort?: Sort;
  onSort?: (sort: Sort) => void;
  selection?: ReadonlySet<string>;
  onSelect?: (selection: ReadonlySet<string>) => void;
  /** j, k, x and Enter belong to this table (one on a page). */
  keyboard?: boolean;
  footer?: ComponentChildren;
}

const DRAWN_WHOLE = 150;
const SPARE_ROWS = 12;

interface Window {
  first: number;
  last: number;
  rowHeight: number;
}

/** The slice of rows to draw for the scroll position; everything while the list is short. */
function useWindow(scroll: RefObject<HTMLDivElement | null>, count: number): Window {
  const [state, setState] = useState({ top: 0, height: 800, rowHeight: 40 });
  const isWindowed = count > DRAWN_WHOLE;
  useLayoutEffect(() => {
    const element = scroll.current;
    if (!element || !isWindowed) return;
    const read = () => {
      const row = element.querySelector<HTMLElement>("tr[data-row]");
      setState({ top: element.scrollTop, height: element.clientHeight, rowHeight: row?.offsetHeight || 40 });
    };
    read();
    element.addEventListener("scroll", read, { passive: true });
    const observer = new ResizeObserver(read);
    observer.observe(element);
    return () => {
      element.removeEventListener("scroll", read);
      observer.disconnect();
    };
  }, [isWindowed]);
  if (!isWindowed) return { first: 0, last: count, rowHeight: state.rowHeight };
  const first = Math.max(0, Math.min(Math.floor(state.top / state.rowHeight), count - 1) - SPARE_ROWS);
  const last = Math.min(count, first + Math.ceil(state.height / state.rowHeight) + 2 * SPARE_ROWS);
  return { first, last, rowHeight: state.rowHeight };
}

/** Row selection: one, a range with Shift from the last one picked, or all that are loaded. */
function useSelection<T>({ rows, rowId, selection, onSelect }: TableProps<T>) {
  const lastPicked = useRef(0);
  function pick(index: number, range: boolean): void {
    if (!onSelect) return;
    const next = new Set(selection);
    const on = !next.has(rowId(rows[index] as T));
    const [from, to] = range ? [Math.min(lastPicked.current, index), Math.max(lastPicked.current, index)] : [index, index];
    for (const row of rows.slice(from, to + 1)) {
      if (on || range) next.add(rowId(row));
      else next.delete(rowId(row));
    }
    lastPicked.current = index;
    onSelect(next);
  }
  const all = rows.length > 0 && rows.every((row) => selection?.has(rowId(row)));
  const pickAll = () => onSelect?.(all ? new Set() : new Set(rows.map(rowId)));
  return { pick, pickAll, all };
}

/** The link of the row, so that Enter follows it; a table without links has other things to reach. */
function focusRow(scroll: HTMLDivElement | null, index: number): void {
  const row = scroll?.querySelector<HTMLElement>(`tr[data-row="${index}"]`);
  const reached = row?.querySelector<HTMLElement>("a") ?? row?.querySelector<HTMLElement>("input, button");
  reached?.focus({ preventScroll: true });
  row?.scrollIntoView({ block: "nearest" });
}

export function Table<T>(props: TableProps<T>) {
  const { label, rows, columns, rowId, selection, keyboard = false } = props;
  const scroll = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(-1);
  const shown = useWindow(scroll, rows.length);
  const { pick, pickAll, all } = useSelection(props);

  function move(step: number): void {
    const next = Math.max(0, Math.min(rows.length - 1, active + step));
    const element = scroll.current;
    if (element && (next < shown.first || next >= shown.last)) element.scrollTop = next * shown.rowHeight;
    setActive(next);
  }
  // At once, not after the paint: a late focus would take a key held down back to the row before.
  useLayoutEffect(() => {
    if (active >= 0) focusRow(scroll.current, active);
  }, [active]);
  useKeys(keyboard ? [
    { keys: "j", label: "key.next_row", run: () => move(1) },
    { keys: "k", label: "key.previous_row", run: () => move(-1) },
    { keys: "x", label: "key.select_row", run: () => active >= 0 && pick(active, false) },
    { keys: "shift+x", label: "key.select_range", run: () => active >= 0 && pick(active, true) },
    { keys: "Enter", label: "key.open_row", run: () => openRow(props, rows[active]) },
  ] : []);

  const span = columns.length + (selection ? 1 : 0);
  const isWindowed = shown.last - shown.first < rows.length;
  return (
    <div class="table-scroll" ref={scroll}>
      <table class="table cards" role="table" aria-label={label} aria-rowcount={isWindowed ? rows.length + 1 : undefined}>
        <thead role="rowgroup">
          <tr role="row">
            {selection && (
              <th role="columnheader" scope="col" class="pick">
                <label><input type="checkbox" aria-label={t("list.select_all")} checked={all} indeterminate={!all && selection.size > 0} onChange={pickAll} /></label>
              </th>
            )}
            {columns.map((column) => <HeaderCell key={column.key} column={column} sort={props.sort} onSort={props.onSort} />)}
          </tr>
        </thead>
        <tbody role="rowgroup">
          <Spacer height={shown.first * shown.rowHeight} span={span} />
          {rows.slice(shown.first, shown.last).map((row, offset) => (
            <Row
              key={rowId(row)} table={props} row={row} index={shown.first + offset} windowed={isWindowed}
              active={shown.first + offset === active} onPick={pick} onFocus={setActive}
            />
          ))}
          <Spacer height={(rows.length - shown.last) * shown.rowHeight} span={span} />
        </tbody>
        {props.footer && <tfoot>{props.footer}</tfoot>}
      </table>
    </div>
  );
}

function openRow<T>({ href }: TableProps<T>, row: T | undefined): void {
  if (href && row) void navigate(href(row));
}

function Spacer({ height, span }: { height: number; span: number }) {
  if (height <= 0) return null;
  return <tr class="spacer" aria-hidden="true"><td colSpan={span} style={{ height: `${height}px` }} /></tr>;
}

function HeaderCell<T>({ column, sort, onSort }: { column: TableColumn<T>; sort: Sort | undefined; onSort: TableProps<T>["onSort"] }) {
  const by = column.sort;
  const isSorted = by !== undefined && sort?.by === by;
  const direction = isSorted ? (sort.descending ? "descending" : "ascending") : undefined;
  const className = column.align === "end" ? "end" : "";
  if (!by || !onSort) return <th role="columnheader" scope="col" class={className}>{column.label}</th>;
  return (
    <th role="columnheader" scope="col" class={className} aria-sort={direction}>
      <button type="button" onClick={() => onSort({ by, descending: isSorted ? !sort.descending : false })}>
        {column.label}
        {isSorted && <Icon name={sort.descending ? "arrow-down" : "arrow-up"} size={12} />}
      </button>
    </th>
  );
}

interface RowProps<T> {
  table: TableProps<T>;
  row: T;
  index: number;
  windowed: boolean;
  active: boolean;
  onPick: (index: number, range: boolean) => void;
  onFocus: (index: number) => void;
}

function Row<T>({ table, row, index, windowed, active, onPick, onFocus }: RowProps<T>) {
  const { columns, rowId, rowName, href, selection } = table;
  const id = rowId(row);
  const selected = selection?.has(id) ?? false;
  const names = [href && "opens", active && "active", selected && "selected", selection && "pickable"].filter(Boolean).join(" ");
  function onClick(event: MouseEvent): void {
    if ((event.target as Element).closest("a, button, input, label, [popover]") || getSelection()?.toString()) return;
    openRow(table, row);
  }
  return (
    <tr role="row" class={names} data-row={index} aria-rowindex={windowed ? index + 2 : undefined} onClick={onClick} onFocusIn={() => onFocus(index)}>
      {selection && (
        <td role="cell" class="pick">
          <label>
            <input
              type="checkbox" aria-label={t("list.select", { name: rowName?.(row) ?? id })} checked={selected}
              onClick={(event) => onPick(index, event.shiftKey)}
            />
          </label>
        </td>
      )}
      {columns.map((column) => {
        const content = column.cell(row);
        const className = [column.align === "end" && "end", column.primary && "primary", column.labelled && "labelled", column.wraps && "wraps"].filter(Boolean).join(" ");
        return (
          <td key={column.key} role="cell" class={className} data-label={column.labelled ? column.label : undefined}>
            {column.primary && href ? <a href={href(row)}>{content}</a> : content}
          </td>
        );
      })}
    </tr>
  );
}
