// What the scripts that use the console share: a browser, and everything it complained of.

import { createRequire } from "node:module";
import path from "node:path";
import process from "node:process";

const modules = process.env.KINORA_TEST_NODE_MODULES;
export const require = createRequire(path.join(modules, "index.js"));
const { chromium } = require("playwright-core");

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

/** Collects what a page's console says of errors, and exceptions; refused requests are told apart. */
export function listen(page, complaints) {
  page.on("pageerror", (error) => complaints.push(`${page.url()}: ${error}`));
  page.on("console", (message) => {
    if (message.type() !== "error") return;
    const text = message.text();
    // An answer that is not a success is not an error of the page.
    if (!text.startsWith("Failed to load resource")) complaints.push(`${page.url()}: ${text}`);
  });
}

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
