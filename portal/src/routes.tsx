/** Which screen an address shows: pages made by hand first, then list, creation and document of every declared entity. */
import { computed, signal } from "@preact/signals";
import type { ComponentChild } from "preact";
import { Empty } from "./design/feedback";
import { lazily } from "./design/lazy";
import { allEntities, publishEntities, type AnyEntity } from "./entities";
import { t, withWords } from "./i18n";
import { entryOf } from "./navigation";
import { match, path } from "./router";
import { CreateScreen } from "./screens/create";
import { DocumentScreen } from "./screens/document";
import { HomeScreen } from "./screens/home/home";
import { ListScreen } from "./screens/list";
import { SettingsScreen } from "./screens/settings/settings";
import "./screens/sales/orders";

const ImportScreen = lazily(() => import("./screens/catalog/import").then((module) => module.ImportScreen));
const DevelopersScreen = lazily(() => import("./screens/developers/developers").then((module) => module.DevelopersScreen));
const RequestsScreen = lazily(() => import("./screens/developers/requests").then((module) => module.RequestsScreen));
const BrandingScreen = lazily(() => import("./screens/documents/branding").then((module) => module.BrandingScreen));
const ToInvoiceScreen = lazily(() => import("./screens/invoicing/to_invoice").then((module) => module.ToInvoiceScreen));
const AgedScreen = lazily(() => import("./screens/ledger/aged").then((module) => module.AgedScreen));
const EntriesScreen = lazily(() => import("./screens/ledger/entries_list").then((module) => module.EntriesScreen));
const NewEntryScreen = lazily(() => import("./screens/ledger/new_entry").then((module) => module.NewEntryScreen));
const AccountRulesScreen = lazily(() => import("./screens/ledger/rules").then((module) => module.AccountRulesScreen));
const PartyScreen = lazily(() => import("./screens/ledger/party").then((module) => module.PartyScreen));
const TrialBalanceScreen = lazily(() => import("./screens/ledger/trial_balance").then((module) => module.TrialBalanceScreen));
const DocumentsBehindScreen = lazily(() => import("./screens/reports/documents").then((module) => module.DocumentsBehindScreen));
const ReportScreen = lazily(() => import("./screens/reports/report").then((module) => module.ReportScreen));
const ReconciliationScreen = lazily(() => import("./screens/reports/reconciliation").then((module) => module.ReconciliationScreen));
const SchedulesScreen = lazily(() => import("./screens/reports/schedules").then((module) => module.SchedulesScreen));
const AuditScreen = lazily(() => import("./screens/settings/audit").then((module) => module.AuditScreen));
const ApiKeysScreen = lazily(() => import("./screens/settings/api_keys").then((module) => module.ApiKeysScreen));
const CompanyScreen = lazily(() => import("./screens/settings/company").then((module) => module.CompanyScreen));
const PaymentSettingsScreen = lazily(() => import("./screens/settings/payments").then((module) => module.PaymentSettingsScreen));
const CostsScreen = lazily(() => import("./screens/settings/costs").then((module) => module.CostsScreen));
const InvoicingSettingsScreen = lazily(() => import("./screens/settings/invoicing").then((module) => module.InvoicingSettingsScreen));
const RolesScreen = lazily(() => import("./screens/settings/roles").then((module) => module.RolesScreen));
const SampleScreen = lazily(() => import("./screens/settings/sample").then((module) => module.SampleScreen));
const SecurityScreen = lazily(() => import("./screens/settings/security").then((module) => module.SecurityScreen));
const SupportScreen = lazily(() => import("./screens/settings/support").then((module) => module.SupportScreen));
const SubscriptionScreen = lazily(() => import("./screens/settings/subscription").then((module) => module.SubscriptionScreen));
const UsersScreen = lazily(() => import("./screens/settings/users").then((module) => module.UsersScreen));
const YourDataScreen = lazily(() => import("./screens/leaving/your_data").then((module) => module.YourDataScreen));
const WebhooksScreen = lazily(() => import("./screens/settings/webhooks").then((module) => module.WebhooksScreen));
const OperationsScreen = lazily(() => import("./screens/operations/operations").then((module) => module.OperationsScreen));
const PackingScreen = lazily(() => import("./screens/shipping/packing").then((module) => module.PackingScreen));

export interface Route {
  pattern: string;
  title: () => string;
  draw: (parameters: Record<string, string>) => ComponentChild;
}

const PAGES: readonly Route[] = [
  { pattern: "/", title: () => t("navigation.home"), draw: () => <HomeScreen /> },
  { pattern: "/products/import", title: () => t("import.title"), draw: () => <ImportScreen /> },
  { pattern: "/deliveries/:id/pack", title: () => t("shipping.pack"), draw: ({ id = "" }) => <PackingScreen key={id} id={id} /> },
  { pattern: "/invoices/to-invoice", title: () => t("invoice.to_invoice"), draw: () => <ToInvoiceScreen /> },
  { pattern: "/ledger", title: () => t("ledger.title"), draw: () => <TrialBalanceScreen /> },
  { pattern: "/ledger/entries", title: () => t("ledger.entries"), draw: () => <EntriesScreen /> },
  { pattern: "/ledger/entries/new", title: () => t("ledger.new_entry"), draw: () => <NewEntryScreen /> },
  { pattern: "/ledger/rules", title: () => t("ledger.rules"), draw: () => <AccountRulesScreen /> },
  { pattern: "/ledger/aged", title: () => t("ledger.aged"), draw: () => <AgedScreen /> },
  { pattern: "/ledger/parties/:id", title: () => t("ledger.party"), draw: ({ id = "" }) => <PartyScreen key={id} id={id} /> },
  { pattern: "/reports", title: () => t("navigation.reports"), draw: () => <ReportScreen /> },
  { pattern: "/reports/documents", title: () => t("reports.documents"), draw: () => <DocumentsBehindScreen /> },
  { pattern: "/reports/reconciliation", title: () => t("reports.reconciliation"), draw: () => <ReconciliationScreen /> },
  { pattern: "/reports/schedules", title: () => t("reports.schedules"), draw: () => <SchedulesScreen /> },
  { pattern: "/developers", title: () => t("developers.title"), draw: () => <DevelopersScreen /> },
  { pattern: "/developers/requests", title: () => t("requests.title"), draw: () => <RequestsScreen /> },
  { pattern: "/settings", title: () => t("navigation.settings"), draw: () => <SettingsScreen /> },
  { pattern: "/settings/sample", title: () => t("sample.title"), draw: () => <SampleScreen /> },
  { pattern: "/settings/security", title: () => t("settings.security"), draw: () => <SecurityScreen /> },
  { pattern: "/settings/company", title: () => t("settings.company"), draw: () => <CompanyScreen /> },
  { pattern: "/settings/documents", title: () => t("settings.documents"), draw: () => <BrandingScreen /> },
  { pattern: "/settings/payments", title: () => t("payment.plural"), draw: () => <PaymentSettingsScreen /> },
  { pattern: "/settings/invoicing", title: () => t("invoicing.title"), draw: () => <InvoicingSettingsScreen /> },
  { pattern: "/settings/subscription", title: () => t("subscription.title"), draw: () => <SubscriptionScreen /> },
  { pattern: "/settings/costs", title: () => t("cost.title"), draw: () => <CostsScreen /> },
  { pattern: "/settings/users", title: () => t("settings.users"), draw: () => <UsersScreen /> },
  { pattern: "/settings/roles", title: () => t("settings.roles"), draw: () => <RolesScreen /> },
  { pattern: "/settings/api-keys", title: () => t("settings.api_keys"), draw: () => <ApiKeysScreen /> },
  { pattern: "/settings/webhooks", title: () => t("settings.webhooks"), draw: () => <WebhooksScreen /> },
  { pattern: "/settings/audit", title: () => t("audit.title"), draw: () => <AuditScreen /> },
  { pattern: "/settings/operations", title: () => t("operations.title"), draw: () => <OperationsScreen /> },
  { pattern: "/settings/support", title: () => t("support.title"), draw: () => <SupportScreen /> },
  { pattern: "/settings/your-data", title: () => t("your_data.title"), draw: () => <YourDataScreen /> },
];

function routesOf(entity: AnyEntity): Route[] {
  const title = () => t(entity.plural);
  const routes: Route[] = [{ pattern: entity.route, title, draw: () => <ListScreen key={entity.kind} entity={entity} /> }];
  if (entity.create) {
    routes.push({ pattern: `${entity.route}/new`, title, draw: () => entity.create?.screen?.() ?? <CreateScreen key={entity.kind} entity={entity} /> });
  }
  const document = ({ id = "" }) => entity.screen?.({ id }) ?? <DocumentScreen key={`${entity.kind} ${id}`} entity={entity} id={id} />;
  routes.push({ pattern: `${entity.route}/:id`, title, draw: document });
  return routes;
}

/** Of two patterns that fit an address, the one without a parameter is meant: `/stock/operations`, not `/stock/:id`. */
const ROUTES = computed<readonly Route[]>(() => {
  const declared = allEntities().flatMap(routesOf);
  const hasParameter = (route: Route) => Number(route.pattern.includes(":"));
  return [...PAGES, ...declared.toSorted((one, other) => hasParameter(one) - hasParameter(other))];
});

publishEntities();

function NotFound() {
  return (
    <Empty icon="search" title={t("error.not_found_title")} text={t("error.page_not_found")}>
      <a class="button" href="/">{t("navigation.home")}</a>
    </Empty>
  );
}

const everythingDeclared = signal(false);

/** Brings what is not of the first load and has no file of its own: the declarations of all domains, and the words. */
export async function loadTheRest(): Promise<void> {
  await withWords(() => import("./screens/registry"));
  if (everythingDeclared.value) return;
  everythingDeclared.value = true;
  publishEntities();
}

const Elsewhere = lazily(() => loadTheRest().then(() => NotFound));

/** An address that nothing declared so far knows: once everything is declared it has its page, or there is none. */
const UNKNOWN: Route = {
  pattern: "",
  title: () => t(everythingDeclared.value ? "error.not_found_title" : (entryOf(path.value)?.label ?? "app.name")),
  draw: () => <Elsewhere />,
};

export function routeAt(address: string): { route: Route; parameters: Record<string, string> } {
  for (const route of ROUTES.value) {
    const parameters = match(route.pattern, address);
    if (parameters) return { route, parameters };
  }
  return { route: UNKNOWN, parameters: {} };
}
