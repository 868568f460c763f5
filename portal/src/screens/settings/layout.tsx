/** The settings: one tab a subject, each at its own address, shown to whom it concerns. */
import type { ComponentChildren } from "preact";
import { Tabs } from "../../design/tabs";
import { t, type MessageKey } from "../../i18n";
import { may } from "../../session";

const SECTIONS: readonly { id: string; label: MessageKey; permission?: string }[] = [
  { id: "", label: "settings.preferences" },
  { id: "security", label: "settings.security" },
  { id: "company", label: "settings.company", permission: "tenants.read" },
  { id: "documents", label: "settings.documents", permission: "tenants.read" },
  { id: "invoicing", label: "invoicing.title", permission: "invoices.read" },
  { id: "payments", label: "payment.plural", permission: "payments.read" },
  { id: "subscription", label: "subscription.title", permission: "subscription.read" },
  { id: "costs", label: "cost.title", permission: "subscription.read" },
  { id: "users", label: "settings.users", permission: "users.read" },
  { id: "roles", label: "settings.roles", permission: "users.read" },
  { id: "api-keys", label: "settings.api_keys", permission: "api_keys.manage" },
  { id: "webhooks", label: "settings.webhooks", permission: "webhooks.manage" },
  { id: "audit", label: "audit.title", permission: "audit.read" },
  { id: "operations", label: "operations.title", permission: "operations.read" },
  { id: "support", label: "support.title", permission: "support.manage" },
  { id: "sample", label: "sample.title", permission: "tenants.manage" },
  { id: "your-data", label: "your_data.title", permission: "data.export" },
];

interface SettingsPageProps {
  section: string;
  /** Beside the heading. */
  actions?: ComponentChildren;
  wide?: boolean;
  children: ComponentChildren;
}

export function SettingsPage({ section, actions, wide = false, children }: SettingsPageProps) {
  const tabs = SECTIONS.filter((each) => may(each.permission)).map((each) => ({
    id: each.id, label: t(each.label), href: each.id ? `/settings/${each.id}` : "/settings",
  }));
  return (
    <div class={`page ${wide ? "" : "narrow"}`}>
      <div class="page-header"><h1>{t("navigation.settings")}</h1>{actions}</div>
      <Tabs label={t("navigation.settings")} tabs={tabs} current={section} />
      {children}
    </div>
  );
}
