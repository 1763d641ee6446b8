import { expect, it } from "vitest";

import { changes, doubled, edited, wanted } from "./tags";

const before = edited([
  { Key: "site", Value: "north" },
  { Key: "team", Value: "video" },
]);

it("finds what changed", () => {
  const [site, team] = before;
  const after = [
    { ...site!, value: "south" },
    { ...team!, markedForRemoval: true },
    { key: " new ", value: "", existing: false },
  ];
  expect(changes(before, after)).toEqual({
    set: [
      { Key: "site", Value: "south" },
      { Key: "new", Value: "" },
    ],
    removed: ["team"],
  });
  expect(changes(before, before)).toEqual({ set: [], removed: [] });
});

it("does not take away a key that was removed and added again", () => {
  const after = [
    { ...before[0]!, markedForRemoval: true },
    before[1]!,
    { key: "site", value: "east", existing: false },
  ];
  expect(changes(before, after)).toEqual({ set: [{ Key: "site", Value: "east" }], removed: [] });
  expect(wanted(after)).toHaveLength(2);
});

it("sees keys that differ by case alone", () => {
  expect(doubled(before)).toBeUndefined();
  expect(doubled([...before, { key: "SITE", value: "", existing: false }])).toBe("SITE");
});
