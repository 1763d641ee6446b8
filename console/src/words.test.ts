import { describe, expect, it } from "vitest";

import { ago, bitrate, bytes, duration, many, retention } from "./words";

describe("bytes", () => {
  it.each([
    [0, "0 bytes"],
    [1023, "1,023 bytes".replace(",", "")],
    [1024, "1 KiB"],
    [1536, "1.5 KiB"],
    [1024 * 1024 - 1, "1 MiB"],
    [5 * 1024 ** 3, "5 GiB"],
    [123.4 * 1024 ** 2, "123.4 MiB"],
  ])("%d is %s", (value, shown) => expect(bytes(value)).toBe(shown));
});

describe("bitrate", () => {
  it.each([
    [0, "0 bit/s"],
    [999, "999 bit/s"],
    [2_100_000, "2.1 Mbit/s"],
  ])("%d is %s", (value, shown) => expect(bitrate(value)).toBe(shown));
});

describe("duration", () => {
  it.each([
    [20, "20 ms"],
    [2400, "2.4 s"],
    [60_000, "1 min"],
    [61_000, "1 min 1 s"],
    [3_600_000, "1 h"],
    [3_601_000, "1 h"],
    [90_000_000, "1 d 1 h"],
    [400 * 86_400_000, "1 y 35 d"],
  ])("%d ms is %s", (value, shown) => expect(duration(value)).toBe(shown));
});

it("says retention in days where it can", () => {
  expect([0, 1, 24, 36, 48].map(retention)).toEqual(["none", "1 hour", "1 day", "36 hours", "2 days"]);
});

it("says how long ago", () => {
  expect(ago(10_000, 11_000)).toBe("just now");
  expect(ago(10_000, 22_000)).toBe("12 s ago");
});

it("knows one from several", () => {
  expect([many(1, "user"), many(2000, "user"), many(2, "policy", "policies")]).toEqual([
    "1 user",
    "2,000 users",
    "2 policies",
  ]);
});
