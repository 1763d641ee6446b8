/**
 * The server's clock. What is signed, compared with times of the server or kept beside them is
 * by it: the clock of a machine that only shows the console may be wrong, and so may that of a
 * server without a network.
 */

let aheadMs = 0;

/** Milliseconds since the epoch. */
export function serverNow(): number {
  return Date.now() + aheadMs;
}

/** How far the server's clock is ahead of this machine's, milliseconds; 0 if it may be the same. */
export function serverAheadMs(): number {
  return aheadMs;
}

/**
 * Takes the time in from an answer to a request that was sent at `sentMs`, by this machine.
 * Whether the clock is another than was thought.
 */
export function learnClock(response: Response, sentMs: number): boolean {
  const toldMs = Date.parse(response.headers.get("date") ?? "");
  if (Number.isNaN(toldMs)) return false;
  // It was told in whole seconds, at some time between the request and now.
  const [leastMs, mostMs] = [toldMs - Date.now(), toldMs + 1000 - sentMs];
  const mayBe = (ms: number) => leastMs <= ms && ms <= mostMs;
  if (mayBe(aheadMs)) return false;
  aheadMs = mayBe(0) ? 0 : Math.round((leastMs + mostMs) / 2);
  return true;
}
