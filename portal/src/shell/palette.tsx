/** Ctrl/Cmd-K: pages, actions and documents by number, SKU, GTIN, e-mail or name, from one field. */
import { signal } from "@preact/signals";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { movedIndex, useSearch } from "../design/combobox";
import type { Found } from "../api_types";
import type { IconName } from "../design/icons";
import { Icon } from "../design/icons";
import { allEntities, documentHref, entityOf, searchDocuments } from "../entities";
import { foldText } from "../format";
import { codeText, t } from "../i18n";
import { NAVIGATION } from "../navigation";
import { density, theme } from "../preferences";
import { navigate } from "../router";
import { may, signOut } from "../session";

interface PaletteEntry {
  id: string;
  title: string;
  subtitle?: string;
  icon: IconName;
  run: () => void;
}

export const paletteOpen = signal(false);

export function openPalette(): void {
  paletteOpen.value = true;
}

function pages(): PaletteEntry[] {
  return NAVIGATION.filter((entry) => may(entry.permission)).map((entry) => ({
    id: `page ${entry.id}`,
    title: t(entry.label),
    subtitle: t("palette.page"),
    icon: entry.icon,
    run: () => void navigate(entry.href),
  }));
}

function actions(): PaletteEntry[] {
  const creations = allEntities().filter((entity) => entity.create && may(entity.create.permission)).map((entity) => ({
    id: `new ${entity.kind}`,
    title: t(entity.create?.label ?? entity.singular),
    icon: "plus" as const,
    run: () => void navigate(`${entity.route}/new`),
  }));
  const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
  const next = theme.value === "dark" || (theme.value === "system" && isDark) ? "light" : "dark";
  const own: PaletteEntry[] = [
    { id: "theme", title: t(next === "dark" ? "palette.dark" : "palette.light"), icon: "settings", run: () => { theme.value = next; } },
    {
      id: "density", title: t(density.value === "compact" ? "density.comfortable" : "density.compact"), icon: "settings",
      run: () => { density.value = density.value === "compact" ? "comfortable" : "compact"; },
    },
    { id: "sign-out", title: t("access.sign_out"), icon: "logout", run: () => void signOut() },
  ];
  return [...creations, ...own].map((entry) => ({ subtitle: t("palette.action"), ...entry }));
}

function found(items: readonly Found[]): PaletteEntry[] {
  return items.flatMap((item) => {
    const entity = entityOf(item.kind);
    const href = documentHref(item.kind, item.id);
    if (!entity || !href) return [];
    const declared = item.state ? entity.states?.[item.state] : undefined;
    const state = declared ? t(declared.label) : item.state && codeText("state", item.state);
    const subtitle = [item.subtitle, state, t(entity.singular)].filter(Boolean).join(" · ");
    return [{ id: `${item.kind} ${item.id}`, title: item.title, subtitle, icon: entity.icon, run: () => void navigate(href) }];
  });
}

export function Palette() {
  return paletteOpen.value ? <PaletteDialog /> : null;
}

function PaletteDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const listId = useId();
  const [text, setText] = useState("");
  const [index, setIndex] = useState(0);
  const { options, searching } = useSearch(text.trim(), text.trim().length >= 2, searchDocuments);
  useEffect(() => dialog.current?.showModal(), []);
  const own = [...pages(), ...actions()].filter((entry) => foldText(entry.title).includes(foldText(text.trim())));
  const entries = [...(text.trim().length >= 2 ? found(options as Found[]) : []), ...own];
  const close = () => {
    paletteOpen.value = false;
  };
  function choose(entry: PaletteEntry | undefined): void {
    if (!entry) return;
    close();
    entry.run();
  }
  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === "Enter") choose(entries[index]);
    const moved = event.key.startsWith("Arrow") ? movedIndex(event.key, index, entries.length) : null;
    if (moved === null) return;
    event.preventDefault();
    setIndex(moved);
    document.getElementById(`${listId}-${moved}`)?.scrollIntoView({ block: "nearest" });
  }
  return (
    <dialog ref={dialog} class="dialog palette" aria-label={t("palette.title")} onCancel={close} onMouseDown={(event) => event.target === dialog.current && close()}>
      <input
        type="text" role="combobox" autocomplete="off" placeholder={t("search.placeholder")} aria-label={t("palette.title")}
        aria-expanded="true" aria-controls={listId} aria-activedescendant={entries[index] ? `${listId}-${index}` : undefined}
        value={text} onKeyDown={onKeyDown} onInput={(event) => { setText(event.currentTarget.value); setIndex(0); }}
      />
      <div class="options" role="listbox" id={listId} aria-label={t("search.results")}>
        {entries.map((entry, at) => (
          <div
            key={entry.id} id={`${listId}-${at}`} role="option" class="option" aria-selected={at === index}
            onClick={() => choose(entry)} onMouseMove={() => setIndex(at)}
          >
            <Icon name={entry.icon} />
            <span class="ellipsis">{entry.title}</span>
            <span class="subtitle ellipsis">{entry.subtitle}</span>
          </div>
        ))}
        {entries.length === 0 && <div class="option muted" role="option" aria-selected={false} aria-disabled>{searching ? t("search.searching") : t("search.nothing")}</div>}
      </div>
    </dialog>
  );
}
