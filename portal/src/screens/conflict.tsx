/** Two people changed the same document: both versions side by side, and the choice. */
import { Fragment } from "preact";
import { Dialog } from "../design/overlay";
import type { Values } from "../design/form";
import { Dash } from "../design/values";
import type { FormField } from "../entities";
import { t } from "../i18n";

interface ConflictProps {
  fields: readonly FormField[];
  /** Only what this person changed. */
  mine: Values;
  theirs: Values;
  onKeepMine: () => void;
  onTakeTheirs: () => void;
  onClose: () => void;
}

function shown(value: unknown) {
  if (value === null || value === undefined || value === "") return <Dash />;
  if (Array.isArray(value)) return t("conflict.lines", { count: value.length });
  return typeof value === "boolean" ? t(value ? "value.yes" : "value.no") : String(value);
}

export function ConflictDialog({ fields, mine, theirs, onKeepMine, onTakeTheirs, onClose }: ConflictProps) {
  const buttons = (
    <>
      <button type="button" class="button" onClick={onTakeTheirs}>{t("conflict.take_theirs")}</button>
      <button type="button" class="button primary" onClick={onKeepMine}>{t("conflict.keep_mine")}</button>
    </>
  );
  return (
    <Dialog title={t("conflict.title")} onClose={onClose} footer={buttons} wide>
      <div class="stack">
        <p class="muted">{t("conflict.text")}</p>
        <div class="versions">
          <span />
          <strong>{t("conflict.mine")}</strong>
          <strong>{t("conflict.theirs")}</strong>
          {fields.filter((field) => field.key in mine).map((field) => (
            <Fragment key={field.key}>
              <span class="muted">{t(field.label)}</span>
              <span>{shown(mine[field.key])}</span>
              <span>{shown(theirs[field.key])}</span>
            </Fragment>
          ))}
        </div>
      </div>
    </Dialog>
  );
}
