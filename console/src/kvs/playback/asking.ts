/**
 * When the server is asked what a timeline shows: a drag passes many stretches of time, and
 * only those where it lingers are worth a question.
 */

import type { View } from "./view";

/** Passes on what is wanted: the first at once, then the newest at most every `EVERY_MS`. */
export class Asking {
  readonly #ask: (range: View) => void;
  readonly #clock: Clockwork;
  #asked: View | undefined;
  #wanted: View | undefined;
  #restsUntilMs = 0;
  #cancel: (() => void) | undefined;

  constructor(ask: (range: View) => void, clock: Clockwork = BROWSER) {
    this.#ask = ask;
    this.#clock = clock;
  }

  /** A view wants this stretch; an earlier one that was not asked for is forgotten. */
  want(range: View) {
    this.#wanted = range;
    if (this.#cancel) return;
    const restMs = this.#restsUntilMs - this.#clock.nowMs();
    if (restMs <= 0) this.#pass();
    else this.#cancel = this.#clock.after(restMs, () => this.#pass());
  }

  /** Nothing is asked any more. */
  end() {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #pass() {
    this.#cancel = undefined;
    const wanted = this.#wanted;
    if (!wanted || isSame(wanted, this.#asked)) return;
    this.#asked = wanted;
    this.#restsUntilMs = this.#clock.nowMs() + EVERY_MS;
    this.#ask(wanted);
  }
}

/** A clock and a timer, which tests turn by hand. */
export interface Clockwork {
  nowMs: () => number;
  /** Calls back once; returns how to call that off. */
  after: (ms: number, then: () => void) => () => void;
}

function isSame(a: View, b: View | undefined): boolean {
  return a.fromMs === b?.fromMs && a.toMs === b.toMs;
}

const BROWSER: Clockwork = {
  nowMs: () => performance.now(),
  after: (ms, then) => {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
};

/** Short enough that a zoom never waits long, long enough that a drag asks only now and then. */
export const EVERY_MS = 150;
