import { expect, test } from "vitest";

import { POLICY_SIZE_MAX, checkPolicy } from "./policy_document";
import { startingPoints } from "./starting_points";
import { revokePolicy, trustFaults, trustPolicy, trustedOf } from "./trusted_entity";
import type { Trusted } from "./trusted_entity";

const ACCOUNT: Trusted = { kind: "account", accountId: "123456789012", externalId: "", isMfaRequired: false };
const PROVIDER = "arn:aws:iam::123456789012:oidc-provider/id.example.com";

test("trust policies are good policies", () => {
  const all: Trusted[] = [
    ACCOUNT,
    { ...ACCOUNT, externalId: "a-1", isMfaRequired: true },
    { kind: "service", service: "credentials.iot.amazonaws.com" },
    { kind: "web", provider: PROVIDER, audience: "app" },
  ];
  for (const trusted of all) {
    expect(checkPolicy(trustPolicy(trusted), "trust", POLICY_SIZE_MAX.trust)).toEqual([]);
    expect(trustFaults(trusted)).toEqual({});
  }
  expect(trustPolicy({ ...ACCOUNT, externalId: "a-1" })).toContain('"sts:ExternalId": "a-1"');
  expect(trustPolicy({ kind: "web", provider: PROVIDER, audience: "app" })).toContain('"id.example.com:aud": "app"');
});

test("fields are checked", () => {
  expect(trustFaults({ ...ACCOUNT, accountId: "12", externalId: "?" })).toEqual({
    accountId: "An account id has 12 digits.",
    externalId: expect.stringContaining("2 to 1,224") as string,
  });
  expect(Object.keys(trustFaults({ kind: "web", provider: "", audience: "" }))).toEqual(["provider", "audience"]);
});

test("whom a policy trusts", () => {
  expect(trustedOf(trustPolicy(ACCOUNT))).toEqual(["Account: 123456789012"]);
  expect(trustedOf(trustPolicy({ kind: "service", service: "credentials.iot.amazonaws.com" }))).toEqual([
    "AWS service: credentials.iot.amazonaws.com",
  ]);
  expect(trustedOf(trustPolicy({ kind: "web", provider: PROVIDER, audience: "x" }))).toEqual([
    "Identity provider: id.example.com",
  ]);
  const user = { Effect: "Allow", Principal: { AWS: ["arn:aws:iam::123456789012:user/a/bob", "*"] } };
  expect(trustedOf(JSON.stringify({ Statement: user }))).toEqual(["user/a/bob", "Everybody"]);
  expect(trustedOf("nonsense")).toEqual([]);
});

test("what pages write themselves is a good policy", () => {
  const time = new Date("2026-01-02T03:04:05Z");
  expect(revokePolicy(time)).toContain('"aws:TokenIssueTime": "2026-01-02T03:04:05.000Z"');
  expect(checkPolicy(revokePolicy(time), "identity", POLICY_SIZE_MAX.role)).toEqual([]);
  for (const { id, document } of startingPoints("us-east-1", "123456789012", "door")) {
    const problems = checkPolicy(document, "identity", POLICY_SIZE_MAX.managed);
    if (id === "empty") expect(problems).toHaveLength(2);
    else expect([id, problems]).toEqual([id, []]);
  }
});
