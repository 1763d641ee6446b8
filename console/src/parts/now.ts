/** The time, for what shows how long ago something was. */

import { useEffect, useState } from "react";

import { serverNow } from "../api/clock";

/** Milliseconds since the epoch, anew every `everyMs`. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(() => serverNow());
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
