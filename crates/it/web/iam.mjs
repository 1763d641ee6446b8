// Uses every dialogue and act of the console's IAM pages and reads over the API what each did.
// Prints what was done as one JSON object.
//
//   node iam.mjs URL LOG FOLDER
//
// Codes are read from the server's LOG; FOLDER is for screenshots. Nobody has signed up yet
// with the address it uses.

import fs from "node:fs";
import path from "node:path";
import process from "node:process";

import { Api } from "./api.mjs";
import { launch, listen, on, settled, visit } from "./browser.mjs";
import { account } from "./iam_account.mjs";
import { access } from "./iam_access.mjs";
import { groups } from "./iam_groups.mjs";
import { own } from "./iam_own.mjs";
import { users } from "./iam_users.mjs";

const [base, log, folder] = process.argv.slice(2);
const EMAIL = `owner-${process.pid}@example.com`;
const PASSWORD = "Owners-pass-1";
const report = { acts: [], complaints: [] };
const browser = await launch();
const context = await browser.newContext({ viewport: { width: 1280, height: 1000 }, acceptDownloads: true });
const page = await context.newPage();
listen(page, report.complaints);
page.setDefaultTimeout(30_000);
const api = new Api(base);

const it = {
  ...on(page),
  api,
  base,
  accountId: await signUp(),
  owner: { email: EMAIL, password: PASSWORD },
  signIn,
  browser,
  go: (at) => visit(page, `${base}/console/${at}`),
  /** Notes an act that is done and seen. */
  did: (name) => report.acts.push(name),
  look,
};

try {
  await signIn("/signin/root", { email: EMAIL, password: PASSWORD });
  await own.rootKey(it);
  for (const section of [users, groups, access, account, own.asUser, own.asRoot]) await section(it);
} catch (error) {
  await page.screenshot({ path: path.join(folder, "failed.png") });
  const text = await page.locator("body").innerText();
  throw new Error(`after ${report.acts.join(", ")}: ${error.stack}\n${page.url()}\n${text}`);
} finally {
  api.close();
  await browser.close();
}
console.log(JSON.stringify(report));

/** Takes a picture of what is on screen in both themes and on a narrow screen. */
async function look(name) {
  if (!process.env.KINORA_TEST_PICTURES) return;
  await settled(page);
  const shoot = (variant) => page.screenshot({ path: path.join(folder, `${name}.${variant}.png`) });
  await shoot("light");
  await page.emulateMedia({ colorScheme: "dark" });
  await shoot("dark");
  await page.setViewportSize({ width: 400, height: 900 });
  await shoot("narrow");
  await page.setViewportSize({ width: 1280, height: 1000 });
  await page.emulateMedia({ colorScheme: "light" });
}

async function signIn(form, fields) {
  const answer = await context.request.post(base + form, { data: fields });
  if (!answer.ok()) throw new Error(`${form}: ${answer.status()} ${await answer.text()}`);
  return answer.json();
}

/** Signs up for an account; its id. */
async function signUp() {
  const phone = `+1555${String(Date.now()).slice(-7)}`;
  const fields = { email: EMAIL, accountName: "Example", password: PASSWORD, phone };
  const { signUpId } = await signIn("/signup", fields);
  await signIn("/signup/email", { signUpId, code: await codeFor(fields.email) });
  return (await signIn("/signup/phone", { signUpId, code: await codeFor(phone) })).accountId;
}

async function codeFor(to) {
  for (let tries = 0; tries < 100; tries += 1) {
    const lines = fs.readFileSync(log, "utf8").split("\n").filter((line) => line.includes(`to="${to}"`));
    const code = lines.at(-1)?.match(/code="(\d+)"/)?.[1];
    if (code) return code;
    await page.waitForTimeout(50);
  }
  throw new Error(`no code was sent to ${to}`);
}
