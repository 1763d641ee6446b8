// What the scripts that use the console share: a browser, and everything it complained of.

import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import process from "node:process";

const modules = process.env.KINORA_TEST_NODE_MODULES;
export const require = createRequire(path.join(modules, "index.js"));
const { chromium } = require("playwright-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/** Starts Chromium. */
export function launch() {
  return chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--autoplay-policy=no-user-gesture-required",
      "--use-fake-device-for-media-stream",
      "--use-fake-ui-for-media-stream",
    ],
  });
}

/** The storage of a browser context whose user is signed in; FIELDS are those of pages.mjs. */
export async function signedIn(browser, base, fields) {
  const context = await browser.newContext();
  const form = fields.account ? "/signin/user" : "/signin/root";
  const answer = await context.request.post(base + form, { data: fields });
  if (!answer.ok()) throw new Error(`signing in: ${answer.status()} ${await answer.text()}`);
  const state = await context.storageState();
  await context.close();
  return state;
}

/** Collects what a page's console says of errors, and exceptions; refused requests are told apart. */
export function listen(page, complaints) {
  page.on("pageerror", (error) => complaints.push(`${page.url()}: ${error}`));
  page.on("console", (message) => {
    if (message.type() !== "error") return;
    const text = message.text();
    // An answer that is not a success is not an error of the page.
    if (!text.startsWith("Failed to load resource")) complaints.push(`${page.url()}: ${text}`);
  });
  const asked = { waiting: new Set(), refused: [], complaints };
  requests.set(page, asked);
  const named = (request) => `${request.method()} ${request.url()}`;
  page.on("request", (request) => asked.waiting.add(request));
  page.on("response", (response) => {
    if (response.status() >= 400) asked.refused.push(`${response.status()} ${named(response.request())}`);
  });
  page.on("requestfinished", (request) => asked.waiting.delete(request));
  page.on("requestfailed", (request) => {
    asked.waiting.delete(request);
    asked.refused.push(`${request.failure()?.errorText} ${named(request)}`);
  });
}

/**
 * An error with what was on screen when it was thrown, and what the page had asked for. Shortest
 * first: whoever shows it may cut it off. A picture is left in FOLDER.
 */
export async function failure(page, folder, error, done = []) {
  await page.screenshot({ path: path.join(folder, "failed.png"), fullPage: true });
  const { waiting, refused, complaints } = requests.get(page);
  const line = (text) => text.replaceAll(/\s*\n\s*/g, " / ").slice(-2500);
  const focused = await page.evaluate(() => document.activeElement?.outerHTML.match(/^<[^>]*>/)?.[0]);
  const open = await page.getByRole("dialog").allInnerTexts();
  const main = await page.locator("main").or(page.locator("body")).last().innerText();
  const facts = {
    after: done.join(", "),
    at: page.url(),
    complaints: complaints.join("; "),
    "not answered": [...waiting].map((request) => `${request.method()} ${request.url()}`).join("; "),
    "not successful": refused.slice(-5).join("; "),
    focused,
    dialogue: open.map(line).join("; "),
    "on screen": line(main),
  };
  const told = Object.entries(facts).filter(([, fact]) => fact);
  return new Error([error.stack, ...told.map(([name, fact]) => `${name}: ${fact}`)].join("\n"));
}

/** What each page that is listened to has asked for. */
const requests = new WeakMap();

/** Goes to a page and waits until it has nothing more to load. */
export async function visit(page, address) {
  await page.goto(address);
  await page.locator("#root > *").first().waitFor();
  // Between two requests of one list nothing says that it is loading. A page that plays
  // never rests.
  await page.waitForLoadState("networkidle", { timeout: 5000 }).catch(() => {});
  await settled(page);
}

/** Waits until nothing says that it is loading. */
export async function settled(page) {
  await page.waitForFunction(
    () => !document.querySelector("[class*=awsui_status-loading], [class*=awsui_root][class*=spinner], [aria-busy=true]"),
    undefined,
    { timeout: 30_000 },
  );
}

/** Waits until what moves has come to rest; what moves for ever, such as a spinner, may. */
async function still(page) {
  await settled(page);
  await page.evaluate(async () => {
    const frame = () => new Promise((drawn) => requestAnimationFrame(drawn));
    const ends = (animation) => animation.effect.getComputedTiming().endTime !== Infinity;
    for (let rounds = 0; rounds < 5; rounds += 1) {
      await frame();
      await frame();
      const moving = document.getAnimations().filter((animation) => animation.playState === "running" && ends(animation));
      if (moving.length === 0) return;
      await Promise.allSettled(moving.map((animation) => animation.finished));
    }
  });
}

/**
 * Looks at what is on screen in both themes and on a narrow screen. What axe finds that keeps
 * people out is noted in `report.violations`, what does not fit in `report.overflowing`; with
 * a folder, pictures are left there.
 */
export async function look(page, report, at, { folder, fullPage = false } = {}) {
  const name = at.replace(/[^A-Za-z0-9-]+/g, "_").replace(/^_|_$/g, "") || "root";
  const size = page.viewportSize();
  const shoot = async (variant) => {
    if (folder) await page.screenshot({ path: path.join(folder, `${name}.${variant}.png`), fullPage });
  };
  for (const theme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: theme });
    await still(page);
    await shoot(theme);
    report.violations.push(...(await barriers(page)).map((barrier) => ({ at, theme, ...barrier })));
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: NARROW, height: 900 });
  await still(page);
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  if (width > NARROW) report.overflowing.push(`${at}: ${width}`);
  await shoot("narrow");
  await page.setViewportSize(size);
  // What follows may press a button, which must not move between down and up.
  await resting(page);
}

/** Waits until what can be pressed stays where it is. A page that never rests is left alone. */
async function resting(page) {
  await still(page);
  await page.evaluate(async () => {
    const places = () => JSON.stringify([...document.querySelectorAll("a, button, input")].map((it) => it.getBoundingClientRect()));
    let before = places();
    for (let since = 0, rounds = 0; since < 3 && rounds < 100; rounds += 1) {
      await new Promise((passed) => setTimeout(passed, 30));
      await new Promise((drawn) => requestAnimationFrame(drawn));
      const now = places();
      since = now === before ? since + 1 : 0;
      before = now;
    }
  });
}

/** What axe finds that is serious or worse. */
async function barriers(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() =>
    window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], resultTypes: ["violations"] }),
  );
  const serious = found.violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
  return serious.map(({ id, impact, nodes }) => ({
    id,
    impact,
    nodes: nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} | ${node.failureSummary.slice(0, 200)}`),
  }));
}

/** The width of a phone. */
const NARROW = 400;

/** Ways to things of a page, by role and label as people find them. */
export function on(page) {
  const button = (name, within = page) => within.getByRole("button", { name, exact: true });
  const link = (name, within = page) => within.getByRole("link", { name, exact: true });
  const field = (name, within = page) => within.getByLabel(name, { exact: true });
  const dialog = page.getByRole("dialog");
  return {
    page,
    button,
    link,
    field,
    dialog,
    tab: (name) => page.getByRole("tab", { name, exact: true }).click(),
    /** Chooses a row of a list by its id. */
    choose: (id, within = page) => {
      const name = new RegExp(`Choose ${id.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`);
      return within.getByRole("checkbox", { name }).or(within.getByRole("radio", { name })).check();
    },
    /** Chooses an item of a menu that a button opens. */
    pick: async (menu, item) => {
      await button(menu).first().click();
      await page.getByRole("menuitem", { name: item, exact: true }).click();
    },
    /** Chooses an option of a select field. */
    option: async (label, option, within = page) => {
      await within.getByLabel(label).first().click();
      await page.getByRole("option", { name: option }).first().click();
    },
    /** Presses a button of the dialogue, which then closes. */
    finish: async (name) => {
      await button(name, dialog).click();
      await dialog.waitFor({ state: "hidden" });
    },
    /** Types a name into the dialogue, presses a button, and sees it close. */
    confirm: async (typed, name) => {
      await field(`To confirm, type ${typed}`, dialog).fill(typed);
      await button(name, dialog).click();
      await dialog.waitFor({ state: "hidden" });
    },
    /** Replaces the text of an editor. */
    edit: async (text, within = page) => {
      const editor = within.locator(".ace_editor textarea").first();
      await editor.waitFor({ state: "attached" });
      await editor.focus();
      await page.keyboard.press("Control+A");
      await page.keyboard.insertText(text);
    },
  };
}
