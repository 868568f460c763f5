/** One line of text of any plain kind; Preact types each kind of input apart, so the kind is told here once. */
import type { InputHTMLAttributes } from "preact";

export type InputKind = "text" | "email" | "password" | "date";

type TextInput = Extract<InputHTMLAttributes<HTMLInputElement>, { type: "file" | "hidden" | "password" }>;

export function Input({ kind, ...attributes }: Omit<TextInput, "type"> & { kind: InputKind }) {
  return <input {...attributes} class="input" type={kind as TextInput["type"]} />;
}
