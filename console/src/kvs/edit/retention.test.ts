import { expect, test } from "vitest";

import { entryOf, hoursOf, planRetention } from "./retention";

test("retention is entered in any unit up to ten years", () => {
  expect(hoursOf({ amount: "3", unit: "days" })).toEqual({ hours: 72 });
  expect(hoursOf({ amount: "0", unit: "hours" })).toEqual({ hours: 0 });
  expect(hoursOf({ amount: "10", unit: "years" })).toEqual({ hours: 87_600 });
  expect(hoursOf({ amount: "3651", unit: "days" })).toHaveProperty("problem");
  for (const amount of ["", "-1", "1.5", "a", "1e3"]) {
    expect(hoursOf({ amount, unit: "hours" })).toHaveProperty("problem");
  }
});

test("what is shown to edit means the same hours", () => {
  expect(entryOf(24)).toEqual({ amount: "1", unit: "days" });
  expect(entryOf(8760)).toEqual({ amount: "1", unit: "years" });
  for (const hours of [0, 1, 23, 24, 25, 48, 8760, 87_600]) {
    expect(hoursOf(entryOf(hours))).toEqual({ hours });
  }
});

test("a change is told by its direction and size", () => {
  expect(planRetention(24, 24)).toBeUndefined();
  expect(planRetention(0, 24)).toEqual({
    Operation: "INCREASE_DATA_RETENTION",
    DataRetentionChangeInHours: 24,
  });
  expect(planRetention(48, 0)).toEqual({
    Operation: "DECREASE_DATA_RETENTION",
    DataRetentionChangeInHours: 48,
  });
});
