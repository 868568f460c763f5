/** Saves a file that the API makes, under the reader's session and language. */
import { api, ApiError } from "../../api";

export async function saveFile(path: string, name: string): Promise<void> {
  const type = name.endsWith(".xlsx") ? "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" : "text/csv";
  const response = await api.raw("GET", path, { headers: { Accept: type } });
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    throw new ApiError(response.status, String(problem.code ?? `http_${response.status}`), String(problem.detail ?? ""));
  }
  const address = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
