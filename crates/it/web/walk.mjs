// Walks the getting-started guide in the console, clicking what the guide says, and prints
// what came of it as one JSON object.
//
//   node walk.mjs URL LOG FOLDER
//
// The server's store is empty; codes are read from its LOG; FOLDER is for screenshots and
// media.

import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";

import { failure, launch, listen, look, visit } from "./browser.mjs";

const [base, log, folder] = process.argv.slice(2);
const aws = path.join(process.env.KINORA_TEST_VENV, "bin/aws");
const report = { steps: [], complaints: [], violations: [], overflowing: [] };
const browser = await launch();
const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: base });
const page = await context.newPage();
listen(page, report.complaints);
page.setDefaultTimeout(30_000);

const button = (name, within = page) => within.getByRole("button", { name, exact: true });
const link = (name, within = page) => within.getByRole("link", { name, exact: true });
const field = (name, within = page) => within.getByLabel(name, { exact: true });

let sender;
try {
  await signUp();
  await signInAsRoot();
  await createAdministrator();
  await signInAsAdministrator();
  const key = await createAccessKey();
  await useKey(key);
  await createStream();
  await sendAndWatch(key);
} catch (error) {
  throw await failure(page, folder, error, report.steps.map((step) => step.name));
} finally {
  // The shell and what it started are one group.
  if (sender) process.kill(-sender.pid);
  await browser.close();
}
console.log(JSON.stringify(report));

/** Notes a step and looks at it. */
async function done(name, facts = {}) {
  await look(page, report, `${report.steps.length}-${name}`, { folder });
  report.steps.push({ name, ...facts });
}

/** The newest code that was sent to an address or number. */
async function codeFor(to) {
  for (let tries = 0; tries < 100; tries += 1) {
    const lines = fs.readFileSync(log, "utf8").split("\n").filter((line) => line.includes(`to="${to}"`));
    const code = lines.at(-1)?.match(/code="(\d+)"/)?.[1];
    if (code) return code;
    await page.waitForTimeout(100);
  }
  throw new Error(`no code was sent to ${to}`);
}

async function signUp() {
  await visit(page, `${base}/signup`);
  await field("E-mail address").fill("owner@example.com");
  await field("Account name").fill("Example");
  await field("Password").fill("Owners-pass-1");
  await field("Confirm password").fill("Owners-pass-1");
  await field("Phone number").fill("+15550100");
  await done("sign-up");
  await button("Create account").click();
  await field("Verification code").waitFor();
  await done("code");
  await field("Verification code").fill(await codeFor("owner@example.com"));
  await button("Verify").click();
  await page.getByText("+15550100").first().waitFor();
  await field("Verification code").fill(await codeFor("+15550100"));
  await button("Verify").click();
  const accountId = await page.getByText(/^\d{12}$/).first().innerText();
  await done("signed-up", { accountId });
}

async function signInAsRoot() {
  await link("Sign in as root user").click();
  const email = field("Root user e-mail address");
  await email.or(field("Password")).first().waitFor();
  if (await email.isVisible()) {
    await email.fill("owner@example.com");
    await button("Next").click();
  }
  await field("Password").fill("Owners-pass-1");
  await button("Sign in").click();
  await page.locator("#top").waitFor();
  await done("root");
}

/** IAM, Users, Create user: with a password, in a new group with AdministratorAccess. */
async function createAdministrator() {
  await page.getByRole("button", { name: "Services" }).click();
  await page.getByRole("menuitem", { name: "IAM" }).click();
  await done("dashboard");
  await link("Users", page.getByRole("navigation")).click();
  await button("Create user").first().click();
  await field("User name").fill("Administrator");
  await page.getByRole("checkbox", { name: /Provide user access to the console/ }).check();
  await page.getByRole("radio", { name: /Custom password/ }).check();
  await field("Password").fill("Admins-pass-1");
  await page.getByRole("checkbox", { name: /must create a new password/ }).uncheck();
  await done("user-details");
  await button("Next").click();
  await button("Create group").first().click();
  const dialog = page.getByRole("dialog");
  await field("User group name", dialog).fill("Administrators");
  await dialog.getByRole("checkbox", { name: /AdministratorAccess/ }).check();
  await button("Create user group", dialog).click();
  await dialog.waitFor({ state: "hidden" });
  await done("user-permissions");
  await button("Next").click();
  await done("user-review");
  await button("Create user").click();
  await page.getByRole("heading", { name: "Retrieve password" }).waitFor();
  const address = await page.getByText(/\/signin\/\d{12}$/).first().innerText();
  await done("user-created", { address });
}

/** Out, and in again at the account's own address. */
async function signInAsAdministrator() {
  const { address } = report.steps.at(-1);
  await page.getByRole("button", { name: / @ / }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.waitForURL(/\/signin/);
  await visit(page, address);
  await field("IAM user name").fill("Administrator");
  await field("Password").fill("Admins-pass-1");
  await button("Sign in").click();
  await page.locator("#top").waitFor();
  await done("administrator");
}

/** Users, Administrator, Security credentials, Create access key, Show. */
async function createAccessKey() {
  await visit(page, `${base}/console/iam/users`);
  await link("Administrator").click();
  await page.getByRole("tab", { name: "Security credentials" }).click();
  await button("Create access key").first().click();
  await button("Create access key", page.getByRole("dialog")).click();
  const told = page.getByRole("dialog", { name: "Retrieve access keys" });
  await told.getByRole("button", { name: /^Show/ }).click();
  const secret = await told.getByTestId("secret").innerText();
  const id = await told.getByText(/^AKIA[A-Z2-7]{16}$/).first().innerText();
  await done("access-key", { id, length: secret.length });
  await button("Done", told).click();
  return { id, secret };
}

/** The key that was noted works in the AWS CLI. */
async function useKey(key) {
  const arn = execFileSync(aws, ["sts", "get-caller-identity", "--query", "Arn", "--output", "text"], {
    env: environment(key),
    encoding: "utf8",
  });
  if (!arn.trim().endsWith(":user/Administrator")) throw new Error(`the key is of ${arn}`);
  report.steps.push({ name: "key-used", arn: arn.trim() });
}

async function createStream() {
  await page.getByRole("button", { name: "Services" }).click();
  await page.getByRole("menuitem", { name: "Kinesis Video Streams" }).click();
  await button("Create video stream").first().click();
  await field("Video stream name").fill("ExampleStream");
  await button("Create video stream").click();
  await page.getByRole("heading", { name: "ExampleStream" }).waitFor();
  await page.getByRole("tab", { name: "Playback" }).click();
  await done("stream");
}

/**
 * `ffmpeg | curl` sends, and the picture moves. Key frames are so far apart that the page sees
 * a fragment for some seconds before anything can be played.
 */
async function sendAndWatch(key) {
  const send =
    "ffmpeg -v error -re -f lavfi -i testsrc2=size=320x240:rate=15 -t 120 -pix_fmt yuv420p " +
    "-c:v libx264 -preset ultrafast -g 150 -bf 0 -f matroska -cluster_time_limit 2000 - < /dev/null | " +
    'curl --silent --aws-sigv4 aws:amz:us-east-1:kinesisvideo --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" ' +
    "--request POST --upload-file - --header 'Transfer-Encoding: chunked' --header 'x-amzn-stream-name: ExampleStream' " +
    "--header 'x-amzn-fragment-timecode-type: RELATIVE' " +
    '--header "x-amzn-producer-start-timestamp: $(date +%s)" $AWS_ENDPOINT_URL/putMedia > /dev/null';
  sender = spawn("bash", ["-c", send], { env: environment(key), stdio: "ignore", detached: true });
  await page.locator("video").waitFor({ timeout: 60_000 });
  const first = await moving(0, 0);
  const later = await moving(first.time + 4, first.frames + 10);
  await done("watched", { first, later });
}

/** Waits until the video is beyond a time and a number of decoded frames. */
async function moving(time, frames) {
  const look = () => {
    const video = document.querySelector("video");
    return video && { time: video.currentTime, frames: video.getVideoPlaybackQuality().totalVideoFrames };
  };
  for (let tries = 0; tries < 240; tries += 1) {
    const seen = await page.evaluate(look);
    if (seen && seen.time > time && seen.frames > frames) return seen;
    await page.waitForTimeout(250);
  }
  throw new Error(`the picture does not move: ${JSON.stringify(await page.evaluate(look))}`);
}

function environment({ id, secret }) {
  return {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    AWS_ACCESS_KEY_ID: id,
    AWS_SECRET_ACCESS_KEY: secret,
    AWS_ENDPOINT_URL: base,
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_EC2_METADATA_DISABLED: "true",
  };
}
