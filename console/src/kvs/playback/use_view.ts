/** The view of a timeline as it moves, and what is asked of the server meanwhile. */

import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import { serverNow } from "../../api/clock";
import { useNow } from "../../parts/now";
import { Asking } from "./asking";
import { asked, endingAt, span } from "./view";
import type { View } from "./view";

/** The view, which goes along with the present while it follows it. */
export function useView({ first, isFollowing, onFollowing, onRange }: Options) {
  const nowMs = useNow(1000);
  const [kept, setKept] = useState(first);
  const view = useMemo(
    () => (isFollowing ? endingAt(nowMs, span(kept)) : kept),
    [isFollowing, nowMs, kept],
  );
  const shown = useRef(view);
  useEffect(() => {
    shown.current = view;
  });
  /** Moves the view, away from the present. */
  const move = useCallback(
    (change: View | ((view: View) => View)) => {
      onFollowing(false);
      setKept(typeof change === "function" ? change(shown.current) : change);
    },
    [onFollowing],
  );
  /** Shows the last `ms`, from now on. */
  const follow = useCallback(
    (ms: number) => {
      setKept(endingAt(serverNow(), ms));
      onFollowing(true);
    },
    [onFollowing],
  );

  const asking = useRef<Asking>(undefined);
  useEffect(() => {
    asking.current = new Asking(onRange);
    return () => asking.current?.end();
  }, [onRange]);
  const range = asked(view);
  useEffect(() => asking.current?.want({ fromMs: range.fromMs, toMs: range.toMs }), [
    range.fromMs,
    range.toMs,
  ]);
  return { view, nowMs, move, follow };
}

interface Options {
  first: View;
  isFollowing: boolean;
  onFollowing: (isFollowing: boolean) => void;
  /** What is to be asked of the server. */
  onRange: (range: View) => void;
}

/** The newest value that has not changed for a while: for what need not follow each frame. */
export function useRested<T>(value: T, restMs: number): T {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), restMs);
    return () => clearTimeout(timer);
  }, [value, restMs]);
  return rested;
}
