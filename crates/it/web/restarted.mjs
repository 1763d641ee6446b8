// Watches a live stream on its page while the server goes away and comes back, and prints what
// the page showed as one JSON object.
//
//   node restarted.mjs URL SIGN-IN FOLDER
//
// The stream is `cam1`; SIGN-IN is JSON for `POST /signin/root`. When the server is to go, `it
// plays` is printed, and `it waits` when the page has said that it is gone; then the server
// comes back at the same address. FOLDER is for screenshots.

import process from "node:process";

import { failure, launch, listen, look, signedIn } from "./browser.mjs";

const [base, signIn, folder] = process.argv.slice(2);
const report = { complaints: [], violations: [], overflowing: [] };
const browser = await launch();
const storageState = await signedIn(browser, base, JSON.parse(signIn));
const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, storageState });
const page = await context.newPage();
listen(page, report.complaints);
page.setDefaultTimeout(30_000);
try {
  await page.goto(`${base}/console/kinesisvideo/streams/cam1`);
  await moving();
  console.log("it plays");
  await page.getByText("Playing broke off. Trying again.").waitFor();
  await page.getByText("This did not work").waitFor();
  await look(page, report, "away", { folder });
  console.log("it waits");
  await moving();
  await page.getByText(/^Live, \d/).waitFor();
  report.alerts = await page.getByText(/broke off|did not work|cannot be/).count();
  await look(page, report, "back", { folder });
} catch (error) {
  throw await failure(page, folder, error);
} finally {
  await browser.close();
}
console.log(JSON.stringify(report));

/** Waits until thirty more pictures were decoded. */
async function moving() {
  const video = page.locator("video");
  const frames = () => video.evaluate((video) => video.getVideoPlaybackQuality().totalVideoFrames);
  const before = await frames();
  for (let tries = 0; (await frames()) < before + 30; tries += 1) {
    if (tries > 120) throw new Error("the picture does not move");
    await page.waitForTimeout(250);
  }
}
