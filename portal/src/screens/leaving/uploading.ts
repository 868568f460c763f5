/** Sends an archive in pieces of 4 MB, one after the other, and begins its import. */
import { api } from "../../api";
import type { JobView, Uploaded } from "../../api_types";

const PIECE_BYTES = 4 * 1024 * 1024;
export const EXPORTS = "/api/leaving/exports";
export const IMPORTS = "/api/leaving/imports";
const UPLOADS = "/api/leaving/uploads";

async function base64(piece: Blob): Promise<string> {
  const bytes = new Uint8Array(await piece.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

/** The upload's id, once every piece is there; `tell` hears the bytes that are. */
export async function upload(file: File, tell: (sent: number) => void): Promise<string> {
  const { upload_id: id } = (await api.post<Uploaded>(UPLOADS)).body;
  for (let at = 0, number = 0; at < file.size; at += PIECE_BYTES, number += 1) {
    tell(at);
    const content = await base64(file.slice(at, at + PIECE_BYTES));
    await api.put<Uploaded>(`${UPLOADS}/${id}/parts`, { number, content });
  }
  tell(file.size);
  return id;
}

export async function startImport(uploadId: string, dryRun: boolean): Promise<JobView> {
  return (await api.post<JobView>(IMPORTS, { upload_id: uploadId, dry_run: dryRun })).body;
}
