/** The credential report's text as rows. */

/** RFC 4180: rows of fields; quoted fields may have separators, line ends and doubled quotes. */
export function csvRows(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let field = "";
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? "";
    if (isQuoted) {
      if (character !== '"') field += character;
      else if (text[at + 1] === '"') {
        field += '"';
        at += 1;
      } else isQuoted = false;
    } else if (character === '"' && field === "") isQuoted = true;
    else if (character === ",") {
      row.push(field);
      field = "";
    } else if (character === "\n") {
      rows.push([...row, field]);
      row = [];
      field = "";
    } else if (character !== "\r") field += character;
  }
  if (field !== "" || row.length > 0) rows.push([...row, field]);
  return rows;
}

/** A row by its columns' names. */
export type ReportRow = Readonly<Record<string, string>>;

/** The report's rows; the first line names the columns. */
export function reportRows(text: string): { columns: string[]; rows: ReportRow[] } {
  const [columns = [], ...lines] = csvRows(text);
  const rows = lines.map((line) => Object.fromEntries(columns.map((column, at) => [column, line[at] ?? ""])));
  return { columns, rows };
}

/** A column's name as a heading: `mfa_active` is `MFA active`. */
export function heading(column: string): string {
  const words = column.replaceAll("_", " ").replace(/\b(mfa|arn)\b/g, (word) => word.toUpperCase());
  return words.charAt(0).toUpperCase() + words.slice(1);
}
