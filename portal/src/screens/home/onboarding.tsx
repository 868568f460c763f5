/** The first steps of a new company, gone once they are done: products, stock, a channel. */
import { Icon } from "../../design/icons";
import { t, type MessageKey } from "../../i18n";
import { useResource } from "../../resource";
import type { Page } from "../pages";

interface Step {
  path: string;
  kinds: readonly string[];
  title: MessageKey;
  text: MessageKey;
  href: string;
}

const PRODUCTS: Step = { path: "/api/catalog/products?limit=1", kinds: ["product"], title: "home.step_products", text: "home.step_products_text", href: "/products" };
const STOCK: Step = { path: "/api/stock/operations?limit=1", kinds: ["stock_operation"], title: "home.step_stock", text: "home.step_stock_text", href: "/stock/new" };
const CHANNEL: Step = { path: "/api/channels/connections?limit=1", kinds: ["connection"], title: "home.step_channel", text: "home.step_channel_text", href: "/channels/new" };

/** Whether a step is done; null while that is not known, so that nothing flashes. */
function useDone(step: Step): boolean | null {
  const { data } = useResource<Page>(step.path, step.kinds);
  return data ? data.items.length > 0 : null;
}

export function Onboarding() {
  const steps = [{ step: PRODUCTS, isDone: useDone(PRODUCTS) }, { step: STOCK, isDone: useDone(STOCK) }, { step: CHANNEL, isDone: useDone(CHANNEL) }];
  if (steps.some(({ isDone }) => isDone === null) || steps.every(({ isDone }) => isDone)) return null;
  const next = steps.find(({ isDone }) => !isDone);
  return (
    <section class="card" aria-labelledby="first-steps">
      <header><h2 id="first-steps">{t("home.first_steps")}</h2><span class="muted small">{t("home.steps_done", { done: steps.filter(({ isDone }) => isDone).length, total: steps.length })}</span></header>
      <ol class="steps">
        {steps.map(({ step, isDone }, index) => (
          <li key={step.title} class={isDone ? "done" : ""}>
            <span class="step-mark" aria-hidden="true">{isDone ? <Icon name="check" size={14} /> : index + 1}</span>
            <div class="grow"><strong>{t(step.title)}</strong>{isDone ? <span class="visually-hidden">{t("home.step_done")}</span> : <p class="muted">{t(step.text)}</p>}</div>
            {!isDone && <a class={`button ${step === next?.step ? "primary" : ""}`} href={step.href}>{t("home.step_start")}</a>}
          </li>
        ))}
      </ol>
    </section>
  );
}
