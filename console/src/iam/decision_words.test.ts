import { expect, test } from "vitest";

import { keyType, placeOfSimulated, policyWith, principalOf, smallestStatement, statementAt } from "./decision_words";

test("principals of ARNs", () => {
  expect(principalOf("arn:aws:iam::123456789012:user/team/bob")).toEqual({ kind: "user", name: "bob" });
  expect(principalOf("arn:aws:sts::123456789012:assumed-role/devices/cert")).toEqual({ kind: "role", name: "devices" });
  expect(principalOf("arn:aws:iam::123456789012:root")).toBeUndefined();
});

test("policies that a simulation names", () => {
  const holders = [
    { kind: "user", name: "a_b" },
    { kind: "group", name: "g" },
  ] as const;
  const managed = [{ PolicyName: "p", Arn: "arn:p" }];
  expect(placeOfSimulated("user_a_b_c_d", holders, managed)).toEqual({ kind: "inline", of: holders[0], policy: "c_d" });
  expect(placeOfSimulated("p", holders, managed)).toEqual({ kind: "managed", arn: "arn:p" });
  expect(placeOfSimulated("group_x_y", holders, managed)).toBeUndefined();
});

test("statements are found where they begin", () => {
  const text = policyWith(smallestStatement("kinesisvideo:PutMedia", ""));
  expect(statementAt(text, { line: 4, column: 5 })).toEqual({
    start: { line: 4, column: 5 },
    end: { line: 8, column: 6 },
  });
  expect(statementAt(text, { line: 1, column: 1 })).toBeUndefined();
  expect(statementAt("{", { line: 1, column: 1 })).toBeUndefined();
  expect(text).toContain('"Resource": "*"');
});

test("types of keys", () => {
  expect(keyType("aws:SourceIp")).toBe("ip");
  expect(keyType("aws:SecureTransport")).toBe("boolean");
  expect(keyType("aws:RequestTag/x")).toBe("string");
});
