import { describe, expect, it } from "vitest";

import { generatePassword, passwordFault, rulesInWords, rulesOf } from "./passwords";

const byDefault = rulesOf(undefined);
const strict = rulesOf({
  MinimumPasswordLength: 40,
  RequireLowercaseCharacters: true,
  RequireUppercaseCharacters: true,
  RequireNumbers: true,
  RequireSymbols: true,
});

describe("without a policy", () => {
  it.each(["Abcdefg1", "abcdef-1", "ABCDEF-1", "Abcdefg-"])("%s does", (password) =>
    expect(passwordFault(byDefault, password, "ann")).toBeUndefined(),
  );
  it.each([
    ["Abc-1", /8 characters/],
    ["abcdefg1", /3 of/],
    ["abcdefgh", /3 of/],
    ["aB1-".repeat(33), /128/],
  ])("%s does not", (password, why) => expect(passwordFault(byDefault, password, "ann")).toMatch(why));
  it("is not the user's name", () => {
    expect(passwordFault(byDefault, "camera-firm1", "Camera-Firm1")).toMatch(/user name/);
  });
});

describe("with a policy", () => {
  it("needs what the policy says and nothing else", () => {
    const lax = rulesOf({ MinimumPasswordLength: 6, RequireNumbers: true });
    expect(passwordFault(lax, "aaaaa1", "aaaaa1")).toBeUndefined();
    expect(passwordFault(lax, "aaaaaa", "x")).toMatch(/one number/);
    expect(passwordFault(strict, "a".repeat(40), "x")).toMatch(/one uppercase letter, one number, one symbol/);
  });
  it("is told in words", () => {
    expect(rulesInWords(rulesOf({ MinimumPasswordLength: 6, RequireNumbers: true }))).toEqual([
      "At least 6 characters",
      "At least one number",
    ]);
    expect(rulesInWords(byDefault)).toHaveLength(3);
  });
});

describe("generated passwords", () => {
  it("fit every policy", () => {
    for (let n = 0; n < 500; n += 1) {
      expect(passwordFault(strict, generatePassword(strict), "x")).toBeUndefined();
      expect(passwordFault(byDefault, generatePassword(byDefault), "x")).toBeUndefined();
    }
  });
  it("are as long as they must be, and never alike", () => {
    expect(generatePassword(byDefault)).toHaveLength(20);
    expect(generatePassword(strict)).toHaveLength(40);
    expect(new Set(Array.from({ length: 200 }, () => generatePassword(byDefault))).size).toBe(200);
  });
  it("take every character as often", () => {
    // A source at the top of its range is drawn again rather than folded onto the first characters.
    let draws = 0;
    const top = (array: Uint32Array) => {
      draws += 1;
      array[0] = draws % 2 === 1 ? 2 ** 32 - 1 : 0;
    };
    expect(generatePassword(byDefault, top)).toHaveLength(20);
    expect(draws).toBeGreaterThan(40);
  });
  it("have no character that a spreadsheet takes for a formula", () => {
    const all = Array.from({ length: 200 }, () => generatePassword(byDefault)).join("");
    expect(all).not.toMatch(/[=+\-@'",]/);
  });
});
