/** Short news at the corner: what was done (with undo where there is one) or what failed. */
import { signal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { ApiError, errorText } from "../api";
import { t } from "../i18n";
import { Icon } from "./icons";

interface ToastContent {
  id: number;
  text: string;
  tone: "good" | "bad";
  detail?: string;
  undo?: () => void;
}

const SHOWN_MS = 6_000;
const toasts = signal<readonly ToastContent[]>([]);
let lastId = 0;

function dismiss(id: number): void {
  toasts.value = toasts.value.filter((each) => each.id !== id);
}

function add(content: Omit<ToastContent, "id">): void {
  const id = (lastId += 1);
  toasts.value = [...toasts.value.slice(-3), { ...content, id }];
  if (content.tone === "good") setTimeout(() => dismiss(id), SHOWN_MS);
}

export function toast(text: string, undo?: () => void): void {
  add({ text, tone: "good", undo });
}

/** A failure stays until dismissed, with the request id to quote to support. */
export function toastError(error: unknown): void {
  const requestId = error instanceof ApiError ? error.requestId : null;
  add({ text: errorText(error), tone: "bad", detail: requestId ? t("error.request", { id: requestId }) : undefined });
}

function ToastItem({ content }: { content: ToastContent }) {
  return (
    <li class={`toast ${content.tone}`} role={content.tone === "bad" ? "alert" : undefined}>
      <Icon name={content.tone === "bad" ? "alert" : "check"} />
      <div class="grow">
        <div>{content.text}</div>
        {content.detail && <div class="small muted mono">{content.detail}</div>}
      </div>
      {content.undo && (
        <button type="button" class="button small" onClick={() => { dismiss(content.id); content.undo?.(); }}>
          {t("action.undo")}
        </button>
      )}
      <button type="button" class="button quiet icon-only small" aria-label={t("action.dismiss")} onClick={() => dismiss(content.id)}>
        <Icon name="close" />
      </button>
    </li>
  );
}

/** Stands in the top layer and steps above a dialog opened before the newest toast. */
export function Toasts() {
  const host = useRef<HTMLDivElement>(null);
  const shown = toasts.value;
  useLayoutEffect(() => {
    const element = host.current;
    if (!element) return;
    if (element.matches(":popover-open")) element.hidePopover();
    if (shown.length > 0) element.showPopover();
  }, [shown]);
  return (
    <div ref={host} class="toasts no-print" popover="manual" role="status" aria-live="polite">
      <ul>{shown.map((content) => <ToastItem key={content.id} content={content} />)}</ul>
    </div>
  );
}
