// The pages before the console: signing in with what may be asked besides the password, and
// a lost password.

import { expect, roomForCodes, totp } from "./api.mjs";
import { on, visit } from "./browser.mjs";

/** The pages of users, and those of root, which are tried last. */
export const entrance = { asUser, asRoot };

/** `carl`, who must change his password, and then has an MFA device. */
async function asUser(it) {
  const { api, accountId, did } = it;
  await api.iam("create_user", { UserName: "carl" });
  const login = { UserName: "carl", Password: "Carls-password-1", PasswordResetRequired: true };
  await api.iam("create_login_profile", login);
  await api.iam("attach_user_policy", { UserName: "carl", PolicyArn: "arn:aws:iam::aws:policy/IAMUserChangePassword" });
  await forcedChange(it);
  did("forced password change");
  await mfaAsked(it);
  did("MFA at sign-in");
  await api.iam("deactivate_mfa_device", { UserName: "carl", SerialNumber: serial(accountId) });
  await api.iam("delete_virtual_mfa_device", { SerialNumber: serial(accountId) });
  await api.iam("delete_login_profile", { UserName: "carl" });
  await api.iam("detach_user_policy", { UserName: "carl", PolicyArn: "arn:aws:iam::aws:policy/IAMUserChangePassword" });
  expect("carl is gone", (await api.iam("delete_user", { UserName: "carl" })).error, undefined);
}

async function forcedChange(it) {
  const { base, accountId, look } = it;
  const { page, button, field, close } = await outside(it);
  await visit(page, `${base}/signin/${accountId}`);
  await field("IAM user name").fill("carl");
  await field("Password").fill("wrong");
  await button("Sign in").click();
  await page.getByText(/information is incorrect/).waitFor();
  await look("signin-refused", page);
  await field("Password").fill("Carls-password-1");
  await button("Sign in").click();
  await page.getByRole("heading", { name: "You must change your password to continue" }).waitFor();
  await field("New password").fill("Carls-password-2");
  await field("Confirm new password").fill("Carls-password-2");
  await look("signin-new-password", page);
  await button("Confirm password change").click();
  await page.locator("#top").waitFor();
  await visit(page, `${base}/signin`);
  await page.getByRole("heading", { name: "You are signed in" }).waitFor();
  await look("signin-already", page);
  await close();
}

async function mfaAsked(it) {
  const { api, base, accountId, look } = it;
  const { VirtualMFADevice: device } = await api.iam("create_virtual_mfa_device", { VirtualMFADeviceName: "carl" });
  const seed = device.Base32StringSeed;
  await roomForCodes();
  const assigned = await api.iam("enable_mfa_device", {
    UserName: "carl",
    SerialNumber: device.SerialNumber,
    AuthenticationCode1: totp(seed, -1),
    AuthenticationCode2: totp(seed),
  });
  expect("assigned", assigned.error, undefined);
  const { page, button, field, close } = await outside(it);
  await visit(page, `${base}/signin/${accountId}`);
  await field("IAM user name").fill("carl");
  await field("Password").fill("Carls-password-2");
  await button("Sign in").click();
  await page.getByRole("heading", { name: "Multi-factor authentication" }).waitFor();
  await field("MFA code").fill("000000");
  await button("Submit").click();
  await page.getByText(/information is incorrect/).waitFor();
  await look("signin-mfa", page);
  await roomForCodes();
  await field("MFA code").fill(totp(seed, 1));
  await button("Submit").click();
  await page.locator("#top").waitFor();
  await close();
}

/** The owner has lost the password: the link of the mail sets another. */
async function asRoot(it) {
  const { base, owner, sent, look, did } = it;
  const { page, button, field, close } = await outside(it);
  await visit(page, `${base}/signin?type=root`);
  await field("Root user e-mail address").fill(owner.email);
  await button("Next").click();
  await field("Password").waitFor();
  await look("signin-root", page);
  await button("Forgot password?").click();
  await page.getByRole("heading", { name: "Password recovery" }).waitFor();
  await look("recovery", page);
  await button("Send recovery e-mail").click();
  await page.getByText("Look into your mail").waitFor();
  await look("recovery-asked", page);
  await page.goto(await sent(owner.email, /link="([^"]+)"/));
  await field("New password").fill("Owners-pass-3");
  await field("Confirm new password").fill("Owners-pass-3");
  await look("recovery-new-password", page);
  await button("Reset password").click();
  await page.getByText("Your password has been changed").waitFor();
  await look("recovery-done", page);
  await button("Sign in").click();
  await field("Root user e-mail address").fill(owner.email);
  await button("Next").click();
  await field("Password").fill("Owners-pass-3");
  await button("Sign in").click();
  await page.locator("#top").waitFor();
  await close();
  did("lost password");
}

/** A page of somebody who is not signed in. */
async function outside({ browser, listen }) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  listen(page);
  return { ...on(page), close: () => context.close() };
}

function serial(accountId) {
  return `arn:aws:iam::${accountId}:mfa/carl`;
}
