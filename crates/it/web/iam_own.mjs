// "My security credentials": root's, and a user's.

import { expect, roomForCodes, totp } from "./api.mjs";
import { on, visit } from "./browser.mjs";

/** The page, in the order in which the walk needs it. */
export const own = { rootKey, asUser, asRoot };

/** An access key of root, with which the script reads what the clicks did. */
async function rootKey({ page, api, go, button, dialog, accountId, did, look }) {
  await go("security-credentials");
  await look("own-root");
  await button("Create access key").first().click();
  await button("Create access key", dialog).click();
  const told = page.getByRole("dialog", { name: "Retrieve access keys" });
  await told.getByRole("button", { name: /^Show/ }).click();
  const id = await told.getByText(/^AKIA[A-Z2-7]{16}$/).first().innerText();
  api.as(id, await told.getByTestId("secret").innerText());
  await button("Done", told).click();
  const { AccessKeyMetadata: keys } = await api.iam("list_access_keys");
  expect("root's keys", keys.map((key) => key.AccessKeyId), [id]);
  expect("account", (await api.iam("get_user")).User.Arn, `arn:aws:iam::${accountId}:root`);
  did("root's access key");
}

/** `bea`, who may change her own password and keys. */
async function asUser({ browser, base, api, accountId, did }) {
  await api.iam("attach_user_policy", { UserName: "bea", PolicyArn: "arn:aws:iam::aws:policy/IAMFullAccess" });
  const context = await browser.newContext({ viewport: { width: 1280, height: 1000 } });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const { button, field, dialog, finish } = on(page);
  const fields = { account: accountId, userName: "bea", password: "Beas-password-1" };
  const signIn = (password) => context.request.post(`${base}/signin/user`, { data: { ...fields, password } });
  expect("signed in", (await signIn(fields.password)).status(), 200);
  await visit(page, `${base}/console/security-credentials`);
  await button("Change password").click();
  await field("Current password", dialog).fill("wrong");
  await field("New password", dialog).fill("Beas-password-2");
  await field("Confirm new password", dialog).fill("Beas-password-2");
  await button("Change password", dialog).click();
  await dialog.getByText("The password was not changed").waitFor();
  await field("Current password", dialog).fill(fields.password);
  await finish("Change password");
  expect("the old password", (await signIn(fields.password)).ok(), false);
  expect("the new password", (await signIn("Beas-password-2")).status(), 200);
  await context.close();
  did("user's own password");
}

/** Root: its MFA device, its password, its key. */
async function asRoot({ page, api, base, owner, go, button, field, pick, finish, confirm, dialog, did, look }) {
  const inUse = async () => (await api.iam("get_account_summary")).SummaryMap.AccountMFAEnabled;
  await go("security-credentials");
  await button("Assign MFA device").first().click();
  await dialog.getByRole("button", { name: /^Show/ }).click();
  const seed = await dialog.getByTestId("secret").innerText();
  await look("root-mfa");
  await roomForCodes();
  await field("MFA code 1", dialog).fill(totp(seed, -1));
  await field("MFA code 2", dialog).fill(totp(seed));
  await finish("Add MFA");
  expect("root's MFA", await inUse(), 1);
  await page.getByRole("radio", { name: /Choose arn:.*mfa\// }).check();
  await button("Remove").first().click();
  await look("root-mfa-remove");
  await field("MFA code", dialog).fill(totp(seed, 1));
  await finish("Remove");
  expect("root without MFA", await inUse(), 0);
  did("root's MFA");

  await button("Change password").click();
  await field("Current password", dialog).fill(owner.password);
  await field("New password", dialog).fill("Owners-pass-2");
  await field("Confirm new password", dialog).fill("Owners-pass-2");
  await look("own-password");
  await finish("Change password");
  const signIn = (password) =>
    page.request.post(`${base}/signin/root`, { data: { email: owner.email, password } }).then((answer) => answer.ok());
  expect("root's old password", await signIn(owner.password), false);
  expect("root's new password", await signIn("Owners-pass-2"), true);
  did("root's password");

  const id = (await api.iam("list_access_keys")).AccessKeyMetadata[0].AccessKeyId;
  await go("security-credentials");
  await pick(`Actions for ${id}`, "Deactivate");
  await finish("Deactivate");
  await pick(`Actions for ${id}`, "Delete");
  await confirm(id, "Delete");
  expect("root's key", (await api.iam("list_access_keys")).error, "InvalidClientTokenId");
  did("root's access key is deleted");
}
