// Looks at pages of the console as somebody who is signed in, and prints what is wrong with
// them as one JSON object: what axe finds, what the browser complains of, and what does not
// fit a narrow screen.
//
//   node pages.mjs URL SIGN-IN PATHS [FOLDER]
//
// SIGN-IN is JSON for `POST /signin/root` or `/signin/user`, or `null` for nobody; PATHS a
// JSON list. With a FOLDER, screenshots of every page are left there.

import fs from "node:fs";
import path from "node:path";
import process from "node:process";

import { launch, listen, require, settled, visit } from "./browser.mjs";

const [base, signIn, paths, folder] = process.argv.slice(2);
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 400, height: 900 };

const browser = await launch();
const report = { visited: 0, violations: [], complaints: [], overflowing: [], denials: {}, titles: {}, firstLoad: null };
try {
  const context = await browser.newContext({ viewport: WIDE, colorScheme: "light" });
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
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize(WIDE);
    await visit(page, base + at);
    report.titles[at] = await page.title();
    const denials = await page.getByText("is not authorized to perform").count();
    if (denials > 0) report.denials[at] = denials;
    await check(page, at, "light");
    await page.emulateMedia({ colorScheme: "dark" });
    await check(page, at, "dark");
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize(NARROW);
    await settled(page);
    await shoot(page, at, "narrow");
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    if (width > NARROW.width) report.overflowing.push(`${at}: ${width}`);
    report.visited += 1;
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify(report));

/** What axe finds that keeps people out. */
async function check(page, at, theme) {
  await settled(page);
  await page.waitForTimeout(200);
  await shoot(page, at, theme);
  await page.evaluate(axe);
  const found = await page.evaluate(() =>
    window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], resultTypes: ["violations"] }),
  );
  for (const violation of found.violations) {
    if (!["serious", "critical"].includes(violation.impact)) continue;
    const nodes = violation.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} | ${node.failureSummary.slice(0, 200)}`);
    report.violations.push({ at, theme, id: violation.id, impact: violation.impact, nodes });
  }
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

async function shoot(page, at, variant) {
  if (!folder) return;
  const name = at.replace(/[^A-Za-z0-9]+/g, "_").replace(/^_|_$/g, "") || "root";
  await page.screenshot({ path: path.join(folder, `${name}.${variant}.png`), fullPage: variant !== "dark" });
}
