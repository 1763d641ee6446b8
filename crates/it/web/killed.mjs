// Sends a recording from the console to a server that ends in the middle and comes back, once
// for each stream that is named, and prints what the page said as one JSON object.
//
//   node killed.mjs URL SIGN-IN LARGE FOLDER STREAM...
//
// SIGN-IN is JSON for `POST /signin/user`, LARGE a recording of more than two requests. When
// the server is to end, `STREAM is half sent` is printed, and `STREAM waits` when the page has
// said that it is gone; then the server's new address is awaited in the file STREAM of the home
// folder. FOLDER is for screenshots.

import fs from "node:fs";
import path from "node:path";
import process from "node:process";

import { failure, launch, listen } from "./browser.mjs";
import { openLine, uploadPage } from "./upload_page.mjs";

const [server, signIn, large, folder, ...streams] = process.argv.slice(2);
const report = { complaints: [] };
const line = await openLine(server);
const browser = await launch();
const context = await browser.newContext({ viewport: { width: 1280, height: 1100 } });
const page = await context.newPage();
listen(page, report.complaints);
page.setDefaultTimeout(30_000);
const { open, choose, send, ended, persisted, waitForPersisted, shoot } = uploadPage(page, line.url, folder);
try {
  const answer = await context.request.post(`${line.url}/signin/user`, { data: JSON.parse(signIn) });
  if (!answer.ok()) throw new Error(`signing in: ${answer.status()} ${await answer.text()}`);
  for (const stream of streams) report[stream] = await interrupted(stream);
} catch (error) {
  throw await failure(page, folder, error);
} finally {
  await browser.close();
  line.close();
}
console.log(JSON.stringify(report));

async function interrupted(stream) {
  await open(stream);
  line.bytesPerSecond = 5_000_000;
  await choose(large);
  await send();
  await waitForPersisted(3);
  console.log(`${stream} is half sent`);
  const said = page.getByText("The connection broke. Trying again.");
  await said.waitFor();
  // More than one try finds nobody.
  await page.waitForTimeout(2500);
  const seen = { away: { persisted: await persisted(), said: await page.locator("main").innerText() } };
  await shoot(`${stream}-away`);
  console.log(`${stream} waits`);
  const file = path.join(process.env.HOME, stream);
  while (!fs.existsSync(file)) await page.waitForTimeout(50);
  line.bytesPerSecond = Infinity;
  line.to(fs.readFileSync(file, "utf8"));
  await ended();
  await shoot(`${stream}-back`);
  return { ...seen, persisted: await persisted(), isStillSaid: await said.isVisible() };
}
