/** The pictures of a product: shown, added by drop, removed. */
import { api } from "../../api";
import { announce } from "../../changes";
import { FileDrop } from "../../design/files";
import { Icon } from "../../design/icons";
import { ask } from "../../design/overlay";
import { toast, toastError } from "../../design/toast";
import { t } from "../../i18n";
import { may } from "../../session";
import type { Product } from "./products";

const ACCEPTED = "image/svg+xml,image/png,image/jpeg,image/webp";

export function inBase64(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ""));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

async function add(product: Product, files: readonly File[]): Promise<void> {
  const address = `/api/catalog/products/${product.id}/add_media`;
  for (const file of files) {
    await api.post(address, { content_base64: await inBase64(file), title: file.name.replace(/\.\w+$/, "") });
  }
  announce("product", product.id);
  toast(t("action.saved"));
}

async function remove(product: Product, key: string, title: string): Promise<void> {
  if (!(await ask({ title: t("action.remove"), text: t("media.remove_question", { name: title }), confirm: t("action.remove"), danger: true }))) return;
  await api.post(`/api/catalog/products/${product.id}/remove_media`, { key });
  announce("product", product.id);
}

export function ProductMedia({ product }: { product: Product }) {
  const mayWrite = may("catalog.write");
  return (
    <div class="stack">
      {product.media.length === 0 && <p class="muted">{t("media.none")}</p>}
      <ul class="media-grid">
        {product.media.map((media) => (
          <li key={media.key}>
            <img src={`/api/catalog/media/${media.key}`} alt={media.title || product.name} loading="lazy" />
            {mayWrite && (
              <button
                type="button" class="button small icon-only" aria-label={`${t("action.remove")} ${media.title}`}
                onClick={() => void remove(product, media.key, media.title).catch(toastError)}
              >
                <Icon name="close" size={12} />
              </button>
            )}
          </li>
        ))}
      </ul>
      {mayWrite && <FileDrop label={t("media.add")} accept={ACCEPTED} multiple onFiles={(files) => void add(product, files).catch(toastError)} />}
    </div>
  );
}
