/** What every page says while the subscription is unpaid or over, with the way to put it right. */
import { useEffect } from "preact/hooks";
import { onChanges } from "../changes";
import { Notice } from "../design/feedback";
import { t, type MessageKey } from "../i18n";
import { path } from "../router";
import { may, restoreSession, session } from "../session";

const PAGE = "/settings/subscription";
const WORDS: Record<string, MessageKey> = {
  full: "subscription.late_past_due", read_only: "subscription.late_read_only", suspended: "subscription.late_suspended",
};

export function LateBanner() {
  useEffect(() => onChanges(["subscription"], () => void restoreSession()), []);
  const standing = session.value?.tenant.standing;
  if (!standing || (!standing.is_late && standing.access === "full")) return null;
  return (
    <div class="late-banner">
      <Notice tone={standing.access === "full" ? "warn" : "bad"}>
        {t(standing.is_held ? "subscription.held_by_operators" : (WORDS[standing.access] ?? "subscription.late_past_due"))}{" "}
        {may("subscription.read") && path.value !== PAGE && <a class="in-text" href={PAGE}>{t("subscription.put_right")}</a>}
      </Notice>
    </div>
  );
}
