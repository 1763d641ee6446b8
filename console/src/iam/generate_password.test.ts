import { expect, test } from "vitest";

import { userPasswordRules } from "../session/passwords";
import { generatePassword } from "./generate_password";

const strict = {
  MinimumPasswordLength: 40,
  RequireLowercaseCharacters: true,
  RequireUppercaseCharacters: true,
  RequireNumbers: true,
  RequireSymbols: true,
};

test("they fit every policy", () => {
  for (let n = 0; n < 500; n += 1) {
    for (const [policy, length] of [
      [strict, 40],
      [null, 8],
    ] as const) {
      const rules = userPasswordRules(generatePassword(length), "x", policy);
      expect(rules.filter((rule) => !rule.isKept)).toEqual([]);
    }
  }
});

test("they are as long as they must be, and never alike", () => {
  expect(generatePassword(8)).toHaveLength(20);
  expect(generatePassword(40)).toHaveLength(40);
  expect(new Set(Array.from({ length: 200 }, () => generatePassword(8))).size).toBe(200);
});

test("they take every character as often", () => {
  // A source at the top of its range is drawn again rather than folded onto the first characters.
  let draws = 0;
  const top = (array: Uint32Array) => {
    draws += 1;
    array[0] = draws % 2 === 1 ? 2 ** 32 - 1 : 0;
  };
  expect(generatePassword(8, top)).toHaveLength(20);
  expect(draws).toBeGreaterThan(40);
});

test("they have no character that a spreadsheet takes for a formula", () => {
  const all = Array.from({ length: 200 }, () => generatePassword(8)).join("");
  expect(all).not.toMatch(/[=+\-@'",]/);
});
