/** Files by drop, by dialog or by paste of the keyboard's focus: one target for import and documents. */
import { useId, useState } from "preact/hooks";
import { t } from "../i18n";
import { Icon } from "./icons";

interface FileDropProps {
  label: string;
  /** As in `<input accept>`, for example `.csv,text/csv`. */
  accept: string;
  multiple?: boolean;
  onFiles: (files: File[]) => void;
}

export function FileDrop({ label, accept, multiple = false, onFiles }: FileDropProps) {
  const id = useId();
  const [over, setOver] = useState(false);
  function take(files: FileList | null | undefined): void {
    setOver(false);
    if (files && files.length > 0) onFiles(multiple ? [...files] : [...files].slice(0, 1));
  }
  return (
    <label
      for={id}
      class={`file-drop ${over ? "over" : ""}`}
      onDragOver={(event) => { event.preventDefault(); setOver(true); }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => { event.preventDefault(); take(event.dataTransfer?.files); }}
    >
      <Icon name="upload" size={20} />
      <span>{label}</span>
      <span class="small faint">{t("file.drop_hint")}</span>
      <input
        id={id} type="file" class="visually-hidden" accept={accept} multiple={multiple}
        onChange={(event) => { take(event.currentTarget.files); event.currentTarget.value = ""; }}
      />
    </label>
  );
}
