import { describe, expect, it } from "vitest";

import { aliasFault, groupNameFault, tagKeyFault, tagValueFault, userNameFault } from "./names";

describe("names", () => {
  it.each(["Administrator", "a", "a+b=c,d.e@f_g-h", "x".repeat(64)])("%s is a user's", (name) =>
    expect(userNameFault(name)).toBeUndefined(),
  );
  it.each([
    ["", /Enter/],
    ["two words", /accepted/],
    ["père", /accepted/],
    ["a/b", /accepted/],
    ["x".repeat(65), /64/],
  ])("%s is none", (name, why) => expect(userNameFault(name)).toMatch(why));
  it("may be longer for groups", () => {
    expect(groupNameFault("x".repeat(128))).toBeUndefined();
    expect(groupNameFault("x".repeat(129))).toMatch(/128/);
  });
});

describe("aliases", () => {
  it.each(["abc", "a-b-c", "my-cameras", "1abc"])("%s is one", (alias) => expect(aliasFault(alias)).toBeUndefined());
  it.each(["ab", "-abc", "abc-", "a--b", "Abc", "a.b", "123456789012", "x".repeat(64)])("%s is none", (alias) =>
    expect(aliasFault(alias)).toBeDefined(),
  );
});

describe("tags", () => {
  it("have a key with AWS's characters", () => {
    expect(["site", "größe", "a b", "a:b/c=d+e-f@g_h.i"].map(tagKeyFault)).toEqual(Array(4).fill(undefined));
    expect(["", " ", "aws:x", "AWS:x", "a#b", "x".repeat(129)].filter((key) => tagKeyFault(key) === undefined)).toEqual([]);
  });
  it("may have an empty value", () => {
    expect(tagValueFault("")).toBeUndefined();
    expect(tagValueFault("x".repeat(257))).toMatch(/256/);
  });
});
