/** Names of the few things that rows tell by id, channels and warehouses: read at sign-in, kept true by the changes feed. */
import { effect, signal, type Signal } from "@preact/signals";
import { onChanges } from "../changes";
import { session } from "../session";
import { allPages } from "./pages";

type Names = Readonly<Record<string, string>>;

/** A name that cannot be read leaves the id standing, so a failure here hides nothing. */
async function load(path: string, names: Signal<Names>): Promise<void> {
  const rows = await allPages(path, {}).catch(() => []);
  names.value = Object.fromEntries(rows.map((row) => [row.id, String(row.name)]));
}

function directory(path: string, kind: string): Signal<Names> {
  const names = signal<Names>({});
  effect(() => {
    if (session.value) void load(path, names);
    else names.value = {};
  });
  onChanges([kind], () => void load(path, names));
  return names;
}

export const channelNames = directory("/api/channels/connections", "connection");
export const warehouseNames = directory("/api/stock/warehouses", "warehouse");
