import { afterEach, expect, it, vi } from "vitest";

import { learnClock, serverAheadMs, serverNow } from "./clock";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 600);

function answered(date: number | undefined, afterMs = 100): boolean {
  vi.useFakeTimers({ now: NOW });
  const headers: Record<string, string> = date === undefined ? {} : { date: new Date(date).toUTCString() };
  return learnClock(new Response("", { headers }), NOW - afterMs);
}

afterEach(() => {
  answered(NOW);
  vi.useRealTimers();
});

it("takes clocks that may be the same for the same", () => {
  expect([answered(NOW), answered(undefined), answered(NOW - 1000, 2000)]).toEqual([false, false, false]);
  // An answer that took long says little.
  expect(answered(NOW - 20_000, 30_000)).toBe(false);
  expect([serverAheadMs(), serverNow()]).toEqual([0, NOW]);
});

it("learns how far the server's clock is ahead, and behind", () => {
  expect(answered(NOW + 900_000)).toBe(true);
  expect(Math.abs(serverAheadMs() - 900_000)).toBeLessThan(1000);
  expect(serverNow()).toBe(NOW + serverAheadMs());
  expect(answered(NOW + 900_000)).toBe(false);
  expect(answered(NOW - 86_400_000)).toBe(true);
  expect(Math.abs(serverAheadMs() + 86_400_000)).toBeLessThan(1000);
  // It was set right.
  expect(answered(NOW)).toBe(true);
  expect(serverAheadMs()).toBe(0);
});
