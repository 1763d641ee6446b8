// Plays an HLS URL with hls.js in Chromium and prints what happened as one JSON object.
//
//   node play.mjs URL SECONDS
//
// Ends once SECONDS of media were played, at the end of the media, at a fatal error, or
// after SECONDS + 20 s of waiting (then `timedOut` is true). `times` are samples of the
// play position, `sizes` those of the picture without repetitions.
// KINORA_TEST_NODE_MODULES says where the npm packages are.

import { createServer } from "node:http";
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const [url, seconds] = [process.argv[2], Number(process.argv[3])];
const modules = process.env.KINORA_TEST_NODE_MODULES;
const { chromium } = createRequire(path.join(modules, "index.js"))("playwright-core");
const here = path.dirname(fileURLToPath(import.meta.url));

// The page has an origin of its own, so the server under test must allow others.
const files = {
  "/": [path.join(here, "play.html"), "text/html"],
  "/hls.js": [path.join(modules, "hls.js/dist/hls.min.js"), "text/javascript"],
};
const pages = createServer(async (request, response) => {
  const file = files[request.url];
  if (!file) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { "Content-Type": file[1] }).end(await readFile(file[0]));
});
await new Promise((ready) => pages.listen(0, "127.0.0.1", ready));

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
  const page = await browser.newPage();
  const messages = [];
  page.on("console", (message) => messages.push(message.text()));
  page.on("pageerror", (error) => messages.push(String(error)));
  await page.goto(`http://127.0.0.1:${pages.address().port}/`);
  await page.evaluate((url) => play(url, { debug: false }), url);
  const times = [];
  const sizes = [];
  const deadline = Date.now() + (seconds + 20) * 1000;
  let report;
  let timedOut = false;
  for (;;) {
    report = await page.evaluate(() => look());
    // A live session begins with a jump to its edge, so only what follows is playing.
    const heard = report.width === 0 && report.decodedAudioBytes > 0;
    if (report.decodedFrames > 0 || heard) {
      times.push(report.currentTime);
      const size = `${report.width}x${report.height}`;
      if (sizes.at(-1) !== size) sizes.push(size);
    }
    const fatal = report.errors.some((error) => error.fatal);
    if (fatal || report.ended || report.currentTime - times[0] >= seconds) {
      break;
    }
    if (Date.now() > deadline) {
      timedOut = true;
      break;
    }
    await page.waitForTimeout(250);
  }
  console.log(JSON.stringify({ ...report, times, sizes, timedOut, messages }));
} finally {
  await browser.close();
  pages.close();
}
