// Opens a page with a <video> in Chromium and prints what it did as one JSON object.
//
//   node watch.mjs URL SECONDS [SCREENSHOT WIDTH light|dark]
//
// Ends once SECONDS of media were played, when the page shows an error, or after
// SECONDS + 20 s of waiting (then `timedOut` is true). KINORA_TEST_NODE_MODULES says
// where the npm packages are.

import { createRequire } from "node:module";
import path from "node:path";
import process from "node:process";

const [url, seconds] = [process.argv[2], Number(process.argv[3])];
const [screenshot, width, colorScheme] = process.argv.slice(4);
const modules = process.env.KINORA_TEST_NODE_MODULES;
const { chromium } = createRequire(path.join(modules, "index.js"))("playwright-core");

function look() {
  const video = document.querySelector("video");
  const shown = {};
  for (const label of document.querySelectorAll("dt")) {
    shown[label.textContent] = label.parentElement.querySelector("dd").textContent;
  }
  return {
    error: document.querySelector("[data-error]")?.textContent ?? "",
    shown,
    currentTime: video?.currentTime ?? 0,
    width: video?.videoWidth ?? 0,
    height: video?.videoHeight ?? 0,
    decodedFrames: video?.getVideoPlaybackQuality().totalVideoFrames ?? 0,
    pageWidth: document.documentElement.scrollWidth,
    viewWidth: window.innerWidth,
  };
}

const browser = await chromium.launch({
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
  ],
});
try {
  const viewport = { width: Number(width) || 1000, height: 900 };
  const page = await browser.newPage({ viewport, colorScheme: colorScheme || "light" });
  const messages = [];
  page.on("console", (message) => messages.push(message.text()));
  page.on("pageerror", (error) => messages.push(String(error)));
  await page.goto(url);
  const times = [];
  const delays = [];
  const errors = [];
  const deadline = Date.now() + (seconds + 20) * 1000;
  let report;
  let timedOut = false;
  for (;;) {
    report = await page.evaluate(look);
    // Playing begins once there is a picture, wherever in the media that is.
    if (report.decodedFrames > 0) {
      times.push(report.currentTime);
      const delay = parseFloat(report.shown.Delay);
      if (Number.isFinite(delay)) delays.push(delay);
    }
    if (report.error) {
      errors.push({ details: report.error, fatal: true });
      break;
    }
    if (times.length > 0 && report.currentTime - times[0] >= seconds) break;
    if (Date.now() > deadline) {
      timedOut = true;
      break;
    }
    await page.waitForTimeout(250);
  }
  if (screenshot) await page.screenshot({ path: screenshot });
  console.log(JSON.stringify({ ...report, times, delays, errors, timedOut, messages }));
} finally {
  await browser.close();
}
