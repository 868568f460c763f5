/** The operators' area: apart from the portal of companies, with its own way in. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Problem, Skeleton } from "../../design/feedback";
import { Icon, Logo } from "../../design/icons";
import { Menu } from "../../design/overlay";
import { Tabs } from "../../design/tabs";
import { toastError } from "../../design/toast";
import { t, type MessageKey } from "../../i18n";
import { chooseLanguage, chosenLanguage, theme, type Theme } from "../../preferences";
import { path } from "../../router";
import { GateForm, PASSWORD } from "../access/gate";
import { PlatformFiguresPage } from "./figures";
import { PlatformLog } from "./log";
import { PlatformHealthPage } from "./platform";
import { answerCode, askCode, leave, operator, restoreOperator } from "./session";
import { Switches } from "./switches";
import { TenantPage } from "./tenant";
import { Tenants } from "./tenants";

const TABS: readonly { id: string; label: MessageKey; draw: () => ComponentChildren }[] = [
  { id: "", label: "operators.tenants", draw: () => <Tenants /> },
  { id: "health", label: "operators.health", draw: () => <PlatformHealthPage /> },
  { id: "figures", label: "figures.title", draw: () => <PlatformFiguresPage /> },
  { id: "switches", label: "operators.switches", draw: () => <Switches /> },
  { id: "log", label: "operators.log", draw: () => <PlatformLog /> },
];
const THEMES: readonly [Theme, MessageKey][] = [["system", "theme.system"], ["light", "theme.light"], ["dark", "theme.dark"]];

function SignIn() {
  const [challenge, setChallenge] = useState("");
  const password = async ({ email = "", password: secret = "" }: Record<string, string>) => setChallenge(await askCode(email, secret));
  const code = ({ code: given = "" }: Record<string, string>) => answerCode(challenge, given.replaceAll(" ", ""));
  return (
    <main class="gate">
      <div class="gate-card">
        <div class="brand"><Logo size={32} />{t("app.name")}</div>
        {challenge ? (
          <GateForm key="code" title={t("access.second_factor")} text={t("access.second_factor_text")} submit={t("access.verify")} send={code}
            fields={[{ name: "code", label: "access.code", type: "text", autocomplete: "one-time-code", inputMode: "numeric" }]}>
            <button type="button" class="button quiet wide" onClick={() => setChallenge("")}>{t("access.back")}</button>
          </GateForm>
        ) : (
          <GateForm key="password" title={t("operators.title")} text={t("operators.gate_text")} submit={t("access.sign_in")} send={password}
            fields={[{ name: "email", label: "attribute.email", type: "email", autocomplete: "username" }, PASSWORD]} />
        )}
      </div>
    </main>
  );
}

function OwnMenu() {
  const other = chosenLanguage.value === "fr" ? "en" : "fr";
  const items = [
    ...THEMES.map(([value, label]) => ({ label: t(label), checked: theme.value === value, run: () => { theme.value = value; } })),
    { label: t(other === "fr" ? "language.fr" : "language.en"), run: () => void chooseLanguage(other) },
    { label: t("access.sign_out"), icon: "logout" as const, run: () => void leave().catch(toastError) },
  ];
  return <Menu items={items} button={<Icon name="user" />} buttonClass="button quiet icon-only" buttonLabel={t("topbar.account", { name: operator.value?.name ?? "" })} />;
}

function Shown() {
  const [, section = "", id = ""] = path.value.replace(/^\/operators/, "").split("/");
  if (section === "tenants" && id) return <TenantPage key={id} id={decodeURIComponent(id)} />;
  return TABS.find((tab) => tab.id === section)?.draw() ?? <Tenants />;
}

export function OperatorsArea() {
  const [error, setError] = useState<unknown>(null);
  const load = () => void restoreOperator().catch(setError);
  useEffect(load, []);
  useEffect(() => { document.title = `${t("operators.title")} · ${t("app.name")}`; }, [chosenLanguage.value, operator.value]);
  if (error !== null) return <Problem error={error} retry={() => { setError(null); load(); }} />;
  if (operator.value === undefined) return <div class="page"><Skeleton lines={6} /></div>;
  if (operator.value === null) return <SignIn />;
  const [, section = ""] = path.value.replace(/^\/operators/, "").split("/");
  const tabs = TABS.map((tab) => ({ id: tab.id, label: t(tab.label), href: tab.id ? `/operators/${tab.id}` : "/operators" }));
  return (
    <div class="operators">
      <header class="topbar">
        <Logo size={24} />
        <span class="company ellipsis">{t("operators.title")}</span>
        <span class="grow" />
        <OwnMenu />
      </header>
      <main class="main" id="main" tabIndex={-1}>
        <div class="page">
          <Tabs label={t("operators.title")} tabs={tabs} current={section === "tenants" ? "" : section} />
          <Shown />
        </div>
      </main>
    </div>
  );
}
