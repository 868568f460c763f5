/** What a new company still has to set up: it ticks itself, leads to the page, and is gone when nothing is left. */
import { api } from "../../api";
import type { ChecklistItem, ChecklistView } from "../../api_types";
import { Icon } from "../../design/icons";
import { toastError } from "../../design/toast";
import { t, type MessageKey } from "../../i18n";
import { useResource } from "../../resource";
import { may } from "../../session";

const CHECKLIST = "/api/onboarding/checklist";
const HREFS: Readonly<Record<string, string>> = {
  invoicing: "/settings/company", warehouse: "/warehouses", products: "/products/import", stock: "/stock/new", shop: "/channels/new",
  colleagues: "/settings/users", order: "/orders/new",
};
const KINDS = ["company", "warehouse", "product", "stock_operation", "connection", "invitation", "user", "sales_order", "checklist"];

function Line({ item, index, isNext, dismiss }: { item: ChecklistItem; index: number; isNext: boolean; dismiss?: () => void }) {
  const title = t(`checklist.${item.id}` as MessageKey);
  return (
    <li class={item.is_done ? "done" : ""}>
      <span class="step-mark" aria-hidden="true">{item.is_done ? <Icon name="check" size={14} /> : index + 1}</span>
      <div class="grow"><strong>{title}</strong>{item.is_done ? <span class="visually-hidden">{t("home.step_done")}</span> : <p class="muted">{t(`checklist.${item.id}_text` as MessageKey)}</p>}</div>
      {!item.is_done && dismiss && <button type="button" class="button quiet small" aria-label={t("checklist.dismiss_of", { title })} onClick={dismiss}>{t("checklist.dismiss")}</button>}
      {!item.is_done && item.may && <a class={`button ${isNext ? "primary" : ""}`} href={HREFS[item.id]} aria-label={`${t("home.step_start")} : ${title}`}>{t("home.step_start")}</a>}
    </li>
  );
}

export function Onboarding() {
  const { data, refetch } = useResource<ChecklistView>(may("tenants.read") ? CHECKLIST : null, KINDS);
  if (!data || data.is_over) return null;
  const shown = data.items.filter((item) => !item.is_dismissed);
  const next = shown.find((item) => !item.is_done && item.may);
  const dismissed = data.items.filter((item) => item.is_dismissed).map((item) => item.id);
  const dismiss = (id: string) => () => void api.put(CHECKLIST, { dismissed: [...dismissed, id] }).then(refetch, toastError);
  return (
    <section class="card" aria-labelledby="first-steps">
      <header><h2 id="first-steps">{t("home.first_steps")}</h2><span class="muted small">{t("home.steps_done", { done: shown.filter((item) => item.is_done).length, total: shown.length })}</span></header>
      <ol class="steps">
        {shown.map((item, index) => (
          <Line key={item.id} item={item} index={index} isNext={item === next} dismiss={may("tenants.manage") ? dismiss(item.id) : undefined} />
        ))}
      </ol>
      {may("tenants.manage") && <p class="card-body small muted"><a class="in-text" href="/settings/sample">{t("checklist.sample")}</a></p>}
    </section>
  );
}
