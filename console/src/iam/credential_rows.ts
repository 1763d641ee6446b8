/** What the credential report says of credentials that should be replaced or guarded. */

import type { ReportRow } from "./report_csv";

/** An access key that is in use for long. */
export interface OldKey {
  user: string;
  days: number;
}

/** Active keys that were made longer ago than `KEY_DAYS_MAX`, the oldest first; not root's. */
export function oldKeys(rows: readonly ReportRow[], nowMs: number): OldKey[] {
  const found: OldKey[] = [];
  for (const row of rows) {
    const user = row["user"] ?? "";
    if (user === "<root_account>") continue;
    for (const key of ["access_key_1", "access_key_2"]) {
      if (row[`${key}_active`]?.toLowerCase() !== "true") continue;
      const days = Math.floor((nowMs - Date.parse(row[`${key}_last_rotated`] ?? "")) / 86_400_000);
      if (days > KEY_DAYS_MAX) found.push({ user, days });
    }
  }
  return found.sort((a, b) => b.days - a.days);
}

/** Users who sign in with a password alone. */
export function withoutMfa(rows: readonly ReportRow[]): string[] {
  return rows
    .filter(
      (row) =>
        row["user"] !== "<root_account>" &&
        row["password_enabled"]?.toLowerCase() === "true" &&
        row["mfa_active"]?.toLowerCase() !== "true",
    )
    .map((row) => row["user"] ?? "");
}

/** Keys should be replaced after this time, as AWS advises. */
export const KEY_DAYS_MAX = 90;
