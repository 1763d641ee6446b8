import { expect, test } from "vitest";

import { rootPasswordRules, userPasswordRules } from "./passwords";

const root = (password: string) =>
  rootPasswordRules(password, "Alice.1@example.com", "Company-1").map((rule) => rule.isKept);

test("a root user's password has three kinds of characters and is no name", () => {
  expect(root("")).toEqual([false, false, false]);
  expect(root("Owners-pass-1")).toEqual([true, true, true]);
  expect(root("ownerspass1")).toEqual([true, false, true]);
  expect(root("Ownerspass1")).toEqual([true, true, true]);
  expect(root("Short-1")).toEqual([false, true, true]);
  expect(root(`A1-${"x".repeat(126)}`)).toEqual([false, true, true]);
  expect(root("alice.1@EXAMPLE.com")).toEqual([true, true, false]);
  expect(root("COMPANY-1")).toEqual([true, true, false]);
  // Letters beyond ASCII count as letters, and each character counts once.
  expect(root("ÄÖÜäöü12")).toEqual([true, true, true]);
  expect(root("😀😀😀😀😀😀😀")).toEqual([false, false, true]);
});

test("a user's password follows the account's policy", () => {
  const kept = (password: string, policy: Parameters<typeof userPasswordRules>[2]) =>
    userPasswordRules(password, "Bob", policy).map((rule) => rule.isKept);
  expect(kept("Abcdefg1", null)).toEqual([true, true, true]);
  expect(kept("abcdefgh", null)).toEqual([true, false, true]);
  expect(kept("bob", null)).toEqual([false, false, false]);
  expect(kept("aB1-".repeat(33), null)).toEqual([false, true, true]);
  expect(kept("BOB", { MinimumPasswordLength: 3 })).toEqual([true]);
  expect(kept("abcdef", { MinimumPasswordLength: 6 })).toEqual([true]);
  expect(kept("abcdef", { MinimumPasswordLength: 6, RequireSymbols: true })).toEqual([true, false]);
  expect(kept("abcde~", { MinimumPasswordLength: 6, RequireSymbols: true })).toEqual([true, false]);
  expect(kept("abcde]", { MinimumPasswordLength: 6, RequireSymbols: true })).toEqual([true, true]);
});
