/** Data of a GET, kept by address: shown at once when known, fetched again when the changes feed names its kind. */
import { useEffect, useState } from "preact/hooks";
import { api, type Answer } from "./api";
import { onChanges } from "./changes";

export interface Resource<T> {
  data: T | undefined;
  etag: string | null;
  error: unknown;
  /** True until the first answer; a refetch in the background keeps showing what is known. */
  loading: boolean;
  refetch: () => Promise<void>;
  /** Shows an answer already in hand (of an action or a save) without asking again. */
  replace: (answer: Answer<T>) => void;
}

const KEPT = 60;
const known = new Map<string, Answer<unknown>>();

function keep(address: string, answer: Answer<unknown>): void {
  known.delete(address);
  known.set(address, answer);
  if (known.size > KEPT) known.delete(known.keys().next().value as string);
}

export function forgetResources(): void {
  known.clear();
}

interface State {
  address: string | null;
  answer: Answer<unknown> | undefined;
  error: unknown;
}

/**
 * The answer of `GET address` (null: nothing to fetch yet). `kinds` are the entity kinds whose changes make it stale;
 * `entityId` narrows that to one document.
 */
export function useResource<T>(address: string | null, kinds: readonly string[] = [], entityId?: string): Resource<T> {
  const [state, setState] = useState<State>({ address, answer: undefined, error: undefined });
  const isCurrent = state.address === address;
  const answer = (isCurrent ? state.answer : undefined) ?? (address ? known.get(address) : undefined);

  async function load(abort?: AbortSignal): Promise<void> {
    if (!address) return;
    try {
      const fresh = await api.get<T>(address, { signal: abort });
      keep(address, fresh);
      if (!abort?.aborted) setState({ address, answer: fresh, error: undefined });
    } catch (error) {
      if (!abort?.aborted) setState((before) => ({ address, answer: before.address === address ? before.answer : undefined, error }));
    }
  }

  useEffect(() => {
    const controller = new AbortController();
    void load(controller.signal);
    const stop = onChanges(kinds, (changes) => {
      if (!entityId || changes.some((change) => change.entity_id === entityId)) void load(controller.signal);
    });
    return () => {
      controller.abort();
      stop();
    };
  }, [address, kinds.join(), entityId]);

  return {
    data: answer?.body as T | undefined,
    etag: answer?.etag ?? null,
    error: isCurrent ? state.error : undefined,
    loading: address !== null && answer === undefined && !(isCurrent && state.error),
    refetch: () => load(),
    replace: (given) => {
      if (address) keep(address, given);
      setState({ address, answer: given, error: undefined });
    },
  };
}
