import { expect, test } from "vitest";

import { POLICY_SIZE_MAX, checkPolicy, errorsOf, isOperator, policySize } from "./policy_document";
import type { PolicyKind } from "./policy_document";

function check(policy: unknown, kind: PolicyKind = "identity", sizeMax: number = POLICY_SIZE_MAX.managed) {
  const text = typeof policy === "string" ? policy : JSON.stringify(policy, null, 2);
  return checkPolicy(text, kind, sizeMax).map(
    ({ severity, message, line, column }) => `${severity} ${line}:${column} ${message}`,
  );
}

const statement = (more: object) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "kinesisvideo:PutMedia", Resource: "*", ...more }],
});

test("good policies have no problems", () => {
  expect(check(statement({}))).toEqual([]);
  expect(check(statement({ Sid: "A1", Action: ["kinesisvideo:Get*", "iam:PassRole"] }))).toEqual([]);
  expect(
    check(
      statement({
        Resource: "arn:aws:kinesisvideo:*:*:stream/${credentials-iot:ThingName}/*",
        Condition: { "ForAnyValue:StringLikeIfExists": { "aws:TagKeys": ["a", "b"] }, Bool: { "aws:SecureTransport": true } },
      }),
    ),
  ).toEqual([]);
  expect(
    check(
      {
        Version: "2012-10-17",
        Statement: {
          Effect: "Allow",
          Principal: { AWS: "123456789012", Service: ["credentials.iot.amazonaws.com"] },
          Action: "sts:AssumeRole",
        },
      },
      "trust",
    ),
  ).toEqual([]);
});

test("places and words", () => {
  expect(check('{\n  "Version": "2012-10-17",\n  "Statement": [,]\n}')).toEqual([
    'error 3:17 A value is missing before ",".',
  ]);
  expect(check({ Version: "2012-10-18", Statement: [] })).toEqual([
    'error 2:14 Version must be "2012-10-17".',
    "error 3:16 Statement must hold at least one statement.",
  ]);
  expect(check('{"Version":"2012-10-17"}')).toEqual(["error 1:1 The policy has no Statement."]);
  expect(check(statement({ Effect: "allow" }))).toEqual(['error 5:17 Effect must be "Allow" or "Deny".']);
  expect(check(statement({ actions: 1 }))[0]).toMatch(/"actions" is no element of a statement; did you mean Action\?/);
});

test("what is missing, forbidden or twice", () => {
  const one = (policy: unknown, kind?: PolicyKind) => check(policy, kind)[0];
  expect(one({ Version: "2012-10-17", Statement: { Effect: "Allow", Resource: "*" } })).toMatch(/no Action/);
  expect(one({ Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*" } })).toMatch(/no Resource/);
  expect(one(statement({ NotAction: "iam:*" }))).toMatch(/either Action or NotAction/);
  expect(one(statement({ Principal: "*" }))).toMatch(/Principal stands in trust policies only/);
  expect(one(statement({ Action: [] }))).toMatch(/at least one action/);
  const twice = { Sid: "A", Effect: "Allow", Action: "*", Resource: "*" };
  expect(one({ Version: "2012-10-17", Statement: [twice, twice] })).toMatch(/a second time/);
  expect(one(statement({ Sid: "a-b" }))).toMatch(/letters and digits/);
  const trust = (more: object) => ({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole", ...more },
  });
  expect(check(trust({}), "trust")).toEqual([]);
  expect(one(trust({ Resource: "*" }), "trust")).toMatch(/has no Resource/);
  expect(one(trust({ Principal: { Aws: "*" } }), "trust")).toMatch(/no kind of principal/);
  expect(one(trust({ Principal: { AWS: "bob" } }), "trust")).toMatch(/is no principal/);
  expect(one(trust({ Principal: { AWS: "arn:aws:iam::123456789012:user/*" } }), "trust")).toMatch(/no other wildcard/);
  expect(one(trust({ Action: "iam:PassRole" }), "trust")).toMatch(/actions of sts only/);
  expect(one(trust({ Principal: undefined }), "trust")).toMatch(/no Principal/);
});

test("actions and resources that cannot be are refused, doubtful ones warned of", () => {
  const one = (more: object) => check(statement(more))[0];
  expect(one({ Action: "PutMedia" })).toMatch(/^error .* has no service/);
  expect(one({ Action: "kinesisvideo:Put:Media" })).toMatch(/^error .*more than one colon/);
  expect(one({ Action: "kinesisvideo:PutMedai" })).toMatch(/^warning .*perhaps kinesisvideo:PutMedia is meant/);
  expect(one({ Action: "s3:GetObject" })).toMatch(/^warning .*does not answer for the service "s3"/);
  expect(one({ Resource: "door" })).toMatch(/^error .*must be an ARN/);
  expect(one({ Resource: "arn:aws:iam:eu-1:123456789012:user/a" })).toMatch(/^error .*no region/);
  expect(one({ Resource: "arn:aws:kinesisvideo:*:*:stream/door" })).toMatch(/^warning .*end this with \/\*/);
  expect(one({ Action: "kinesisvideo:ListStreams", Resource: "arn:aws:kinesisvideo:*:*:stream/*" })).toMatch(
    /^warning .*asked about "\*" alone/,
  );
  expect(one({ Condition: { StringEqual: { "aws:username": "a" } } })).toMatch(/no condition operator/);
  expect(one({ Condition: { StringEquals: { username: "a" } } })).toMatch(/no condition key/);
  expect(one({ Condition: { StringEquals: { "aws:username": [] } } })).toMatch(/must not be empty/);
  expect(one({ Sid: "Grün" })).toMatch(/letters and digits/);
  expect(one({ Resource: "arn:aws:iot:*:*:thing/☃" })).toMatch(/Latin-1/);
});

test("sizes are counted without white space", () => {
  expect(policySize('{ "a" :\n 1 }')).toBe(7);
  const long = statement({ Resource: Array.from({ length: 100 }, () => "arn:aws:iot:*:*:thing/abcdefgh") });
  expect(check(long, "identity", 2048)[0]).toMatch(/at most 2048 are allowed/);
  expect(check(long, "identity", 10_240)).toEqual([]);
});

test("texts for fields", () => {
  expect(errorsOf(checkPolicy("{}", "identity", 100))).toBe("Line 1, column 1: The policy has no Statement.");
  expect(errorsOf(checkPolicy(JSON.stringify(statement({ Action: "s3:A" })), "identity", 999))).toBeUndefined();
});

test("operators", () => {
  for (const name of ["StringEquals", "forallvalues:stringlike", "NumericLessThanEqualsIfExists", "Null", "IpAddress"]) {
    expect([name, isOperator(name)]).toEqual([name, true]);
  }
  for (const name of ["StringEqual", "NullIfExists", "ForSome:StringEquals", "", "Arn"]) {
    expect([name, isOperator(name)]).toEqual([name, false]);
  }
});
