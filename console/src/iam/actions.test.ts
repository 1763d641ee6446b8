import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { ACTIONS, actionOf, actionsLike, isLike, isServedService } from "./actions";

/** What the server asks for besides its operations: `docs/ACCESS.md`, `policy/actions.rs`. */
const BESIDES = [
  "kinesisvideo:ListFindings",
  "iam:PassRole",
  "sts:TagSession",
  "sts:SetSourceIdentity",
  "kinora:GetDecision",
  "cloudtrail:LookupEvents",
];

test("the table is the server's", () => {
  const source = readFileSync(new URL("../../../crates/aws/src/shapes/ops.rs", import.meta.url), "utf8");
  const prefixes: Record<string, string> = { Iam: "iam", Sts: "sts", Iot: "iot" };
  const served = [...source.matchAll(/^ {4}\w+ = (\w+) "(\w+)" "/gm)].map(
    ([, service, name]) => `${prefixes[service ?? ""] ?? "kinesisvideo"}:${name ?? ""}`,
  );
  expect(served.length).toBeGreaterThan(180);
  expect(ACTIONS.map(({ name }) => name).sort()).toEqual([...new Set([...served, ...BESIDES])].sort());
});

test("resources are the server's", () => {
  const source = readFileSync(new URL("../../../crates/aws/src/policy/actions.rs", import.meta.url), "utf8");
  const table = source.slice(source.indexOf("const ROWS"));
  const rows = table.matchAll(/resource: ResourceType::(\w+),.*?ops: &\[(.*?)\]/gs);
  let compared = 0;
  for (const [, type, ops] of rows) {
    const kind = type === "Everything" ? "none" : type?.toLowerCase();
    for (const [, op] of (ops ?? "").matchAll(/Op::(\w+)/g)) {
      const found = ACTIONS.find(({ service, name }) => {
        const prefix = service === "iot" ? "Iot" : "";
        return op === prefix + (name.split(":")[1] ?? "");
      });
      if (kind === "none" || kind === "stream" || kind === "user" || kind === "role") {
        expect([op, found?.resource]).toEqual([op, kind]);
        compared += 1;
      }
    }
  }
  expect(compared).toBeGreaterThan(100);
});

test("names and patterns find actions", () => {
  expect(actionOf("KINESISVIDEO:putmedia")?.resource).toBe("stream");
  expect(actionOf("kinesisvideo:Put*")).toBeUndefined();
  expect(actionsLike("kinesisvideo:Put*").map(({ name }) => name)).toEqual(["kinesisvideo:PutMedia"]);
  expect(actionsLike("kinesisvideo:Fly")).toEqual([]);
  expect(actionsLike("*")).toHaveLength(ACTIONS.length);
  expect(isServedService("IAM")).toBe(true);
  expect(isServedService("s3")).toBe(false);
});

test("patterns", () => {
  for (const [pattern, text, expected] of [
    ["a*c", "abbc", true],
    ["a*c", "abbd", false],
    ["*", "", true],
    ["a?", "a", false],
    ["a?", "ab", true],
    ["*a*b", "xaxxab", true],
    ["a**b", "ab", true],
    ["", "a", false],
  ] as const) {
    expect([pattern, text, isLike(pattern, text)]).toEqual([pattern, text, expected]);
  }
});
