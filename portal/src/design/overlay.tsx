/** Dialog, drawer, popover and menu on the browser's own `<dialog>` and popover: focus, Escape and the top layer come with them. */
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { Icon, type IconName } from "./icons";

interface ModalProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  footer?: ComponentChildren;
  wide?: boolean;
}

/** Where the hands go first: the first field, else the button that answers; never the cross. */
const FIRST_FOCUS = ".dialog-body :is(input, select, textarea), footer .primary";

function Modal({ title, onClose, children, footer, className }: ModalProps & { className: string }) {
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const before = document.activeElement;
    element.current?.showModal();
    element.current?.querySelector<HTMLElement>(FIRST_FOCUS)?.focus();
    return () => { if (before instanceof HTMLElement && before.isConnected) before.focus(); };
  }, []);
  return (
    <dialog
      ref={element}
      class={className}
      aria-labelledby={titleId}
      onCancel={(event) => { event.preventDefault(); onClose(); }}
      onMouseDown={(event) => { if (event.target === element.current) onClose(); }}
    >
      <header>
        <h2 id={titleId}>{title}</h2>
        <button type="button" class="button quiet icon-only" aria-label={t("action.close")} onClick={onClose}><Icon name="close" /></button>
      </header>
      <div class="dialog-body">{children}</div>
      {footer && <footer>{footer}</footer>}
    </dialog>
  );
}

export function Dialog(props: ModalProps) {
  return <Modal {...props} className={props.wide ? "dialog wide" : "dialog"} />;
}

/** A panel at the right edge, for reading or filling beside the page it belongs to. */
export function Drawer(props: ModalProps) {
  return <Modal {...props} className="drawer" />;
}

interface Question {
  title: string;
  text: string;
  confirm: string;
  danger?: boolean;
  answer: (yes: boolean) => void;
}

const question = signal<Question | null>(null);

/** Asks before something that cannot be undone; answers true only on the button. */
export function ask(about: Omit<Question, "answer">): Promise<boolean> {
  return new Promise((resolve) => {
    question.value = {
      ...about,
      answer: (yes) => {
        question.value = null;
        resolve(yes);
      },
    };
  });
}

export function Questions() {
  const current = question.value;
  if (!current) return null;
  const buttons = (
    <>
      <button type="button" class="button" onClick={() => current.answer(false)}>{t("action.cancel")}</button>
      <button type="button" class={`button primary ${current.danger ? "danger" : ""}`} autofocus onClick={() => current.answer(true)}>
        {current.confirm}
      </button>
    </>
  );
  return <Dialog title={current.title} onClose={() => current.answer(false)} footer={buttons}><p>{current.text}</p></Dialog>;
}

const EDGE = 8;

/** Puts the panel under its button, or above it or shifted where the window leaves no room. */
function place(panel: HTMLElement, anchor: HTMLElement): void {
  const at = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = panel;
  const below = at.bottom + 4;
  const top = below + height > window.innerHeight - EDGE ? Math.max(EDGE, at.top - height - 4) : below;
  const wanted = at.left + width > window.innerWidth - EDGE ? at.right - width : at.left;
  panel.style.top = `${top}px`;
  panel.style.left = `${Math.max(EDGE, Math.min(wanted, window.innerWidth - width - EDGE))}px`;
}

interface PopoverProps {
  /** What the button shows. */
  button: ComponentChildren;
  buttonClass?: string;
  /** The name of a button that shows no words. */
  buttonLabel?: string;
  /** The name of the panel, where it is not the button's. */
  label?: string;
  className?: string;
  role?: "menu" | "dialog";
  /** Drawn only while open; gets the function that closes it. */
  children: (close: () => void) => ComponentChildren;
  disabled?: boolean;
}

export function Popover({ button, buttonClass = "button", buttonLabel, label, className = "", role = "dialog", children, disabled }: PopoverProps) {
  const id = useId();
  const anchor = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  const name = label ?? buttonLabel ?? (typeof button === "string" ? button : undefined);
  useEffect(() => {
    if (!open || !panel.current || !anchor.current) return;
    const [shown, from] = [panel.current, anchor.current];
    place(shown, from);
    const observer = new ResizeObserver(() => place(shown, from));
    observer.observe(shown);
    shown.querySelector<HTMLElement>("[autofocus], input, [role=menuitem]")?.focus();
    return () => observer.disconnect();
  }, [open]);
  return (
    <>
      <button
        ref={anchor} type="button" class={buttonClass} popovertarget={id} aria-label={buttonLabel} title={buttonLabel ?? label}
        aria-haspopup={role} aria-expanded={open} disabled={disabled}
      >
        {button}
      </button>
      <div
        ref={panel} id={id} popover="auto" class={`popover ${className}`} role={role} aria-label={name}
        onToggle={(event) => setOpen(event.newState === "open")} onKeyDown={role === "menu" ? moveInMenu : undefined}
      >
        {open && children(() => panel.current?.hidePopover())}
      </div>
    </>
  );
}

function moveInMenu(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const items = [...(event.currentTarget as Element).querySelectorAll<HTMLElement>("[role=menuitem]:not([disabled])")];
  const index = items.indexOf(document.activeElement as HTMLElement);
  items[(index + step + items.length) % items.length]?.focus();
}

export interface MenuItem {
  label: string;
  icon?: IconName;
  keys?: string;
  href?: string;
  danger?: boolean;
  disabled?: boolean;
  checked?: boolean;
  run?: () => void;
}

interface MenuProps {
  items: readonly MenuItem[];
  button: ComponentChildren;
  buttonClass?: string;
  buttonLabel?: string;
}

export function Menu({ items, ...button }: MenuProps) {
  return (
    <Popover {...button} role="menu">
      {(close) => items.map((item) => <MenuEntry key={item.label} item={item} close={close} />)}
    </Popover>
  );
}

function MenuEntry({ item, close }: { item: MenuItem; close: () => void }) {
  const className = `menu-item ${item.danger ? "danger" : ""}`;
  const content = (
    <>
      {item.icon && <Icon name={item.icon} />}
      <span>{item.label}</span>
      {item.checked && <Icon name="check" />}
      {item.keys && <kbd class="key">{item.keys}</kbd>}
    </>
  );
  if (item.href) return <a class={className} role="menuitem" href={item.href} onClick={close}>{content}</a>;
  return (
    <button type="button" class={className} role="menuitem" disabled={item.disabled} onClick={() => { close(); item.run?.(); }}>
      {content}
    </button>
  );
}
