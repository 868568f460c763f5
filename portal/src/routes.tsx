/** Which screen an address shows: pages made by hand first, then list, creation and document of every declared entity. */
import type { ComponentChild } from "preact";
import { Empty } from "./design/feedback";
import { allEntities, type AnyEntity } from "./entities";
import { t } from "./i18n";
import { match } from "./router";
import { ImportScreen } from "./screens/catalog/import";
import { CreateScreen } from "./screens/create";
import { DevelopersScreen } from "./screens/developers/developers";
import { DocumentScreen } from "./screens/document";
import { BrandingScreen } from "./screens/documents/branding";
import { HomeScreen } from "./screens/home/home";
import { ToInvoiceScreen } from "./screens/invoicing/to_invoice";
import { AgedScreen } from "./screens/ledger/aged";
import { EntriesScreen } from "./screens/ledger/entries";
import { NewEntryScreen } from "./screens/ledger/new_entry";
import { PartyScreen } from "./screens/ledger/party";
import { TrialBalanceScreen } from "./screens/ledger/trial_balance";
import { ListScreen } from "./screens/list";
import { DocumentsBehindScreen } from "./screens/reports/documents";
import { ReportScreen } from "./screens/reports/report";
import { SchedulesScreen } from "./screens/reports/schedules";
import { ApiKeysScreen } from "./screens/settings/api_keys";
import { CompanyScreen } from "./screens/settings/company";
import { InvoicingSettingsScreen } from "./screens/settings/invoicing";
import { SecurityScreen } from "./screens/settings/security";
import { SettingsScreen } from "./screens/settings/settings";
import { SignInsScreen } from "./screens/settings/sign_ins";
import { UsersScreen } from "./screens/settings/users";
import { PackingScreen } from "./screens/shipping/packing";
import "./screens/registry";

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
  { pattern: "/ledger/aged", title: () => t("ledger.aged"), draw: () => <AgedScreen /> },
  { pattern: "/ledger/parties/:id", title: () => t("ledger.party"), draw: ({ id = "" }) => <PartyScreen key={id} id={id} /> },
  { pattern: "/reports", title: () => t("navigation.reports"), draw: () => <ReportScreen /> },
  { pattern: "/reports/documents", title: () => t("reports.documents"), draw: () => <DocumentsBehindScreen /> },
  { pattern: "/reports/schedules", title: () => t("reports.schedules"), draw: () => <SchedulesScreen /> },
  { pattern: "/developers", title: () => t("developers.title"), draw: () => <DevelopersScreen /> },
  { pattern: "/settings", title: () => t("navigation.settings"), draw: () => <SettingsScreen /> },
  { pattern: "/settings/security", title: () => t("settings.security"), draw: () => <SecurityScreen /> },
  { pattern: "/settings/company", title: () => t("settings.company"), draw: () => <CompanyScreen /> },
  { pattern: "/settings/documents", title: () => t("settings.documents"), draw: () => <BrandingScreen /> },
  { pattern: "/settings/invoicing", title: () => t("invoicing.title"), draw: () => <InvoicingSettingsScreen /> },
  { pattern: "/settings/users", title: () => t("settings.users"), draw: () => <UsersScreen /> },
  { pattern: "/settings/api-keys", title: () => t("settings.api_keys"), draw: () => <ApiKeysScreen /> },
  { pattern: "/settings/sign-ins", title: () => t("settings.sign_ins"), draw: () => <SignInsScreen /> },
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

const ROUTES: readonly Route[] = [...PAGES, ...allEntities().flatMap(routesOf)];

const NOT_FOUND: Route = {
  pattern: "",
  title: () => t("error.not_found_title"),
  draw: () => (
    <Empty icon="search" title={t("error.not_found_title")} text={t("error.page_not_found")}>
      <a class="button" href="/">{t("navigation.home")}</a>
    </Empty>
  ),
};

export function routeAt(path: string): { route: Route; parameters: Record<string, string> } {
  for (const route of ROUTES) {
    const parameters = match(route.pattern, path);
    if (parameters) return { route, parameters };
  }
  return { route: NOT_FOUND, parameters: {} };
}
