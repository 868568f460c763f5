/** What every page says while an operator is inside, and, to who may answer, that one asks to come in. */
import { api } from "../api";
import { Notice } from "../design/feedback";
import { toastError } from "../design/toast";
import { formatInstant } from "../format";
import { t } from "../i18n";
import { path } from "../router";
import { session, timeZone } from "../session";

const PAGE = "/settings/support";

/** The operator goes back to where they came from; the session inside is over. */
async function leave(): Promise<void> {
  const { tenant } = session.value ?? {};
  await api.delete("/api/tenants/session");
  location.assign(`/operators/tenants/${encodeURIComponent(tenant?.id ?? "")}`);
}

export function SupportBanner() {
  const current = session.value;
  if (current?.support) {
    const { consented_by: name, ends_at: until, may_write: mayWrite } = current.support;
    return (
      <div class="late-banner">
        <Notice tone="warn">
          {t(mayWrite ? "support.inside_write" : "support.inside_read", { company: current.tenant.name, name, until: formatInstant(until, timeZone.value, new Date()) })}{" "}
          <button type="button" class="button small" onClick={() => void leave().catch(toastError)}>{t("support.leave")}</button>
        </Notice>
      </div>
    );
  }
  if (!current?.support_requests || path.value === PAGE) return null;
  return (
    <div class="late-banner">
      <Notice tone="info">{t("support.asked", { count: current.support_requests })} <a class="in-text" href={PAGE}>{t("support.answer")}</a></Notice>
    </div>
  );
}
