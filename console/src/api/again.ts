/** Looking at something again and again. */

import { Failure } from "./failure";

/**
 * For a query's `refetchInterval`: every so many milliseconds, until it is refused. A refusal
 * does not become a permission by asking again, but a server that does not answer may be back.
 */
export function again(everyMs: number) {
  return ({ state: { error } }: { state: { error: Error | null } }): number | false =>
    error && !Failure.of(error).mayPass ? false : everyMs;
}
