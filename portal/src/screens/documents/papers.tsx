/** The papers of a document: each file a click away, made again by whoever may. */
import { api, withQuery } from "../../api";
import type { PaperRow } from "../../api_types";
import { Problem, Skeleton } from "../../design/feedback";
import { toast, toastError } from "../../design/toast";
import { DateTime } from "../../design/values";
import { codeText, t } from "../../i18n";
import { useResource } from "../../resource";
import { may } from "../../session";

/** What can be made on demand: issued invoices never change. */
const REMADE = new Set(["order_confirmation", "delivery_note", "address_label"]);

interface PapersProps {
  kind: string;
  subjectId: string;
  /** Of the subject's papers only those of this part (a delivery of an order). */
  partId?: string;
  /** The kinds of paper that a person may ask for when they are missing. */
  makes?: readonly string[];
}

function addressOf(paper: PaperRow, format: string, save = false): string {
  return `/api/documents/papers/${encodeURIComponent(paper.id)}/files/${format}${save ? "?download=1" : ""}`;
}

function PaperLine({ paper, onMake }: { paper: PaperRow; onMake: (paper: PaperRow) => void }) {
  const name = `${codeText("paper_kind", paper.paper_kind)} ${paper.number}`;
  return (
    <li class="paper">
      <div class="two-lines">
        <a href={addressOf(paper, "pdf")} target="_blank" rel="noopener">{name}</a>
        <span class="muted small"><DateTime instant={paper.made_at} /></span>
      </div>
      <span class="line wrap">
        {paper.formats.map((format) => (
          <a key={format} class="button small" href={addressOf(paper, format, true)} download aria-label={t("paper.save", { format: codeText("paper_format", format), name })}>
            {codeText("paper_format", format)}
          </a>
        ))}
        {REMADE.has(paper.paper_kind) && may("documents.write") && (
          <button type="button" class="button small" onClick={() => onMake(paper)}>{t("paper.make_again")}</button>
        )}
      </span>
    </li>
  );
}

export function Papers({ kind, subjectId, partId, makes = [] }: PapersProps) {
  const address = withQuery("/api/documents/papers", { subject_id: subjectId, part_id: partId, limit: 100 });
  const list = useResource<{ items: PaperRow[] }>(address, [kind], subjectId);
  if (list.error && !list.data) return <Problem error={list.error} retry={list.refetch} />;
  if (!list.data) return <Skeleton lines={2} />;
  const papers = list.data.items;
  const missing = may("documents.write") ? makes.filter((each) => !papers.some((paper) => paper.paper_kind === each)) : [];

  async function make(paperKind: string, part = partId ?? ""): Promise<void> {
    await api.post("/api/documents/papers", { paper_kind: paperKind, subject_id: subjectId, part_id: part });
    await list.refetch();
    toast(t("paper.made"));
  }

  return (
    <div class="small-stack">
      {papers.length === 0 && <p class="muted">{t("paper.none")}</p>}
      <ul class="papers">{papers.map((paper) => <PaperLine key={paper.id} paper={paper} onMake={(it) => void make(it.paper_kind, it.part_id).catch(toastError)} />)}</ul>
      {missing.map((each) => (
        <button key={each} type="button" class="button" onClick={() => void make(each).catch(toastError)}>
          {t("paper.make", { name: codeText("paper_kind", each) })}
        </button>
      ))}
    </div>
  );
}
