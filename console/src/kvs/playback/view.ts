/** The stretch of time that a timeline shows, and how it moves. All times are milliseconds. */

export interface View {
  fromMs: number;
  toMs: number;
}

/** The least and the most that can be seen at once. */
export const SPAN_MIN_MS = 10_000;
export const SPAN_MAX_MS = 12 * 366 * 86_400_000;

/** The width of a view. */
export function span(view: View): number {
  return view.toMs - view.fromMs;
}

/** Moves a view by a time. */
export function panned(view: View, byMs: number): View {
  return { fromMs: view.fromMs + byMs, toMs: view.toMs + byMs };
}

/** A view whose end is a little after now. */
export function endingAt(nowMs: number, ms: number): View {
  const toMs = nowMs + ms / 20;
  return { fromMs: toMs - ms, toMs };
}

/** A view of a stretch of time with a margin on both sides. */
export function around(fromMs: number, toMs: number): View {
  const margin = Math.max(5000, (toMs - fromMs) / 20);
  return { fromMs: fromMs - margin, toMs: toMs + margin };
}

/** The time in the middle of a view. */
export function middle(view: View): number {
  return (view.fromMs + view.toMs) / 2;
}

/** Makes a view wider (`factor` above 1) or narrower around a time, which stays where it is. */
export function zoomed(view: View, factor: number, aroundMs: number): View {
  const wanted = span(view) * factor;
  const width = Math.min(SPAN_MAX_MS, Math.max(SPAN_MIN_MS, wanted));
  const share = (aroundMs - view.fromMs) / span(view);
  const fromMs = Math.round(aroundMs - width * share);
  return { fromMs, toMs: fromMs + Math.round(width) };
}

/**
 * What to ask the server for: a wider stretch than is seen, so that dragging has something
 * to show, on borders that a small move does not change.
 */
export function asked(view: View): View {
  const step = 2 ** Math.ceil(Math.log2(span(view)));
  const at = Math.floor(view.fromMs / step);
  return { fromMs: (at - 1) * step, toMs: (at + 3) * step };
}

export interface Tick {
  atMs: number;
  label: string;
  /** A new day, month or year, which is said in full. */
  isMajor: boolean;
}

/** Where a view is labelled, at most `countMax` times, on round local times. */
export function ticks(view: View, countMax: number): Tick[] {
  const least = span(view) / Math.max(1, countMax);
  const clock = STEPS_MS.find((step) => step >= least);
  return clock === undefined ? dayTicks(view, least) : clockTicks(view, clock);
}

/** A time within the day: by the clock of this place, also where its offset changes. */
function clockTicks(view: View, step: number): Tick[] {
  const found: Tick[] = [];
  const day = new Date(view.fromMs);
  day.setHours(0, 0, 0, 0);
  while (day.getTime() < view.toMs) {
    const start = day.getTime();
    day.setDate(day.getDate() + 1);
    for (let atMs = start; atMs < day.getTime() && atMs < view.toMs; atMs += step) {
      if (atMs < view.fromMs) {
        atMs += Math.floor((view.fromMs - atMs) / step) * step;
        if (atMs < view.fromMs) continue;
      }
      const at = new Date(atMs);
      const isMajor = atMs === start;
      found.push({ atMs, isMajor, label: isMajor ? dayLabel(at) : clockLabel(at, step) });
    }
  }
  return found;
}

/** Days, months or years. */
function dayTicks(view: View, least: number): Tick[] {
  const found: Tick[] = [];
  const days = DAY_STEPS.find((days) => days * DAY_MS >= least);
  const months = MONTH_STEPS.find((months) => months * 30 * DAY_MS >= least) ?? 120;
  const at = new Date(view.fromMs);
  at.setHours(0, 0, 0, 0);
  if (days !== undefined) at.setDate(1);
  else at.setMonth(Math.floor(at.getMonth() / months) * Math.min(12, months), 1);
  if (days === undefined && months > 12) at.setFullYear(Math.floor(at.getFullYear() / 10) * 10, 0, 1);
  while (at.getTime() < view.toMs) {
    const atMs = at.getTime();
    const isYear = at.getMonth() === 0 && at.getDate() === 1;
    const isMonth = at.getDate() === 1;
    const label = days === undefined ? monthLabel(at) : dayLabel(at);
    if (atMs >= view.fromMs) found.push({ atMs, label, isMajor: days === undefined ? isYear : isMonth });
    if (days === undefined) {
      at.setMonth(at.getMonth() + months);
      continue;
    }
    const month = at.getMonth();
    at.setDate(at.getDate() + days);
    // Every month begins anew, and its last step is left out if it is too near to that.
    const next = new Date(at.getFullYear(), month + 1, 1);
    if (at.getMonth() !== month || next.getTime() - at.getTime() < (days * DAY_MS) / 2) {
      at.setTime(new Date(new Date(atMs).getFullYear(), month + 1, 1).getTime());
    }
  }
  return found;
}

function clockLabel(at: Date, step: number): string {
  const parts = [at.getHours(), at.getMinutes()];
  if (step < 60_000) parts.push(at.getSeconds());
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

function dayLabel(at: Date): string {
  return DAY_LABEL.format(at);
}

function monthLabel(at: Date): string {
  if (at.getMonth() === 0) return String(at.getFullYear());
  return MONTH_LABEL.format(at);
}

/** Made once: making one takes longer than drawing all else of a timeline. */
const DAY_LABEL = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const MONTH_LABEL = new Intl.DateTimeFormat(undefined, { month: "short" });
const DAY_MS = 86_400_000;
const STEPS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400].map(
  (seconds) => seconds * 1000,
);
const DAY_STEPS = [2, 5, 7, 14];
const MONTH_STEPS = [1, 2, 3, 6, 12, 24, 60, 120];
