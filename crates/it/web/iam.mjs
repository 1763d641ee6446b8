// Uses every dialogue and act of the console's IAM pages and reads over the API what each did.
// Prints what was done as one JSON object.
//
//   node iam.mjs URL LOG FOLDER
//
// Codes are read from the server's LOG; FOLDER is for screenshots. Nobody has signed up yet
// with the address it uses.

import fs from "node:fs";
import process from "node:process";

import { Api } from "./api.mjs";
import { failure, launch, listen, look, on, visit } from "./browser.mjs";
import { account } from "./iam_account.mjs";
import { access } from "./iam_access.mjs";
import { entrance } from "./iam_entrance.mjs";
import { groups } from "./iam_groups.mjs";
import { own } from "./iam_own.mjs";
import { users } from "./iam_users.mjs";

const [base, log, folder] = process.argv.slice(2);
const EMAIL = `owner-${process.pid}@example.com`;
const PASSWORD = "Owners-pass-1";
const report = { acts: [], complaints: [], violations: [], overflowing: [] };
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
  /** Looks at what is on screen; with pictures only where they are kept. */
  look: (name, seen = page) => look(seen, report, name, process.env.KINORA_TEST_PICTURES ? { folder } : {}),
  listen: (seen) => listen(seen, report.complaints),
  sent,
};

try {
  await signIn("/signin/root", { email: EMAIL, password: PASSWORD });
  await own.rootKey(it);
  for (const section of [users, groups, access, account, entrance.asUser, own.asUser, own.asRoot, entrance.asRoot]) await section(it);
} catch (error) {
  throw await failure(page, folder, error, report.acts);
} finally {
  api.close();
  await browser.close();
}
console.log(JSON.stringify(report));

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

function codeFor(to) {
  return sent(to, /code="(\d+)"/);
}

/** What the newest message to an address or number has that matches. */
async function sent(to, pattern) {
  for (let tries = 0; tries < 100; tries += 1) {
    const lines = fs.readFileSync(log, "utf8").split("\n").filter((line) => line.includes(`to="${to}"`));
    const found = lines.at(-1)?.match(pattern)?.[1];
    if (found) return found;
    await page.waitForTimeout(50);
  }
  throw new Error(`nothing like ${pattern} was sent to ${to}`);
}
