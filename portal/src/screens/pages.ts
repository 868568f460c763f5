/** The pages of a cursor list, grown one by one, kept true by the changes feed without losing the place. */
import { useEffect, useRef, useState } from "preact/hooks";
import { api, withQuery } from "../api";
import { onChanges } from "../changes";
import { toastError } from "../design/toast";
import type { Item } from "./columns";

export interface Page {
  items: Item[];
  cursor: string | null;
  count?: number;
  /** How many rows the API read to find these; with filters it stops at a thousand and answers a cursor. */
  looked_at?: number;
}

export interface Pages {
  items: readonly Item[];
  count: number | undefined;
  hasMore: boolean;
  loading: boolean;
  error: unknown;
  more: () => Promise<void>;
  refetch: () => Promise<void>;
}

const PAGE_SIZE = 50;
const EXPORT_PAGE_SIZE = 100;

interface State extends Page {
  address: string;
  firstSize: number;
  loading: boolean;
  error: unknown;
}

const NOTHING = { items: [], cursor: null, count: undefined, firstSize: 0, error: undefined };

/** The first page again over what is shown: new rows appear, changed rows change, later pages stay. */
function refreshed(before: State, page: Page): State {
  const fresh = new Set(page.items.map((item) => item.id));
  const later = before.items.slice(before.firstSize).filter((item) => !fresh.has(item.id));
  const hadOnePage = before.items.length <= before.firstSize;
  return {
    ...before,
    items: [...page.items, ...later],
    cursor: hadOnePage ? page.cursor : before.cursor,
    count: page.count,
    firstSize: page.items.length,
    loading: false,
    error: undefined,
  };
}

export function usePages(path: string, query: Record<string, string>, kinds: readonly string[]): Pages {
  const address = withQuery(path, { ...query, limit: PAGE_SIZE });
  const [state, setState] = useState<State>({ ...NOTHING, address, loading: true });
  const current = useRef(address);
  current.current = address;

  async function first(abort?: AbortSignal): Promise<void> {
    try {
      const { body } = await api.get<Page>(address, { signal: abort });
      if (current.current === address) setState((before) => refreshed(before.address === address ? before : { ...NOTHING, address, loading: true }, body));
    } catch (error) {
      if (!abort?.aborted) setState((before) => ({ ...before, address, loading: false, error }));
    }
  }

  async function more(): Promise<void> {
    if (!state.cursor || state.loading) return;
    setState((before) => ({ ...before, loading: true }));
    try {
      const { body } = await api.get<Page>(address, { query: { cursor: state.cursor } });
      if (current.current !== address) return;
      setState((before) => ({ ...before, items: [...before.items, ...body.items], cursor: body.cursor, loading: false }));
    } catch (error) {
      toastError(error);
      setState((before) => ({ ...before, loading: false }));
    }
  }

  useEffect(() => {
    const abort = new AbortController();
    if (state.address !== address) setState({ ...NOTHING, address, loading: true });
    void first(abort.signal);
    const stop = onChanges(kinds, () => void first(abort.signal));
    return () => {
      abort.abort();
      stop();
    };
  }, [address]);

  return { ...state, count: state.count, hasMore: state.cursor !== null, more, refetch: () => first() };
}

/** Every row of a list, page after page, for the export of a view. */
export async function allPages(path: string, query: Record<string, string>): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const page: Page = (await api.get<Page>(path, { query: { ...query, limit: EXPORT_PAGE_SIZE, cursor } })).body;
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor);
  return items;
}
