import { expect, it } from "vitest";

import { oldKeys, withoutMfa } from "./credential_rows";
import { reportRows } from "./report_csv";

const NOW = Date.parse("2026-06-01T00:00:00Z");
const CSV = [
  "user,password_enabled,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_2_active,access_key_2_last_rotated",
  "<root_account>,true,false,true,2020-01-01T00:00:00+00:00,false,N/A",
  '"ann,b",true,false,true,2026-02-01T00:00:00+00:00,true,2025-06-01T00:00:00+00:00',
  "bob,false,false,false,2020-01-01T00:00:00+00:00,true,2026-05-01T00:00:00+00:00",
  "eve,true,true,false,N/A,false,N/A",
].join("\n");

it("finds keys that are old and active", () => {
  expect(oldKeys(reportRows(CSV).rows, NOW)).toEqual([
    { user: "ann,b", days: 365 },
    { user: "ann,b", days: 120 },
  ]);
});

it("finds users with a password alone", () => {
  expect(withoutMfa(reportRows(CSV).rows)).toEqual(["ann,b"]);
});
