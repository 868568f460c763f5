/** The navigation drawn: a column that folds, a bar on phones, counts of what waits. */
import { useState } from "preact/hooks";
import { Icon, Logo } from "../design/icons";
import { Drawer } from "../design/overlay";
import { Count } from "../design/values";
import { t } from "../i18n";
import { entryOf, NAVIGATION, type NavigationEntry } from "../navigation";
import { navigationFolded } from "../preferences";
import { path } from "../router";
import { useWork } from "../screens/home/work";
import { may } from "../session";

function WaitingCount({ waiting }: { waiting: NonNullable<NavigationEntry["waiting"]> }) {
  const { data } = useWork();
  const count = data?.[waiting.count];
  return count ? <Count value={count} label={t(waiting.label)} /> : null;
}

function Entry({ entry, onClick, className }: { entry: NavigationEntry; onClick?: () => void; className?: string }) {
  const isCurrent = entryOf(path.value) === entry;
  return (
    <a class={className} href={entry.href} title={t(entry.label)} aria-current={isCurrent ? "page" : undefined} onClick={onClick}>
      <Icon name={entry.icon} size={className ? 16 : 20} />
      <span>{t(entry.label)}</span>
      {entry.waiting && <WaitingCount waiting={entry.waiting} />}
    </a>
  );
}

function allowed(): NavigationEntry[] {
  return NAVIGATION.filter((entry) => may(entry.permission));
}

export function Navigation() {
  const fold = navigationFolded.value ? t("navigation.unfold") : t("navigation.fold");
  return (
    <nav class="navigation" aria-label={t("navigation.title")}>
      <a class="brand" href="/" aria-label={t("app.name")}><Logo /><span>{t("app.name")}</span></a>
      <ul>{allowed().map((entry) => <li key={entry.id}><Entry entry={entry} className="item" /></li>)}</ul>
      <button type="button" class="item bottom" title={fold} aria-label={fold} onClick={() => { navigationFolded.value = !navigationFolded.value; }}>
        <Icon name={navigationFolded.value ? "unfold" : "fold"} />
        <span>{fold}</span>
      </button>
    </nav>
  );
}

export function BottomBar() {
  const [open, setOpen] = useState(false);
  const entries = allowed();
  return (
    <nav class="bottom-bar" aria-label={t("navigation.title")}>
      {entries.filter((entry) => entry.phone).map((entry) => <Entry key={entry.id} entry={entry} />)}
      <button type="button" aria-haspopup="dialog" onClick={() => setOpen(true)}><Icon name="more" size={20} /><span>{t("navigation.more")}</span></button>
      {open && (
        <Drawer title={t("navigation.title")} onClose={() => setOpen(false)}>
          {entries.filter((entry) => !entry.phone).map((entry) => <Entry key={entry.id} entry={entry} className="menu-item" onClick={() => setOpen(false)} />)}
        </Drawer>
      )}
    </nav>
  );
}
