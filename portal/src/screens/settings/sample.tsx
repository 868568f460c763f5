/** Sample data: loaded to look around, wiped without a trace; a wipe that the company's own documents refuse says why. */
import { useState } from "preact/hooks";
import { api, ApiError, errorText } from "../../api";
import type { JobView, Sample } from "../../api_types";
import { Notice, Problem, Skeleton } from "../../design/feedback";
import { ask } from "../../design/overlay";
import { t } from "../../i18n";
import { useResource } from "../../resource";
import { may } from "../../session";
import { EndedEarly, isOpen, RunningJob, useJob } from "../jobs";
import { SettingsPage } from "./layout";

const SAMPLE = "/api/onboarding/sample";
const LOADS = "/api/onboarding/sample-loads";
const WIPES = "/api/onboarding/sample-wipes";
interface Begun { path: string; id: string }

/** The documents of the company's own that are about samples, by the sample they are about. */
function InUse({ error, keep }: { error: ApiError; keep: () => void }) {
  return (
    <Notice tone="warn">
      <p>{t("sample.in_use")}</p>
      <ul>{error.fields.map((each) => <li key={each.field}><strong>{each.field}</strong> : {each.detail}</li>)}</ul>
      <button type="button" class="button" onClick={keep}>{t("sample.keep_used")}</button>
    </Notice>
  );
}

export function SampleScreen() {
  const { data, error, refetch } = useResource<Sample>(SAMPLE, ["sample", "job"]);
  const [begun, setBegun] = useState<Begun | null>(null);
  const [refused, setRefused] = useState<unknown>(null);
  const job = useJob(begun?.path ?? LOADS, begun?.id);
  const isBusy = job !== undefined && isOpen(job);
  async function begin(path: string, body: object): Promise<void> {
    setRefused(null);
    await api.post<JobView>(path, body).then(({ body: made }) => setBegun({ path, id: made.id }), setRefused);
    void refetch();
  }
  async function wipe(): Promise<void> {
    if (await ask({ title: t("sample.wipe_question"), text: t("sample.wipe_text"), confirm: t("sample.wipe"), danger: true })) await begin(WIPES, {});
  }
  const isThere = data !== undefined && data.state !== "none";
  const inUse = refused instanceof ApiError && refused.code === "sample_in_use" ? refused : null;
  return (
    <SettingsPage section="sample">
      <section class="card">
        <header><h2>{t("sample.title")}</h2></header>
        <div class="card-body stack">
          <p class="muted">{t("sample.text")}</p>
          {error && !data && <Problem error={error} retry={refetch} />}
          {!data && !error && <Skeleton lines={2} />}
          {inUse ? <InUse error={inUse} keep={() => void begin(WIPES, { keep_used: true })} /> : refused !== null && <Notice tone="bad">{errorText(refused)}</Notice>}
          <div role="status">
            {job && isBusy && begun && <RunningJob path={begun.path} job={job} label={t(begun.path === LOADS ? "sample.loading" : "sample.wiping")} />}
            {job && !isBusy && job.state !== "done" && <EndedEarly job={job} />}
            {job?.state === "done" && begun && <Notice tone="good">{t(begun.path === LOADS ? "sample.loaded" : "sample.wiped")}</Notice>}
          </div>
          {data && may("tenants.manage") && !isBusy && (
            <div class="line">
              {isThere
                ? <button type="button" class="button danger" onClick={() => void wipe()}>{t("sample.wipe")}</button>
                : <button type="button" class="button primary" onClick={() => void begin(LOADS, {})}>{t("sample.load")}</button>}
            </div>
          )}
        </div>
      </section>
    </SettingsPage>
  );
}
