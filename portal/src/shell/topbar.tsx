/** Company, search, environment, connection and the person's own menu. */
import { reachable } from "../api";
import { Icon } from "../design/icons";
import { Menu } from "../design/overlay";
import { t, type MessageKey } from "../i18n";
import { chooseLanguage, chosenLanguage, theme, type Theme } from "../preferences";
import { navigate } from "../router";
import { session, signOut } from "../session";
import { helpOpen } from "./help";
import { openPalette } from "./palette";

const THEMES: readonly [Theme, MessageKey][] = [["system", "theme.system"], ["light", "theme.light"], ["dark", "theme.dark"]];

function PersonMenu() {
  const other = chosenLanguage.value === "fr" ? "en" : "fr";
  const items = [
    { label: t("navigation.settings"), icon: "settings" as const, run: () => void navigate("/settings") },
    { label: t("key.title"), icon: "keyboard" as const, keys: "?", run: () => { helpOpen.value = true; } },
    ...THEMES.map(([value, label]) => ({ label: t(label), checked: theme.value === value, run: () => { theme.value = value; } })),
    { label: t(other === "fr" ? "language.fr" : "language.en"), run: () => void chooseLanguage(other) },
    { label: t("access.sign_out"), icon: "logout" as const, run: () => void signOut() },
  ];
  const name = session.value?.user.name ?? "";
  return <Menu items={items} button={<Icon name="user" />} buttonClass="button quiet icon-only" buttonLabel={t("topbar.account", { name })} />;
}

export function TopBar() {
  const current = session.value;
  if (!current) return null;
  return (
    <header class="topbar">
      <span class="company ellipsis">{current.tenant.name}</span>
      {current.features.dev_mail && <span class="environment hide-phone" title={t("environment.local_text")}>{t("environment.local")}</span>}
      <button type="button" class="search" onClick={openPalette}>
        <Icon name="search" />
        <span class="visually-hidden">{t("palette.title")}</span>
        <span class="ellipsis">{t("search.placeholder")}</span>
        <kbd class="key">{navigator.platform.startsWith("Mac") ? "⌘K" : "Ctrl K"}</kbd>
      </button>
      {!reachable.value && <span class="environment" role="status">{t("error.offline")}</span>}
      <PersonMenu />
    </header>
  );
}
