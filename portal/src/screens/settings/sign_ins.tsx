/** Who signed in or tried to, when, from where. */
import { Badge, DateTime } from "../../design/values";
import type { Row } from "../../entities";
import { codeText, t } from "../../i18n";
import { place, setQuery } from "../../router";
import { SettingsPage } from "./layout";
import { Rows } from "./rows";

interface SignIn extends Row {
  user_name: string;
  at: string;
  source_ip: string;
  user_agent: string;
  outcome: string;
}

const OUTCOMES = ["signed_in", "wrong_password", "wrong_code"];

export function SignInsScreen() {
  const outcome = place.value.query.get("outcome") ?? "";
  const columns = [
    { key: "user_name", label: t("attribute.name"), primary: true, cell: (row: SignIn) => row.user_name },
    { key: "outcome", label: t("sign_in.outcome"), cell: (row: SignIn) => <Badge tone={row.outcome === "signed_in" ? "good" : "bad"}>{codeText("sign_in", row.outcome)}</Badge> },
    { key: "at", label: t("attribute.date"), cell: (row: SignIn) => <DateTime instant={row.at} /> },
    { key: "source_ip", label: t("sign_in.source_ip"), labelled: true, cell: (row: SignIn) => <code>{row.source_ip}</code> },
    { key: "user_agent", label: t("sign_in.browser"), cell: (row: SignIn) => <span class="small muted" title={row.user_agent}>{row.user_agent}</span> },
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
      <Rows<SignIn> title={t("settings.sign_ins")} path="/api/tenants/sign-ins" query={query} kinds={["sign_in"]} columns={columns} empty={t("list.none")} actions={filter} />
    </SettingsPage>
  );
}
