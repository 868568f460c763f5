/** A secret that is shown this once: to copy now, for nobody can show it again. */
import { useState } from "preact/hooks";
import { Notice } from "../../design/feedback";
import { Icon } from "../../design/icons";
import { Dialog } from "../../design/overlay";
import { t } from "../../i18n";

export function SecretOnce({ title, secret, onClose }: { title: string; secret: string; onClose: () => void }) {
  const [copied, setCopied] = useState(false);
  async function copy(): Promise<void> {
    await navigator.clipboard.writeText(secret);
    setCopied(true);
  }
  return (
    <Dialog title={title} onClose={onClose} footer={<button type="button" class="button primary" onClick={onClose}>{t("secret.kept")}</button>}>
      <div class="stack">
        <Notice tone="warn">{t("secret.once")}</Notice>
        <code class="secret">{secret}</code>
        <div><button type="button" class="button" onClick={() => void copy()}><Icon name={copied ? "check" : "copy"} />{t(copied ? "value.copied" : "value.copy")}</button></div>
      </div>
    </Dialog>
  );
}
