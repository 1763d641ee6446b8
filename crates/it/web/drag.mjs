// Drags a stream's timeline to and fro, with all of the stream in view, and prints as one
// JSON object the milliseconds between the frames that the page showed meanwhile, how many
// days were in view and how often it moved.
//
//   node drag.mjs URL SIGN-IN PATH SECONDS
//
// SIGN-IN is that of pages.mjs; PATH is the stream's page.

import process from "node:process";

import { launch, signedIn } from "./browser.mjs";

const [base, signIn, path, seconds] = process.argv.slice(2);
const DAY_MS = 86_400_000;
const STEP_PX = 12;

const browser = await launch();
try {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    storageState: await signedIn(browser, base, JSON.parse(signIn)),
  });
  const page = await context.newPage();
  await page.goto(base + path);
  const timeline = page.getByRole("slider", { name: "Timeline" });
  await page.getByRole("button", { name: "All", exact: true }).click();
  // What is asked of the server, and what it says, is drawn before the drag begins.
  await page.waitForTimeout(2000);
  const view = async () => {
    const [fromMs, toMs] = await timeline.evaluate((slider) => [slider.ariaValueMin, slider.ariaValueMax].map(Number));
    return { fromMs, days: (toMs - fromMs) / DAY_MS };
  };
  const { days } = await view();
  await timeline.scrollIntoViewIfNeeded();
  const box = await timeline.boundingBox();
  const y = box.y + box.height / 2;
  let x = box.x + box.width / 2;
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.evaluate(() => {
    const shown = (window.shown = []);
    const note = (at) => {
      shown.push(at);
      requestAnimationFrame(note);
    };
    requestAnimationFrame(note);
  });
  const froms = new Set();
  let step = STEP_PX;
  const endMs = Date.now() + Number(seconds) * 1000;
  for (let moves = 0; Date.now() < endMs; moves += 1) {
    if (x + step > box.x + box.width * 0.9 || x + step < box.x + box.width * 0.1) step = -step;
    x += step;
    await page.mouse.move(x, y);
    if (moves % 10 === 0) froms.add((await view()).fromMs);
  }
  const shown = await page.evaluate(() => window.shown);
  await page.mouse.up();
  const framesMs = shown.slice(1).map((at, n) => at - shown[n]);
  console.log(JSON.stringify({ days, framesMs, views: froms.size }));
} finally {
  await browser.close();
}
