// What other sites and late sessions can do with the console: nothing. Prints what was seen
// as one JSON object.
//
//   node safety.mjs URL EMAIL PASSWORD NEW-PASSWORD
//
// The root user has no MFA device. A server of this script plays the other site.

import http from "node:http";
import process from "node:process";

import { launch, listen, visit } from "./browser.mjs";

const [base, email, password, newPassword] = process.argv.slice(2);
const report = { complaints: [] };

const evil = http.createServer((request, response) => {
  response.setHeader("content-type", "text/html");
  response.end(
    request.url === "/frame"
      ? `<iframe src="${base}/console/" width="800" height="600"></iframe>`
      : `<form method="post" action="${base}/signin/signout"><input name="x" value="y"></form>`,
  );
});
await new Promise((ready) => evil.listen(0, "localhost", ready));
// Another host, so another site: its cookies are not ours.
const other = `http://localhost:${evil.address().port}`;

const browser = await launch();
try {
  const context = await browser.newContext({ viewport: { width: 1000, height: 800 } });
  const page = await context.newPage();
  listen(page, report.complaints);
  await signIn(page, password);
  report.cookies = (await context.cookies()).map(({ value: _, ...cookie }) => cookie);
  report.scriptSees = await page.evaluate(() => document.cookie);
  const session = await page.evaluate(() => fetch("/signin/session").then((answer) => answer.json()));
  report.signedIn = session.type;

  const foreign = await context.newPage();
  await foreign.goto(`${other}/frame`);
  await foreign.waitForTimeout(1500);
  const frame = foreign.frames().find((frame) => frame !== foreign.mainFrame());
  report.framed = await frame.evaluate(() => document.body?.innerText ?? "").catch((error) => `${error}`);
  report.frameAddress = frame.url();

  await foreign.goto(`${other}/form`);
  const [sent] = await Promise.all([
    foreign.waitForResponse((response) => response.url().endsWith("/signin/signout")),
    foreign.evaluate(() => document.forms[0].submit()),
  ]);
  report.form = { status: sent.status(), text: await sent.text().catch(() => "") };
  await foreign.goto(`${other}/form`);
  report.fetched = await foreign.evaluate(async (base) => {
    const outcomes = {};
    const outcome = (name, promise) => promise.then(
      async (answer) => (outcomes[name] = `${answer.type} ${answer.status} ${await answer.text()}`),
      (error) => (outcomes[name] = `${error.name}`),
    );
    await outcome("session", fetch(`${base}/signin/session`, { credentials: "include" }));
    await outcome("credentials", fetch(`${base}/signin/credentials`, {
      method: "POST",
      credentials: "include",
      headers: { "content-type": "application/json" },
      body: "{}",
    }));
    await outcome("blind", fetch(`${base}/signin/signout`, {
      method: "POST",
      credentials: "include",
      mode: "no-cors",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "csrfToken=guess",
    }));
    return outcomes;
  }, base);
  await foreign.close();
  report.stillSignedIn = await page.evaluate(() => fetch("/signin/session").then((answer) => answer.status));

  // Where the sign-in page leads: never away.
  const next = await context.newPage();
  await visit(next, `${base}/signin?next=${encodeURIComponent(`${other}/form`)}`);
  await next.getByRole("button", { name: "Go to the console" }).click();
  await next.waitForURL(`${base}/console/`);
  report.next = next.url();
  await next.close();

  // The password changes elsewhere; this page learns it at its next call.
  await visit(page, `${base}/console/iam/users`);
  const elsewhere = await browser.newContext();
  const there = await elsewhere.newPage();
  await signIn(there, password);
  report.changed = await there.evaluate(async ([currentPassword, newPassword]) => {
    const session = await fetch("/signin/session").then((answer) => answer.json());
    const answer = await fetch("/signin/password", {
      method: "POST",
      headers: { "content-type": "application/json", "x-csrf-token": session.csrfToken },
      body: JSON.stringify({ currentPassword, newPassword }),
    });
    return answer.status;
  }, [password, newPassword]);
  await page.getByRole("link", { name: "User groups" }).first().click();
  await page.getByText("Your session has ended").waitFor({ timeout: 20_000 });
  report.ended = page.url().slice(base.length);
  report.rest = await page.evaluate(() => fetch("/signin/session").then((answer) => answer.status));
  await elsewhere.close();
} finally {
  await browser.close();
  evil.close();
}
console.log(JSON.stringify(report));

/** Signs in as the page does it. */
async function signIn(page, password) {
  await visit(page, `${base}/signin?type=root`);
  await page.getByLabel("Root user e-mail address").fill(email);
  await page.keyboard.press("Enter");
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.keyboard.press("Enter");
  await page.waitForURL(`${base}/console/`);
  await page.getByRole("heading", { level: 1 }).waitFor();
}
