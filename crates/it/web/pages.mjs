// Looks at pages of the console as somebody who is signed in, and prints what is wrong with
// them as one JSON object: what axe finds, what the browser complains of, and what does not
// fit a narrow screen.
//
//   node pages.mjs URL SIGN-IN PATHS FOLDER [AHEAD]
//
// SIGN-IN is JSON for `POST /signin/root` or `/signin/user`, or `null` for nobody; PATHS a
// JSON list. Screenshots of every page are left in FOLDER. The browser's clock is set forward by
// AHEAD seconds.

import process from "node:process";

import { launch, listen, look, visit } from "./browser.mjs";

const [base, signIn, paths, folder, ahead = "0"] = process.argv.slice(2);

const browser = await launch();
const report = { visited: 0, violations: [], complaints: [], overflowing: [], denials: {}, failures: {}, titles: {}, firstLoad: null };
try {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, colorScheme: "light" });
  if (ahead !== "0") await context.addInitScript(setForward, Number(ahead) * 1000);
  const fields = JSON.parse(signIn);
  if (fields) {
    const form = fields.account ? "/signin/user" : "/signin/root";
    const answer = await context.request.post(base + form, { data: fields });
    if (!answer.ok()) throw new Error(`signing in: ${answer.status()} ${await answer.text()}`);
  }
  const page = await context.newPage();
  listen(page, report.complaints);
  report.firstLoad = await firstLoad(page, base + "/console/");
  for (const at of JSON.parse(paths)) {
    await visit(page, base + at);
    report.titles[at] = await page.title();
    const denials = await page.getByText("is not authorized to perform").count();
    if (denials > 0) report.denials[at] = denials;
    const failures = await page.getByText(/cannot be (shown|listed|played|found)|This did not work/).count();
    if (failures > 0) report.failures[at] = failures;
    const tab = new URL(at, base).searchParams.get("tab");
    const isThere = page.locator(`[role=tab][aria-selected=true][data-testid="${tab}"]`);
    if (tab !== null && (await isThere.count()) === 0) report.complaints.push(`${at}: there is no such tab`);
    await look(page, report, at, { folder, fullPage: true });
    report.visited += 1;
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify(report));

/** Sets the clock of a page forward. */
function setForward(byMs) {
  const RealDate = Date;
  globalThis.Date = class extends RealDate {
    constructor(...parts) {
      super(...(parts.length > 0 ? parts : [RealDate.now() + byMs]));
    }

    static now() {
      return RealDate.now() + byMs;
    }
  };
}

/** What a first visit loads, bytes over the wire by kind. */
async function firstLoad(page, address) {
  const sizes = { script: 0, stylesheet: 0, font: 0, other: 0 };
  const parts = [];
  const seen = async (request) => {
    const { responseBodySize } = await request.sizes().catch(() => ({ responseBodySize: 0 }));
    const kind = request.resourceType();
    sizes[kind in sizes ? kind : "other"] += responseBodySize;
    parts.push({ url: new URL(request.url()).pathname, kind, bytes: responseBodySize });
  };
  const pending = [];
  const listener = (request) => pending.push(seen(request));
  page.on("requestfinished", listener);
  await visit(page, address);
  page.off("requestfinished", listener);
  await Promise.all(pending);
  return { sizes, parts };
}
