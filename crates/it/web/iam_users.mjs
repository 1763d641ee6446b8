// Users: created, renamed, tagged, given policies and credentials, deleted.

import fs from "node:fs";

import { expect, roomForCodes, totp } from "./api.mjs";

const BOUNDARY = "arn:aws:iam::aws:policy/PowerUserAccess";
const READ = "arn:aws:iam::aws:policy/AmazonKinesisVideoStreamsReadOnlyAccess";

/** The section of users, from the list to the deleted user. */
export async function users(it) {
  await create(it);
  await rename(it);
  await tags(it);
  await policies(it);
  await boundary(it);
  await groupsOfUser(it);
  await password(it);
  await mfa(it);
  await keys(it);
  await remove(it);
}

async function create({ page, api, go, button, field, choose, finish, dialog, did, look }) {
  await go("iam/users");
  await button("Create user").first().click();
  await button("Next").click();
  await page.getByText("Enter a user name.").waitFor();
  await field("User name").fill("ann");
  await page.getByRole("checkbox", { name: /Provide user access to the console/ }).check();
  await page.getByRole("radio", { name: /Custom password/ }).check();
  await field("Password").fill("short");
  await button("Next").click();
  await page.getByText("This password does not keep the password policy.").waitFor();
  await look("user-details");
  await field("Password").fill("Anns-password-1");
  await page.getByRole("checkbox", { name: /must create a new password/ }).uncheck();
  await button("Next").click();
  await button("Create group").first().click();
  await button("Create user group", dialog).click();
  await dialog.getByText("Enter a user group name.").waitFor();
  await field("User group name", dialog).fill("crew");
  await choose(READ, dialog);
  await look("group-dialog");
  await finish("Create user group");
  await page.getByRole("button", { name: /Set permissions boundary/ }).click();
  await choose(BOUNDARY);
  await button("Next").click();
  await button("Add new tag").click();
  await page.getByPlaceholder("Enter a key").fill("team");
  await page.getByPlaceholder("Enter a value").fill("blue");
  await look("user-review");
  await button("Create user").click();
  await page.getByRole("heading", { name: "Retrieve password" }).waitFor();
  const { User: user } = await api.iam("get_user", { UserName: "ann" });
  expect("boundary", user.PermissionsBoundary.PermissionsBoundaryArn, BOUNDARY);
  expect("tags", user.Tags, [{ Key: "team", Value: "blue" }]);
  const { Groups } = await api.iam("list_groups_for_user", { UserName: "ann" });
  expect("groups", Groups.map((group) => group.GroupName), ["crew"]);
  const attached = await api.iam("list_attached_group_policies", { GroupName: "crew" });
  expect("group's policies", attached.AttachedPolicies.map((policy) => policy.PolicyArn), [READ]);
  const login = await api.iam("get_login_profile", { UserName: "ann" });
  expect("must change", login.LoginProfile.PasswordResetRequired, false);
  did("create user");
}

async function rename({ page, api, button, field, dialog, finish, did, look }) {
  await button("View user").click();
  await button("Edit").first().click();
  await field("User name", dialog).fill("no spaces");
  await dialog.getByText(/are accepted/).last().waitFor();
  await field("User name", dialog).fill("bea");
  await look("user-rename");
  await finish("Save changes");
  await page.getByRole("heading", { name: "bea", level: 1 }).waitFor();
  expect("the old name", (await api.iam("get_user", { UserName: "ann" })).error, "NoSuchEntity");
  expect("the new name", (await api.iam("get_user", { UserName: "bea" })).User.UserName, "bea");
  did("rename user");
}

async function tags({ page, api, tab, button, finish, dialog, did, look }) {
  await tab("Tags");
  await button("Manage tags").click();
  await dialog.getByPlaceholder("Enter a value").first().fill("green");
  await button("Add new tag", dialog).click();
  await dialog.getByPlaceholder("Enter a key").last().fill("floor");
  await dialog.getByPlaceholder("Enter a value").last().fill("2");
  await look("tags");
  await page.keyboard.press("Escape");
  if (await dialog.isHidden()) throw new Error("Escape in a field closed the dialogue");
  await finish("Save changes");
  const { Tags } = await api.iam("list_user_tags", { UserName: "bea" });
  expect("tags", Tags.map(({ Key, Value }) => `${Key}=${Value}`).sort(), ["floor=2", "team=green"]);
  await button("Manage tags").click();
  await dialog.getByRole("button", { name: /^Remove the tag team/ }).click();
  await finish("Save changes");
  const left = await api.iam("list_user_tags", { UserName: "bea" });
  expect("tags that are left", left.Tags.map(({ Key }) => Key), ["floor"]);
  did("tag user");
}

async function policies({ page, api, tab, button, field, pick, choose, finish, confirm, edit, dialog, did, look }) {
  const attached = async () => {
    const { AttachedPolicies } = await api.iam("list_attached_user_policies", { UserName: "bea" });
    return AttachedPolicies.map((policy) => policy.PolicyArn);
  };
  await tab("Permissions");
  await pick("Add permissions", "Attach policies");
  await choose(BOUNDARY, dialog);
  await look("attach-policies");
  await finish("Attach policies");
  expect("attached", await attached(), [BOUNDARY]);
  await choose(`user bea ${BOUNDARY}`);
  await button("Remove").first().click();
  await finish("Remove");
  expect("detached", await attached(), []);
  did("attach and detach policy");

  await pick("Add permissions", "Create inline policy");
  await edit('{"Version":', dialog);
  await button("Create policy", dialog).click();
  await dialog.getByText("Enter a policy name.").waitFor();
  await look("inline-policy");
  await field("Policy name", dialog).fill("lister");
  await edit(document("kinesisvideo:ListStreams"), dialog);
  await finish("Create policy");
  const read = async () => {
    const { PolicyDocument } = await api.iam("get_user_policy", { UserName: "bea", PolicyName: "lister" });
    return PolicyDocument.Statement[0].Action;
  };
  expect("inline policy", await read(), "kinesisvideo:ListStreams");
  await choose("user bea inline lister");
  await button("Edit").last().click();
  await edit(document("kinesisvideo:DescribeStream"), dialog);
  await finish("Save changes");
  expect("edited inline policy", await read(), "kinesisvideo:DescribeStream");
  await choose("user bea inline lister");
  await button("Remove").first().click();
  await confirm("delete", "Remove");
  expect("inline policies", (await api.iam("list_user_policies", { UserName: "bea" })).PolicyNames, []);
  await page.getByText("lister is removed.").first().waitFor();
  did("inline policy");
}

async function boundary({ api, button, choose, finish, dialog, did, look }) {
  const arn = async () => {
    const { User } = await api.iam("get_user", { UserName: "bea" });
    return User.PermissionsBoundary?.PermissionsBoundaryArn;
  };
  await button("Change boundary").click();
  await choose(READ, dialog);
  await look("boundary");
  await finish("Set boundary");
  expect("boundary", await arn(), READ);
  await button("Remove boundary").click();
  await finish("Remove boundary");
  expect("no boundary", await arn(), undefined);
  did("boundary");
}

async function groupsOfUser({ api, tab, button, choose, finish, dialog, did }) {
  const names = async () => {
    const { Groups } = await api.iam("list_groups_for_user", { UserName: "bea" });
    return Groups.map((group) => group.GroupName);
  };
  await tab("Groups");
  await choose("crew");
  await button("Remove").first().click();
  await finish("Remove");
  expect("no groups", await names(), []);
  await button("Add user to groups").first().click();
  await choose("crew", dialog);
  await finish("Add user to groups");
  expect("groups", await names(), ["crew"]);
  did("groups of user");
}

async function password({ page, api, tab, button, field, finish, dialog, did, look }) {
  const login = () => api.iam("get_login_profile", { UserName: "bea" });
  await tab("Security credentials");
  await button("Manage console access").click();
  await look("console-access");
  await dialog.getByRole("radio", { name: /Have the user create/ }).check();
  await finish("Apply");
  expect("must change", (await login()).LoginProfile.PasswordResetRequired, true);
  await button("Manage console access").click();
  await dialog.getByRole("radio", { name: /Disable console access/ }).check();
  await finish("Disable console access");
  expect("no password", (await login()).error, "NoSuchEntity");
  await button("Enable console access").click();
  await dialog.getByRole("radio", { name: /Custom password/ }).check();
  await field("Password", dialog).fill("Beas-password-1");
  await dialog.getByRole("checkbox", { name: /must create a new password/ }).uncheck();
  await button("Enable console access", dialog).click();
  const told = page.getByRole("dialog", { name: "Console password" });
  await told.getByRole("button", { name: /^Show/ }).click();
  expect("told", await told.getByTestId("secret").innerText(), "Beas-password-1");
  await look("password-told");
  await button("Done", told).click();
  expect("can change", (await login()).LoginProfile.PasswordResetRequired, false);
  did("console password");
}

async function mfa({ page, api, button, field, choose, finish, dialog, did, look }) {
  const serials = async () => {
    const { MFADevices } = await api.iam("list_mfa_devices", { UserName: "bea" });
    return MFADevices.map((device) => device.SerialNumber.split("/").at(-1));
  };
  await button("Assign MFA device").first().click();
  await button("Next", dialog).click();
  await dialog.getByRole("button", { name: /^Show/ }).click();
  await button("Cancel", dialog).click();
  const unassigned = async () =>
    (await api.iam("list_virtual_mfa_devices")).VirtualMFADevices.filter((device) => !device.EnableDate).length;
  for (let tries = 0; (await unassigned()) > 0; tries += 1) {
    if (tries > 20) throw new Error("a device that was not assigned is left");
    await page.waitForTimeout(50);
  }
  await button("Assign MFA device").first().click();
  await button("Next", dialog).click();
  await dialog.getByRole("button", { name: /^Show/ }).click();
  const seed = await dialog.getByTestId("secret").innerText();
  await look("mfa-assign");
  await roomForCodes();
  await field("MFA code 1", dialog).fill(totp(seed, -1));
  await field("MFA code 2", dialog).fill(totp(seed));
  await finish("Add MFA");
  expect("devices", await serials(), ["bea"]);
  await page.getByRole("radio", { name: /Choose arn:.*mfa\/bea$/ }).check();
  await button("Resync").click();
  await field("MFA code 1", dialog).fill("111111");
  await field("MFA code 2", dialog).fill("222222");
  await button("Resync", dialog).click();
  await dialog.getByText(/InvalidAuthenticationCode/).waitFor();
  await look("mfa-resync");
  await roomForCodes();
  await field("MFA code 1", dialog).fill(totp(seed, 1));
  await field("MFA code 2", dialog).fill(totp(seed, 2));
  await finish("Resync");
  await button("Remove").first().click();
  await look("mfa-remove");
  await finish("Remove");
  expect("no devices", await serials(), []);
  did("MFA");
}

async function keys({ page, api, button, field, pick, finish, confirm, dialog, did, look }) {
  await button("Create access key").first().click();
  await field("Description tag value - optional", dialog).fill("gateway");
  await look("key-create");
  await button("Create access key", dialog).click();
  const told = page.getByRole("dialog", { name: "Retrieve access keys" });
  await told.getByRole("button", { name: /^Show/ }).click();
  const secret = await told.getByTestId("secret").innerText();
  const id = await told.getByText(/^AKIA[A-Z2-7]{16}$/).first().innerText();
  await look("key-told");
  const [download] = await Promise.all([page.waitForEvent("download"), button("Download .csv file", told).click()]);
  expect("file name", download.suggestedFilename(), "bea_accessKeys.csv");
  const lines = fs.readFileSync(await download.path(), "utf8").replace(/^\uFEFF/, "").trim().split(/\r?\n/);
  expect("file", lines, ["Access key ID,Secret access key", `${id},${secret}`]);
  await button("Done", told).click();
  const key = { aws_access_key_id: id, aws_secret_access_key: secret };
  const called = async () => (await api.call("sts", "get_caller_identity", {}, key)).Arn?.split("/").at(-1);
  expect("the key works", await called(), "bea");
  await pick(`Actions for ${id}`, "Deactivate");
  await finish("Deactivate");
  expect("inactive", await called(), undefined);
  await pick(`Actions for ${id}`, "Activate");
  await finish("Activate");
  expect("active again", await called(), "bea");
  await pick(`Actions for ${id}`, "Deactivate");
  await finish("Deactivate");
  await pick(`Actions for ${id}`, "Delete");
  await look("key-delete");
  await confirm(id, "Delete");
  expect("keys", (await api.iam("list_access_keys", { UserName: "bea" })).AccessKeyMetadata, []);
  did("access key");
}

/** A user with a password and a group, which both go first; a guard that is not typed right does nothing. */
async function remove({ api, go, button, field, choose, confirm, dialog, did, look }) {
  await api.iam("create_user", { UserName: "gone" });
  await api.iam("add_user_to_group", { UserName: "gone", GroupName: "crew" });
  await api.iam("create_access_key", { UserName: "gone" });
  await go("iam/users");
  await choose("gone");
  await button("Delete").click();
  await field("To confirm, type gone", dialog).fill("else");
  if (await button("Delete user", dialog).isEnabled()) throw new Error("a wrong name deletes");
  await look("user-delete");
  await confirm("gone", "Delete user");
  expect("gone", (await api.iam("get_user", { UserName: "gone" })).error, "NoSuchEntity");
  did("delete user");
}

function document(Action) {
  return JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource: "*" }] });
}
