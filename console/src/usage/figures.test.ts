import { expect, it } from "vitest";

import { arrived, byDay, cost, dollars } from "./figures";
import type { StreamUsage } from "./figures";

const DAY = 86_400_000;
const stream = (rows: [number, number, number][]): StreamUsage => ({
  streamName: "cam",
  storageTier: "HOT",
  retentionHours: 24,
  complete: true,
  stored: null,
  days: { columns: ["dayMs", "fragments", "bytes"], rows },
});
const prices = {
  source: "",
  currency: "USD",
  bytesPerGb: 1024 ** 3,
  items: [
    { meter: "ingestedBytes", unit: "GB", usd: "0.0085" },
    { meter: "storedBytesWarm", unit: "GB-month", usd: null },
  ],
};

it("sums streams by day and keeps days without media", () => {
  const days = byDay({ fromMs: 0, toMs: 3 * DAY }, [stream([[0, 1, 10]]), stream([[0, 2, 5], [2 * DAY, 1, 1]])]);
  expect(days.map((day) => day.bytes)).toEqual([15, 0, 1]);
  expect(days.map((day) => day.fragments)).toEqual([3, 0, 1]);
  expect(arrived(stream([[0, 2, 5], [DAY, 1, 1]]))).toEqual({ bytes: 6, fragments: 3 });
});

it("prices what has a price, and only that", () => {
  expect(cost(prices, "ingestedBytes", 2 * 1024 ** 3)).toBeCloseTo(0.017, 9);
  expect(cost(prices, "storedBytesWarm", 1)).toBeUndefined();
  expect(cost(prices, "consumedBytes", 1)).toBeUndefined();
});

it("shows small amounts with more digits", () => {
  expect([undefined, 0, 0.00001, 0.017, 12.345].map(dollars)).toEqual(["–", "$0", "< $0.0001", "$0.017", "$12.35"]);
});
