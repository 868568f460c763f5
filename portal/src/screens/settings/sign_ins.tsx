/** Who signed in or tried to, when, from where. */
import type { SignInRow } from "../../api_types";
import { Badge, DateTime } from "../../design/values";
import { codeText, t } from "../../i18n";
import { place, setQuery } from "../../router";
import { SettingsPage } from "./layout";
import { Rows } from "./rows";

const OUTCOMES = ["signed_in", "wrong_password", "wrong_code"];

export function SignInsScreen() {
  const outcome = place.value.query.get("outcome") ?? "";
  const columns = [
    { key: "user_name", label: t("attribute.name"), primary: true, cell: (row: SignInRow) => row.user_name },
    { key: "outcome", label: t("sign_in.outcome"), cell: (row: SignInRow) => <Badge tone={row.outcome === "signed_in" ? "good" : "bad"}>{codeText("sign_in", row.outcome)}</Badge> },
    { key: "at", label: t("attribute.date"), cell: (row: SignInRow) => <DateTime instant={row.at} /> },
    { key: "source_ip", label: t("sign_in.source_ip"), labelled: true, cell: (row: SignInRow) => <code>{row.source_ip}</code> },
    { key: "user_agent", label: t("sign_in.browser"), cell: (row: SignInRow) => <span class="small muted" title={row.user_agent}>{row.device || row.user_agent}</span> },
  ];
  const filter = (
    <select class="input short" aria-label={t("sign_in.outcome")} value={outcome} onChange={(event) => setQuery({ outcome: event.currentTarget.value || null })}>
      <option value="">{t("list.all")}</option>
      {OUTCOMES.map((each) => <option key={each} value={each}>{codeText("sign_in", each)}</option>)}
    </select>
  );
  const query: Record<string, string> = outcome ? { outcome } : {};
  return (
    <SettingsPage section="sign-ins" wide>
      <Rows<SignInRow> title={t("settings.sign_ins")} path="/api/tenants/sign-ins" query={query} kinds={["sign_in"]} columns={columns} empty={t("list.none")} actions={filter} />
    </SettingsPage>
  );
}
