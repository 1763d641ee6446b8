import { expect, test } from "vitest";

import { groupedAccountId } from "../session/account_id";
import { isPhone, keepProgress, keptProgress, progressed } from "./progress";
import type { Progress } from "./progress";

test("what is kept comes back", () => {
  let kept: string | null = null;
  const storage = {
    getItem: () => kept,
    setItem: (_: string, value: string) => void (kept = value),
    removeItem: () => void (kept = null),
  };
  const codeExpires = "2026-01-02T03:04:05Z";
  const steps: Progress[] = [
    progressed({ next: "VerifyEmail", signUpId: "a", codeExpires }, "a@b.example", "+15550100"),
    progressed({ next: "VerifyPhone", signUpId: "a", codeExpires }, "a@b.example", "+15550100"),
    progressed(
      { next: "SignIn", accountId: "123456789012", state: "PENDING", signInUrl: "" },
      "a@b.example",
      "",
    ),
  ];
  expect(steps.map((step) => step.at)).toEqual(["email", "phone", "done"]);
  for (const step of steps) {
    keepProgress(storage, step);
    expect(keptProgress(storage)).toEqual(step);
  }
  keepProgress(storage, undefined);
  expect(keptProgress(storage)).toBeUndefined();
});

test("what is not ours is nothing", () => {
  for (const text of [
    "",
    "{",
    "null",
    "[1]",
    '{"at":"email"}',
    '{"at":"done","email":"a","accountId":"1"}',
    '{"at":"phone","signUpId":7,"email":"a","phone":"b","codeExpires":"c"}',
  ]) {
    expect(keptProgress({ getItem: () => text }), text).toBeUndefined();
  }
});

test("numbers as people write them", () => {
  expect(groupedAccountId("012345678901")).toBe("0123-4567-8901");
  for (const good of ["+15550100", "+1 (555) 010-0123", "+49.30.123456"]) {
    expect(isPhone(good), good).toBe(true);
  }
  for (const bad of ["", "5550100", "+0555010000", "+1", "+1555x0100", "+1234567890123456"]) {
    expect(isPhone(bad), bad).toBe(false);
  }
});
