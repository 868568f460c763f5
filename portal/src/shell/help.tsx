/** `?`: the keys that work on this page, from the declarations themselves. */
import { signal } from "@preact/signals";
import { Dialog } from "../design/overlay";
import { t } from "../i18n";
import { commands } from "../keyboard";

export const helpOpen = signal(false);

const isMac = navigator.platform.startsWith("Mac");

export function keyNames(keys: string): string[] {
  return keys.split(/[ +]/).map((key) => {
    if (key === "mod") return isMac ? "⌘" : "Ctrl";
    if (key === "shift") return "⇧";
    return key.length === 1 ? key.toUpperCase() : key;
  });
}

export function Help() {
  if (!helpOpen.value) return null;
  const shown = new Map(commands.value.map((command) => [command.keys, command]));
  return (
    <Dialog title={t("key.title")} onClose={() => { helpOpen.value = false; }}>
      <dl class="key-value keys">
        {[...shown.values()].map((command) => [
          <dt key={`${command.keys} keys`} class="line">{keyNames(command.keys).map((name) => <kbd key={name} class="key">{name}</kbd>)}</dt>,
          <dd key={command.keys}>{t(command.label)}</dd>,
        ])}
      </dl>
    </Dialog>
  );
}
