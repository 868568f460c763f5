/** Settings every person has: how the portal looks and speaks, and who they are. */
import type { ComponentChildren } from "preact";
import { CopyId, KeyValue } from "../../design/values";
import { codeText, language, LANGUAGES, t, type Language, type MessageKey } from "../../i18n";
import { chooseLanguage, chosenLanguage, density, theme, type Density, type Theme } from "../../preferences";
import { session } from "../../session";
import { SettingsPage } from "./layout";
import { useOwnPlaces } from "./places";

const THEMES: readonly [Theme, MessageKey][] = [["system", "theme.system"], ["light", "theme.light"], ["dark", "theme.dark"]];
const DENSITIES: readonly [Density, MessageKey][] = [["comfortable", "density.comfortable"], ["compact", "density.compact"]];
export const LANGUAGE_NAMES: Record<Language, MessageKey> = { fr: "language.fr", en: "language.en" };

function Setting({ id, label, children }: { id: string; label: string; children: ComponentChildren }) {
  return <div class="settings-row"><label for={id}>{label}</label>{children}</div>;
}

function Appearance() {
  return (
    <section class="card">
      <header><h2>{t("settings.appearance")}</h2></header>
      <Setting id="theme" label={t("settings.theme")}>
        <select id="theme" class="input" value={theme.value} onChange={(event) => { theme.value = event.currentTarget.value as Theme; }}>
          {THEMES.map(([value, label]) => <option key={value} value={value}>{t(label)}</option>)}
        </select>
      </Setting>
      <Setting id="language" label={t("settings.language")}>
        <select id="language" class="input" value={chosenLanguage.value} onChange={(event) => void chooseLanguage(event.currentTarget.value as Language)}>
          {LANGUAGES.map((value) => <option key={value} value={value} lang={value}>{t(LANGUAGE_NAMES[value])}</option>)}
        </select>
      </Setting>
      <Setting id="density" label={t("settings.density")}>
        <select id="density" class="input" value={density.value} onChange={(event) => { density.value = event.currentTarget.value as Density; }}>
          {DENSITIES.map(([value, label]) => <option key={value} value={value}>{t(label)}</option>)}
        </select>
      </Setting>
    </section>
  );
}

export function SettingsScreen() {
  const current = session.value;
  const places = useOwnPlaces();
  if (!current) return null;
  return (
    <SettingsPage section="">
      <Appearance />
      <section class="card">
        <header><h2>{t("settings.account")}</h2></header>
        <div class="card-body">
          <KeyValue
            items={[
              [t("attribute.name"), current.user.name],
              [t("attribute.email"), current.user.email],
              [t("attribute.role"), current.role_names?.[language.value] ?? codeText("role", current.role)],
              ...(places ? [[t("users.places"), places] as [string, string]] : []),
              [t("attribute.company"), current.tenant.name],
              [t("attribute.time_zone"), current.tenant.time_zone],
              [t("attribute.tenant_id"), <CopyId key="tenant" id={current.tenant.id} />],
            ]}
          />
        </div>
      </section>
    </SettingsPage>
  );
}
