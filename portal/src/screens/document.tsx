/** The page of one document of any declared entity: header with the one next action, sections, linked documents, timeline. */
import type { Answer } from "../api";
import type { TimelineEntry } from "../api_types";
import { Problem, Skeleton } from "../design/feedback";
import { Icon } from "../design/icons";
import { Menu } from "../design/overlay";
import { Table } from "../design/table";
import { Timeline } from "../design/timeline";
import { CopyId, KeyValue, Money } from "../design/values";
import { documentHref, entityOf, offeredActions, type AnyEntity, type Section } from "../entities";
import { t } from "../i18n";
import { useResource, type Resource } from "../resource";
import { may } from "../session";
import { startAction } from "./actions";
import { Cell, StateBadge, tableColumns, type Item } from "./columns";
import { DocumentEditor } from "./document_form";
import type { Page } from "./pages";

export function DocumentScreen({ entity, id }: { entity: AnyEntity; id: string }) {
  const address = `${entity.path}/${encodeURIComponent(id)}`;
  const kinds = [entity.kind, ...(entity.follows ?? [])];
  const resource = useResource<Item>(address, kinds, entity.follows ? undefined : id);
  if (resource.error && !resource.data) return <Problem error={resource.error} retry={resource.refetch} />;
  const document = resource.data;
  if (!document) return <div class="page"><Skeleton lines={8} /></div>;
  const sections = (entity.sections ?? []).filter((section) => section.when?.(document) ?? true);
  const isSide = (section: Section<Item>) => "side" in section && section.side === true;
  return (
    <div class="page">
      <DocumentHeader entity={entity} document={document} resource={resource} />
      <div class="document">
        <div class="column">
          {sections.filter((section) => !isSide(section)).map((section) => <SectionCard key={section.title} section={section} document={document} />)}
          {entity.edit && (entity.edit.when?.(document) ?? true) && may(entity.edit.permission) && (
            <DocumentEditor key={document.version} title="document.details" address={address} fields={entity.edit?.fields ?? []} resource={resource} />
          )}
          {entity.timeline !== false && <TimelineCard kind={entity.kind} kinds={kinds} id={id} />}
        </div>
        <aside class="column" aria-label={t("document.side")}>
          <LinkedCard entity={entity} document={document} />
          {sections.filter(isSide).map((section) => <SectionCard key={section.title} section={section} document={document} />)}
        </aside>
      </div>
    </div>
  );
}

interface HeaderProps {
  entity: AnyEntity;
  document: Item;
  resource: Resource<Item>;
}

function DocumentHeader({ entity, document, resource }: HeaderProps) {
  const state = entity.state?.(document);
  const party = entity.party?.(document);
  const total = entity.total?.(document);
  return (
    <>
      <nav class="breadcrumb" aria-label={t("document.path")}>
        <a href={entity.route}>{t(entity.plural)}</a>
        <Icon name="chevron-right" size={12} />
        <CopyId id={document.id} label={entity.title(document)} />
      </nav>
      <header class="document-header">
        <div class="title">
          <h1>{entity.title(document)}{state !== undefined && <StateBadge entity={entity} state={state} />}</h1>
          {party && <p class="muted">{party.href ? <a href={party.href}>{party.title}</a> : party.title}</p>}
        </div>
        {total && <div class="total"><Money amount={total.amount} currency={total.currency} /></div>}
        <DocumentActions entity={entity} document={document} resource={resource} />
      </header>
    </>
  );
}

function DocumentActions({ entity, document, resource }: HeaderProps) {
  const actions = offeredActions(entity, document, may);
  const primary = actions.find((action) => action.primary);
  const others = actions.filter((action) => action !== primary);
  const onDone = (answer: Answer<Item> | null) => (answer?.body ? resource.replace(answer) : void resource.refetch());
  const items = [
    ...others.map((action) => ({
      label: t(action.label),
      icon: action.icon,
      danger: action.danger,
      run: () => void startAction({ entity, action, items: [document], onDone }),
    })),
    { label: t("action.print"), icon: "print" as const, run: () => window.print() },
  ];
  return (
    <div class="line no-print">
      <Menu items={items} button={<Icon name="more" />} buttonClass="button icon-only" buttonLabel={t("document.actions")} />
      {primary && (
        <button type="button" class="button primary" onClick={() => startAction({ entity, action: primary, items: [document], onDone })}>
          {primary.icon && <Icon name={primary.icon} />}{t(primary.label)}
        </button>
      )}
    </div>
  );
}

function SectionCard({ section, document }: { section: Section<Item>; document: Item }) {
  return (
    <section class="card">
      <header><h2>{t(section.title)}</h2></header>
      <SectionBody section={section} document={document} />
    </section>
  );
}

function SectionBody({ section, document }: { section: Section<Item>; document: Item }) {
  switch (section.type) {
    case "facts":
      return (
        <div class="card-body">
          <KeyValue items={section.facts.map((fact) => [t(fact.label), <Cell key={fact.key} column={fact} row={document} />] as const)} />
        </div>
      );
    case "lines": {
      const lines = (document[section.key] ?? []) as Item[];
      const rows = lines.map((line, index) => ({ currency: document.currency, ...line, id: line.id ?? String(index) }));
      return (
        <>
          <Table label={t(section.title)} rows={rows} columns={tableColumns(section.columns)} rowId={(row) => row.id} />
          {section.footer && <div class="card-body">{section.footer(document)}</div>}
        </>
      );
    }
    case "list":
      return <ListSection section={section} document={document} />;
    default:
      return section.bare ? <>{section.draw(document)}</> : <div class="card-body">{section.draw(document)}</div>;
  }
}

function ListSection({ section, document }: { section: Extract<Section<Item>, { type: "list" }>; document: Item }) {
  const { data, error, refetch } = useResource<Page>(section.path(document), section.kinds);
  if (error && !data) return <Problem error={error} retry={refetch} />;
  if (!data) return <div class="card-body"><Skeleton lines={3} /></div>;
  if (data.items.length === 0) return <p class="card-body muted">{t("list.none")}</p>;
  return <Table label={t(section.title)} rows={data.items} columns={tableColumns(section.columns)} rowId={(row) => row.id} href={section.href} />;
}

function LinkedCard({ entity, document }: { entity: AnyEntity; document: Item }) {
  const linked = entity.linked?.(document) ?? [];
  if (linked.length === 0) return null;
  return (
    <section class="card">
      <header><h2>{t("document.linked")}</h2></header>
      <ul class="card-body linked">
        {linked.map((each) => {
          const other = entityOf(each.kind);
          return (
            <li key={each.id}>
              <Icon name={other?.icon ?? "file"} />
              <a class="grow ellipsis" href={documentHref(each.kind, each.id)}>{each.title}</a>
              {each.state && <StateBadge entity={other} state={each.state} />}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function TimelineCard({ kind, kinds, id }: { kind: string; kinds: readonly string[]; id: string }) {
  const { data, error, refetch } = useResource<{ items: TimelineEntry[] }>(`/api/timeline/${kind}/${encodeURIComponent(id)}`, kinds, id);
  return (
    <section class="card">
      <header>
        <h2>{t("timeline.title")}</h2>
        {may("audit.read") && <a class="small" href={`/settings/audit?document_kind=${kind}&document_id=${encodeURIComponent(id)}`}>{t("audit.short")}</a>}
      </header>
      <div class="card-body">{error && !data ? <Problem error={error} retry={refetch} /> : <Timeline items={data?.items} />}</div>
    </section>
  );
}
