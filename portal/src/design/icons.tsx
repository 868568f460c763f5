/** Our own icons: 16 × 16, one stroke weight, drawn with currentColor; always beside words or inside a labelled button. */
import type { JSX } from "preact";

const PATHS = {
  home: "M2.5 7 8 2.5 13.5 7v6.5h-4v-4h-3v4h-4z",
  orders: "M3 2.5h10v11l-2-1.2-1.5 1.2L8 12.3l-1.5 1.2L5 12.3l-2 1.2zM5.5 5.5h5M5.5 8.5h5",
  products: "M8 1.8 13.8 5v6L8 14.2 2.2 11V5zM2.2 5 8 8.2 13.8 5M8 8.2v6",
  stock: "M2 6.2 8 2.5l6 3.7v7.3H2zM5 13.5v-5h6v5M5 11h6",
  customers: "M6 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM1.5 13.5c0-2.5 2-4 4.5-4s4.5 1.5 4.5 4M10.5 2.800a2.4 2.4 0 0 1 0 4.500M12 9.800c1.5.6 2.5 1.9 2.5 3.7",
  channels: "M4 5.500a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.600zM12 9.800a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.600zM4 14.100a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.600zM5.7 4.500l4.6 2.700M5.7 11.500l4.6-2.7",
  payment: "M1.5 4h13v8h-13zM1.5 7h13M4 10h2.500",
  ledger: "M3 2h9a1.500 1.500 0 0 1 1.500 1.500v10.500h-9A1.500 1.500 0 0 1 3 12.500zM3 12.500A1.500 1.500 0 0 1 4.500 11h9M6 5h4.500M6 7.800h4.500",
  settings: "M2 4.500h6M12 4.500h2M2 11.500h2M8 11.500h6M10 6.300a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.600zM6 13.300a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.600z",
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.8 10.8 14 14",
  close: "M4 4l8 8M12 4l-8 8",
  check: "M3 8.5 6.5 12 13 4.5",
  plus: "M8 3v10M3 8h10",
  more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  "chevron-down": "M4 6l4 4 4-4",
  "chevron-right": "M6 4l4 4-4 4",
  "arrow-up": "M8 13V3M4 7l4-4 4 4",
  "arrow-down": "M8 3v10M4 9l4 4 4-4",
  fold: "M2.5 3h11v10h-11zM6 3v10M10.5 6.5 9 8l1.5 1.5",
  unfold: "M2.5 3h11v10h-11zM6 3v10M9 6.5 10.5 8 9 9.5",
  copy: "M5.5 5.500h8v8h-8zM10.5 5.500v-3h-8v8h3",
  download: "M8 2.500v8M4.5 7.5 8 11l3.5-3.500M2.5 13.500h11",
  upload: "M8 11V3M4.5 6.5 8 3l3.5 3.500M2.5 13.500h11",
  info: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.500v3.500M8 5h.01",
  alert: "M8 2.5 14.5 13.500h-13zM8 6.500v3.500M8 12h.01",
  columns: "M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10",
  user: "M8 8a2.8 2.8 0 1 0 0-5.600A2.8 2.8 0 0 0 8 8zM2.5 14c.3-2.7 2.5-4.2 5.5-4.200s5.2 1.5 5.5 4.2",
  link: "M6.5 9.500l3-3M7 4.5 8.5 3a3 3 0 0 1 4.5 4.500L11.5 9M9 11.5 7.5 13A3 3 0 0 1 3 8.500L4.5 7",
  clock: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.500V8l2.5 1.5",
  refresh: "M13.5 8A5.5 5.5 0 1 1 12 4.200M13.5 2v3h-3",
  print: "M4.5 6V2.500h7V6M4.5 11h-2V6h11v5h-2M4.5 9.500h7v4h-7z",
  bookmark: "M4 2.500h8v11L8 10.500l-4 3z",
  keyboard: "M1.5 4h13v8h-13zM4 6.500h.01M6.5 6.500h.01M9 6.500h.01M11.5 6.500h.01M5 9.500h6",
  logout: "M9.5 2.500h-6v11h6M6.5 8h7.500M11 5l3 3-3 3",
  truck: "M1.5 4h8v7h-8zM9.5 6.500h3l2 2.500v2h-5M4.5 13a1.3 1.3 0 1 0 0-2.6 1.3 1.3 0 0 0 0 2.600zM11.5 13a1.3 1.3 0 1 0 0-2.6 1.3 1.3 0 0 0 0 2.600z",
  bolt: "M9 1.5 3.5 9H8l-1 5.500L12.5 7H8z",
  tag: "M2.5 2.500h5l6 6-5 5-6-6zM5.5 5.500h.01",
  code: "M5.5 4.500 2 8l3.5 3.500M10.5 4.500 14 8l-3.5 3.500M9.2 2.500 6.8 13.500",
  reports: "M2.5 13.500h11M4.5 11V8M8 11V3M11.5 11V5.500",
  file: "M3.5 1.800h6l3 3v9.400h-9zM9.5 1.800v3h3",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }): JSX.Element {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill="none" stroke="currentColor" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}

/** The mark: a C (comptoir) standing on its counter. */
export function Logo({ size = 24 }: { size?: number }): JSX.Element {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="currentColor" />
      <g fill="none" stroke="var(--canvas)" stroke-width="3.2" stroke-linecap="round">
        <path d="M21.6 11.2a6.9 6.9 0 1 0 0 7.6" />
        <path d="M7 25.2h18" />
      </g>
    </svg>
  );
}
