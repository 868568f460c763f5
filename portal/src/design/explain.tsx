/** Why this number: a computed figure opens its inputs, formula and steps, each with the document it comes from. */
import type { ComponentChildren } from "preact";
import type { ExplainedRow, Explanation } from "../api_types";
import { formatMoney, formatNumber, formatPlain, formatUnit } from "../format";
import { t } from "../i18n";
import { timeZone } from "../session";
import { useResource } from "../resource";
import { Problem, Skeleton } from "./feedback";
import { Popover } from "./overlay";
import { DateTime } from "./values";

/** Dates and instants are told in the reader's way. A unit is a currency (three letters ISO 4217), a Rec 20 unit code, or a word. */
function withUnit(value: string, unit: string | undefined): string {
  if (!/^-?\d+(\.\d+)?$/.test(value)) return formatPlain(value, timeZone.value);
  if (unit && /^[A-Z]{3}$/.test(unit) && CURRENCIES.has(unit)) return formatMoney(value, unit);
  return unit && unit !== "C62" ? `${formatNumber(value)} ${formatUnit(unit)}` : formatNumber(value);
}

const CURRENCIES = new Set(Intl.supportedValuesOf("currency"));

function Values({ rows, caption, unit }: { rows: readonly ExplainedRow[]; caption: string; unit: string }) {
  if (rows.length === 0) return null;
  return (
    <table>
      <caption class="visually-hidden">{caption}</caption>
      <tbody>
        {rows.map((row, index) => (
          <tr key={index}>
            <th scope="row">
              {row.link ? <a href={row.link}>{row.label}</a> : row.label}
              {row.at && <span class="muted small"> <DateTime instant={row.at} /></span>}
            </th>
            <td class="figure">{withUnit(row.value, row.unit ?? unit)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Content({ path, label }: { path: string; label: string }) {
  const { data, error, refetch } = useResource<Explanation>(path);
  if (error) return <Problem error={error} retry={refetch} />;
  if (!data) return <Skeleton lines={4} />;
  return (
    <div class="explain">
      <div>
        <h3>{label}</h3>
        <div class="result figure">{withUnit(data.value, data.unit)}</div>
      </div>
      <Values rows={data.inputs} caption={t("explain.inputs")} unit={data.unit} />
      <div class="formula" aria-label={t("explain.formula")} role="note">{data.formula}</div>
      <Values rows={data.steps} caption={t("explain.steps")} unit={data.unit} />
    </div>
  );
}

/** Wraps a figure in a button that explains it; `path` is the document's `…/explain` address. */
export function Explain({ path, label, children }: { path: string; label: string; children: ComponentChildren }) {
  const why = t("explain.why", { label });
  return (
    <Popover button={<>{children}<span class="visually-hidden"> {why}</span></>} buttonClass="figure-button" label={why} className="padded">
      {() => <Content path={path} label={label} />}
    </Popover>
  );
}
