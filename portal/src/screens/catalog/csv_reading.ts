/** Reads enough of a CSV file to choose its columns: separator, header, first rows. The import itself is the API's. Pure. */

export interface Sheet {
  separator: string;
  header: string[];
  rows: string[][];
}

const SEPARATORS = [";", ",", "\t", "|"];

/** RFC 4180 fields of the whole text: quotes double themselves, line breaks may stand inside quotes. */
export function parse(text: string, separator: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let field = "";
  let quoted = false;
  const endRow = () => {
    row.push(field);
    if (row.length > 1 || row[0] !== "") rows.push(row);
    row = [];
    field = "";
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (quoted) {
      if (character !== '"') field += character;
      else if (text[at + 1] === '"') field += text[(at += 1)];
      else quoted = false;
    } else if (character === '"' && field === "") quoted = true;
    else if (character === separator) {
      row.push(field);
      field = "";
    } else if (character === "\n") endRow();
    else if (character !== "\r") field += character;
  }
  endRow();
  return rows;
}

/** The separator whose header has the most columns; a spreadsheet in French writes semicolons. */
export function readSheet(text: string): Sheet {
  const plain = text.replace(/^\uFEFF/, "");
  const firstLine = plain.slice(0, plain.search(/\r?\n|$/));
  const counts = SEPARATORS.map((separator) => firstLine.split(separator).length);
  const separator = SEPARATORS[counts.indexOf(Math.max(...counts))] ?? ",";
  const [header = [], ...rows] = parse(plain, separator);
  return { separator, header: header.map((each) => each.trim()), rows };
}

/** Files of old spreadsheets are Windows-1252; a text that is no UTF-8 is read as that. */
export async function readText(file: Blob): Promise<string> {
  const bytes = await file.arrayBuffer();
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

const plainWords = (text: string) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^a-z0-9]+/g, " ").trim();

/** For each field, the column whose name is one of the names it goes by; a column serves once. */
export function guessMapping(header: readonly string[], names: Readonly<Record<string, readonly string[]>>): Record<string, string> {
  const free = new Map(header.map((column) => [plainWords(column), column]));
  const found: Record<string, string> = {};
  for (const [field, known] of Object.entries(names)) {
    const name = [field, ...known].map(plainWords).find((each) => free.has(each));
    if (name === undefined) continue;
    found[field] = free.get(name) as string;
    free.delete(name);
  }
  return found;
}
