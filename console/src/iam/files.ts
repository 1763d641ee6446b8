/**
 * The files that hold credentials, as AWS's console gives them: their names, their headers,
 * and the byte order mark and line ends that spreadsheets and `aws configure import` know.
 */

import type { TextFile } from "../parts/download";

/**
 * An access key, as told when it is created.
 *
 * @param userName `undefined` for root.
 */
export function accessKeyFile(userName: string | undefined, id: string, secret: string): TextFile {
  const name = userName === undefined ? "rootkey.csv" : `${userName}_accessKeys.csv`;
  return csvFile(name, [
    ["Access key ID", "Secret access key"],
    [id, secret],
  ]);
}

/** A user's password, as told when it is set. */
export function passwordFile(userName: string, password: string, signInUrl: string): TextFile {
  return csvFile(`${userName}_credentials.csv`, [
    ["User name", "Password", "Console sign-in URL"],
    [userName, password, signInUrl],
  ]);
}

function csvFile(name: string, rows: readonly (readonly string[])[]): TextFile {
  const lines = rows.map((row) => row.map(field).join(","));
  return { name, type: "text/csv;charset=utf-8", text: `\uFEFF${lines.join("\r\n")}\r\n` };
}

/** RFC 4180: a field with a separator in it is quoted, its quotes doubled. */
function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
