/** The credential report, read as a table. */

/** One identity of the report, by the names of its columns. */
export type Row = ReadonlyMap<string, string>;

/** The rows of the report's CSV (RFC 4180). */
export function reportRows(csv: string): Row[] {
  const [header, ...records] = recordsOf(csv);
  if (!header) return [];
  return records.map((fields) => new Map(header.map((name, at) => [name, fields[at] ?? ""])));
}

/** An access key that is in use for long. */
export interface OldKey {
  user: string;
  days: number;
}

/** Active keys that were made longer ago than `KEY_DAYS_MAX`, the oldest first; not root's. */
export function oldKeys(rows: readonly Row[], nowMs: number): OldKey[] {
  const found: OldKey[] = [];
  for (const row of rows) {
    const user = row.get("user") ?? "";
    if (user === "<root_account>") continue;
    for (const key of ["access_key_1", "access_key_2"]) {
      if (row.get(`${key}_active`)?.toLowerCase() !== "true") continue;
      const days = Math.floor((nowMs - Date.parse(row.get(`${key}_last_rotated`) ?? "")) / 86_400_000);
      if (days > KEY_DAYS_MAX) found.push({ user, days });
    }
  }
  return found.sort((a, b) => b.days - a.days);
}

/** Users who sign in with a password alone. */
export function withoutMfa(rows: readonly Row[]): string[] {
  return rows
    .filter(
      (row) =>
        row.get("user") !== "<root_account>" &&
        row.get("password_enabled")?.toLowerCase() === "true" &&
        row.get("mfa_active")?.toLowerCase() !== "true",
    )
    .map((row) => row.get("user") ?? "");
}

function recordsOf(csv: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let field = "";
  let isQuoted = false;
  for (let at = 0; at < csv.length; at += 1) {
    const c = csv.charAt(at);
    if (isQuoted) {
      if (c !== '"') field += c;
      else if (csv.charAt(at + 1) === '"') {
        field += c;
        at += 1;
      } else isQuoted = false;
    } else if (c === '"') isQuoted = true;
    else if (c === "," || c === "\n") {
      record.push(field);
      field = "";
      if (c === "\n") {
        records.push(record);
        record = [];
      }
    } else if (c !== "\r") field += c;
  }
  if (field !== "" || record.length > 0) records.push([...record, field]);
  return records;
}

/** Keys should be replaced after this time, as AWS advises. */
export const KEY_DAYS_MAX = 90;
