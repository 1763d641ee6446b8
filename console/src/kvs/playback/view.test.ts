import { describe, expect, it } from "vitest";

import { SPAN_MAX_MS, SPAN_MIN_MS, asked, panned, span, ticks, zoomed } from "./view";

const HOUR = 3_600_000;
const view = { fromMs: 1_795_394_000_000, toMs: 1_795_394_000_000 + HOUR };

it("zooms around the time under the pointer", () => {
  const around = view.fromMs + HOUR / 4;
  const near = zoomed(view, 0.5, around);
  expect(span(near)).toBe(HOUR / 2);
  expect((around - near.fromMs) / span(near)).toBeCloseTo(0.25, 6);
  expect(zoomed(near, 2, around)).toEqual(view);
});

it("does not zoom beyond what makes sense", () => {
  expect(span(zoomed(view, 1e-9, view.fromMs))).toBe(SPAN_MIN_MS);
  expect(span(zoomed(view, 1e9, view.fromMs))).toBe(SPAN_MAX_MS);
});

it("asks for the same stretch while little moves", () => {
  const first = asked(view);
  expect(first.fromMs).toBeLessThanOrEqual(view.fromMs - span(view));
  expect(first.toMs).toBeGreaterThanOrEqual(view.toMs + span(view));
  const step = 2 ** Math.ceil(Math.log2(HOUR));
  const inside = { fromMs: first.fromMs + step + 1, toMs: first.fromMs + step + 1 + HOUR / 1.5 };
  expect(asked(panned(inside, 1000))).toEqual(asked(inside));
});

describe("ticks", () => {
  it.each([
    ["10 s", 10_000],
    ["7 min", 7 * 60_000],
    ["1 h", HOUR],
    ["1 d", 24 * HOUR],
    ["9 d", 9 * 24 * HOUR],
    ["70 d", 70 * 24 * HOUR],
    ["1 a", 365 * 24 * HOUR],
    ["10 a", 3650 * 24 * HOUR],
  ])("are within %s, in order, and neither too many nor none", (_, width) => {
    for (const shift of [0, 1234567, 98765432, 20 * 24 * HOUR]) {
      const seen = panned({ fromMs: view.fromMs, toMs: view.fromMs + width }, shift);
      const found = ticks(seen, 10);
      expect(found.length).toBeGreaterThanOrEqual(2);
      expect(found.length).toBeLessThanOrEqual(14);
      const times = found.map((tick) => tick.atMs);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(new Set(times).size).toBe(times.length);
      expect(times.every((at) => at >= seen.fromMs && at < seen.toMs)).toBe(true);
    }
  });

  it("stand on round times", () => {
    const found = ticks(view, 6);
    expect(found.map((tick) => new Date(tick.atMs).getMinutes() % 10)).toEqual(found.map(() => 0));
  });
});
