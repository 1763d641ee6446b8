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

import { launch, listen, settled, visit } from "./browser.mjs";

const [base, log, folder] = process.argv.slice(2);
const aws = path.join(process.env.KINORA_TEST_VENV, "bin/aws");
const report = { steps: [], complaints: [] };
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
  await page.screenshot({ path: path.join(folder, "failed.png") });
  const text = await page.locator("body").innerText();
  throw new Error(`after ${report.steps.map((step) => step.name).join(", ")}: ${error}\n${page.url()}\n${text}`);
} finally {
  sender?.kill();
  await browser.close();
}
console.log(JSON.stringify(report));

/** Notes a step and takes its picture. */
async function done(name, facts = {}) {
  await settled(page);
  await page.screenshot({ path: path.join(folder, `${report.steps.length}-${name}.png`) });
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
  await button("Create account").click();
  await field("Verification code").fill(await codeFor("owner@example.com"));
  await button("Verify").click();
  await page.getByText("+15550100").waitFor();
  await field("Verification code").fill(await codeFor("+15550100"));
  await button("Verify").click();
  const accountId = await page.getByText(/^\d{4}-?\d{4}-?\d{4}$/).first().innerText();
  await done("signed-up", { accountId });
}

async function signInAsRoot() {
  await link("Sign in as root user").click();
  await field("Root user e-mail address").fill("owner@example.com");
  await field("Password").fill("Owners-pass-1");
  await button("Sign in").click();
  await page.getByRole("heading", { level: 1 }).waitFor();
  await done("root");
}

async function createAdministrator() {
  await visit(page, `${base}/console/iam`);
  await link("Users").click();
  await button("Create user").first().click();
  await done("create-user");
}
async function signInAsAdministrator() {}
async function createAccessKey() {}
async function useKey() {}
async function createStream() {}
async function sendAndWatch() {}
