import { expect, test } from "vitest";

import { csvRows, heading, reportRows } from "./report_csv";

test("fields with separators and quotes", () => {
  expect(csvRows('a,b\r\n"x,""y""\nz",\n')).toEqual([
    ["a", "b"],
    ['x,"y"\nz', ""],
  ]);
  expect(csvRows("")).toEqual([]);
  expect(csvRows("a")).toEqual([["a"]]);
});

test("rows by column", () => {
  const { columns, rows } = reportRows("user,arn,mfa_active\n<root_account>,arn:x,false\n");
  expect(columns).toEqual(["user", "arn", "mfa_active"]);
  expect(rows).toEqual([{ user: "<root_account>", arn: "arn:x", mfa_active: "false" }]);
  expect(heading("mfa_active")).toBe("MFA active");
  expect(heading("access_key_1_last_used_date")).toBe("Access key 1 last used date");
});
