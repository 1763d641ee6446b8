import { expect, test } from "vitest";

import { Asking, EVERY_MS } from "./asking";
import type { Clockwork } from "./asking";
import { asked, panned, span, zoomed } from "./view";
import type { View } from "./view";

const DAY = 86_400_000;
const YEAR = 365 * DAY;
const END = 1_795_394_000_000;

/** Time that passes when it is told to. */
function turned() {
  let nowMs = 0;
  let due: { atMs: number; then: () => void }[] = [];
  const clock: Clockwork = {
    nowMs: () => nowMs,
    after: (ms, then) => {
      const timer = { atMs: nowMs + ms, then };
      due.push(timer);
      return () => (due = due.filter((other) => other !== timer));
    },
  };
  const pass = (ms: number) => {
    nowMs += ms;
    const over = due.filter(({ atMs }) => atMs <= nowMs);
    due = due.filter(({ atMs }) => atMs > nowMs);
    for (const { then } of over) then();
  };
  return { clock, pass };
}

/** Moves a view at 60 frames a second and returns what was asked meanwhile. */
function questions(view: View, seconds: number, move: (view: View, frame: number) => View) {
  const { clock, pass } = turned();
  const found: { range: View; view: View }[] = [];
  const asking = new Asking((range) => found.push({ range, view }), clock);
  asking.want(asked(view));
  for (let frame = 0; frame < seconds * 60; frame += 1) {
    view = move(view, frame);
    asking.want(asked(view));
    pass(1000 / 60);
  }
  pass(EVERY_MS);
  return { found, view };
}

test("a drag over a year asks a handful of questions, and the last is for where it ends", () => {
  const day = { fromMs: END - DAY, toMs: END };
  const { found, view } = questions(day, 10, (view) => panned(view, -YEAR / 600));
  expect(found.length).toBeLessThanOrEqual(10_000 / EVERY_MS + 1);
  expect(found.at(-1)?.range).toEqual(asked(view));
});

test("a slow drag asks once for each view's width that it passes", () => {
  const day = { fromMs: END - DAY, toMs: END };
  const { found } = questions(day, 10, (view) => panned(view, -DAY / 200));
  expect(found.length).toBeGreaterThan(1);
  expect(found.length).toBeLessThanOrEqual(4);
});

test("zooming from a year to seconds and back is bounded as well", () => {
  const year = { fromMs: END - YEAR, toMs: END };
  const { found, view } = questions(year, 4, (view, frame) =>
    zoomed(view, frame < 120 ? 0.85 : 1 / 0.85, END - YEAR / 3),
  );
  expect(found.length).toBeLessThanOrEqual(4000 / EVERY_MS + 1);
  expect(found.at(-1)?.range).toEqual(asked(view));
  expect(span(view)).toBeGreaterThan(YEAR * 0.9);
});

test("a drag at an even pace never shows what was not asked for", () => {
  const hour = { fromMs: END - DAY / 24, toMs: END };
  let known: View | undefined;
  const { clock, pass } = turned();
  const asking = new Asking((range) => (known = range), clock);
  // A whole width of the view each second.
  for (let view = hour, frame = 0; frame < 600; frame += 1) {
    asking.want(asked(view));
    expect(known?.fromMs).toBeLessThanOrEqual(view.fromMs);
    expect(known?.toMs).toBeGreaterThanOrEqual(view.toMs);
    view = panned(view, -DAY / 24 / 60);
    pass(1000 / 60);
  }
});

test("nothing is asked after the end, and nothing twice", () => {
  const { clock, pass } = turned();
  const found: View[] = [];
  const asking = new Asking((range) => found.push(range), clock);
  const first = { fromMs: 0, toMs: 1 };
  asking.want(first);
  asking.want({ ...first });
  pass(EVERY_MS);
  asking.want({ ...first });
  pass(EVERY_MS);
  expect(found).toEqual([first]);
  asking.want({ fromMs: 1, toMs: 2 });
  asking.want({ fromMs: 2, toMs: 3 });
  asking.end();
  pass(EVERY_MS);
  expect(found).toEqual([first, { fromMs: 1, toMs: 2 }]);
});
