// Sends to streams from the console, as people do who drop files, change their minds and
// lose their connection, and prints what the pages said as one JSON object.
//
//   node uploads.mjs URL SIGN-IN SMALL LARGE FOLDER
//
// SIGN-IN is JSON for `POST /signin/user`; SMALL and LARGE are recordings, LARGE of more than
// two requests; FOLDER is for screenshots. The streams dropped, cancelled, broken, refused
// and camera are there. The browser reaches the server through a line of this script, which
// can be slow or broken.

import fs from "node:fs";
import process from "node:process";

import { failure, launch, listen, visit } from "./browser.mjs";
import { openLine, uploadPage } from "./upload_page.mjs";

const [server, signIn, small, large, folder] = process.argv.slice(2);
const report = { complaints: [] };
/** Bytes a second at which the large recording takes a while. */
const SLOW = 5_000_000;
const line = await openLine(server);
const browser = await launch();
const context = await browser.newContext({ viewport: { width: 1280, height: 1100 }, permissions: ["camera", "microphone"] });
const page = await context.newPage();
listen(page, report.complaints);
page.setDefaultTimeout(30_000);
const { open, choose, send, ended, persisted, waitForPersisted, shoot } = uploadPage(page, line.url, folder);
try {
  const answer = await context.request.post(`${line.url}/signin/user`, { data: JSON.parse(signIn) });
  if (!answer.ok()) throw new Error(`signing in: ${answer.status()} ${await answer.text()}`);
  report.dropped = await dropped();
  report.refused = await refused();
  report.cancelled = await cancelled();
  report.broken = await broken();
  report.camera = await camera();
} catch (error) {
  throw await failure(page, folder, error);
} finally {
  await browser.close();
  line.close();
}
console.log(JSON.stringify(report));

/** A file is dropped onto the page. */
async function dropped() {
  await open("dropped");
  const bytes = fs.readFileSync(small).toString("base64");
  const transfer = await page.evaluateHandle((base64) => {
    const transfer = new DataTransfer();
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], "dropped.mkv", { type: "video/x-matroska" }));
    return transfer;
  }, bytes);
  await page.dispatchEvent("body", "dragenter", { dataTransfer: transfer });
  await page.dispatchEvent("body", "dragover", { dataTransfer: transfer });
  const zone = page.getByText("Drop the file to send it");
  await zone.waitFor();
  await shoot("dropping");
  await zone.dispatchEvent("drop", { dataTransfer: transfer });
  await page.getByText("dropped.mkv").first().waitFor();
  await send();
  await ended();
  await shoot("dropped");
  return { persisted: await persisted() };
}

/** A file that is no recording is chosen. */
async function refused() {
  await open("refused");
  await choose({ name: "notes.mkv", mimeType: "video/x-matroska", buffer: Buffer.from("not a recording\n".repeat(99)) });
  await send();
  await page.getByText("Sending has ended").waitFor();
  await shoot("refused");
  return { said: await page.locator("main").innerText() };
}

/** An upload is cancelled when some of it is stored. */
async function cancelled() {
  await open("cancelled");
  line.bytesPerSecond = SLOW;
  await choose(large);
  await send();
  await waitForPersisted(3);
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  const said = page.getByText(/^Cancelled\./);
  await said.waitFor();
  line.bytesPerSecond = Infinity;
  await shoot("cancelled");
  return { persisted: await persisted(), said: await said.innerText() };
}

/** The connection breaks when some is stored, and comes back. */
async function broken() {
  await open("broken");
  line.bytesPerSecond = SLOW;
  await choose(large);
  await send();
  await waitForPersisted(3);
  line.break();
  const said = page.getByText("The connection broke. Trying again.");
  await said.waitFor();
  await shoot("broken");
  line.bytesPerSecond = Infinity;
  line.mend();
  await ended();
  await shoot("mended");
  return { persisted: await persisted(), isStillSaid: await said.isVisible() };
}

/** The browser's own camera; then what the server thought of it, and whether it plays. */
async function camera() {
  await open("camera");
  await page.getByRole("button", { name: "Start recording", exact: true }).click();
  await waitForPersisted(2);
  await shoot("recording");
  await page.getByRole("button", { name: "Stop recording", exact: true }).click();
  await page.getByText("Ended.").waitFor();
  await shoot("recorded");
  const seen = { persisted: await persisted(), note: await page.getByText("This browser records").isVisible() };
  await visit(page, `${line.url}/console/kinesisvideo/streams/camera/findings`);
  await shoot("camera-findings");
  seen.findings = await page.locator("main").innerText();
  return seen;
}
