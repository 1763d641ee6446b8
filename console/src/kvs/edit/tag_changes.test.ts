import { expect, test } from "vitest";

import { changes } from "./tag_changes";

test("only what differs is called for", () => {
  const now = { place: "door", floor: "0", old: "x" };
  expect(changes(now, [])).toEqual({ set: {}, removed: ["place", "floor", "old"] });
  const entered = [
    { key: "place", value: "door" },
    { key: "floor", value: "1" },
    { key: "old", value: "x", markedForRemoval: true },
    { key: "new", value: "" },
    { key: "", value: "" },
  ];
  expect(changes(now, entered)).toEqual({ set: { floor: "1", new: "" }, removed: ["old"] });
});

test("a key that is removed and entered anew is set", () => {
  const entered = [
    { key: "a", value: "1", markedForRemoval: true },
    { key: "a", value: "2" },
  ];
  expect(changes({ a: "1" }, entered)).toEqual({ set: { a: "2" }, removed: [] });
});
