/** Which screen an address shows: pages made by hand first, then list, creation and document of every declared entity. */
import type { ComponentChild } from "preact";
import { Empty } from "./design/feedback";
import { allEntities, type AnyEntity } from "./entities";
import { t } from "./i18n";
import { match } from "./router";
import { CreateScreen } from "./screens/create";
import { DocumentScreen } from "./screens/document";
import { HomeScreen } from "./screens/home/home";
import { ListScreen } from "./screens/list";
import { SettingsScreen } from "./screens/settings/settings";
import "./screens/registry";

export interface Route {
  pattern: string;
  title: () => string;
  draw: (parameters: Record<string, string>) => ComponentChild;
}

const PAGES: readonly Route[] = [
  { pattern: "/", title: () => t("navigation.home"), draw: () => <HomeScreen /> },
  { pattern: "/settings", title: () => t("navigation.settings"), draw: () => <SettingsScreen /> },
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
