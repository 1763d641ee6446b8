// Measures when pages of the console can be used, and prints it as one JSON object: for each
// page the milliseconds of every visit.
//
//   node interactive.mjs URL SIGN-IN PATHS TIMES
//
// SIGN-IN and PATHS are those of pages.mjs; a path of the sign-in is visited by nobody. Each
// visit is a first one: nothing of the console is in the browser's caches. A page can be
// used when it has its heading, nothing on it is loading, and no task of its main thread
// has taken more than 50 ms from then on, for as long as is looked at.

import process from "node:process";

import { launch, signedIn } from "./browser.mjs";

const [base, signIn, paths, times] = process.argv.slice(2);
const QUIET_MS = 1500;

const browser = await launch();
const report = { visits: {} };
try {
  const signed = await signedIn(browser, base, JSON.parse(signIn));
  for (const path of JSON.parse(paths)) {
    report.visits[path] = [];
    for (let time = 0; time < Number(times); time += 1) {
      const state = path.startsWith("/console") ? { storageState: signed } : {};
      report.visits[path].push(await visit(path, state));
    }
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify(report));

/** Visits a page in a context of its own: milliseconds from the navigation's start. */
async function visit(path, state) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...state });
  await context.addInitScript(watch);
  const page = await context.newPage();
  await page.goto(base + path);
  await page.waitForFunction(
    (quietMs) => {
      const { shownMs, busyMs } = window.seen;
      return shownMs !== undefined && performance.now() > Math.max(shownMs, busyMs) + quietMs;
    },
    QUIET_MS,
    { timeout: 30_000, polling: 100 },
  );
  const { shownMs, busyMs } = await page.evaluate(() => window.seen);
  await context.close();
  return Math.max(shownMs, busyMs);
}

/** Runs in the page, before it: notes when its content is there and when a long task ended. */
function watch() {
  const seen = (window.seen = { shownMs: undefined, busyMs: 0 });
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) seen.busyMs = task.startTime + task.duration;
  }).observe({ type: "longtask", buffered: true });
  const loading = "[class*=awsui_status-loading], [class*=awsui_root][class*=spinner], [aria-busy=true]";
  new MutationObserver(() => {
    const isShown = document.querySelector("h1") !== null && document.querySelector(loading) === null;
    // What is shown first may turn out to be something that loads.
    if (!isShown) seen.shownMs = undefined;
    else seen.shownMs ??= performance.now();
  }).observe(document, { childList: true, subtree: true, attributes: true });
}
