// User groups: created, renamed, filled, emptied, deleted.

import { expect } from "./api.mjs";

const READ = "arn:aws:iam::aws:policy/AmazonKinesisVideoStreamsReadOnlyAccess";

/** The section of groups. `bea` is a user. */
export async function groups({ page, api, go, button, field, choose, pick, finish, confirm, tab, dialog, did, look }) {
  const members = async () => {
    const { Users } = await api.iam("get_group", { GroupName: "watchers" });
    return Users.map((user) => user.UserName);
  };
  await go("iam/groups");
  await button("Create group").first().click();
  await field("User group name").fill("viewers");
  await choose("bea");
  await choose(READ);
  await button("Create user group").click();
  await page.getByRole("heading", { name: "viewers", level: 1 }).waitFor();
  await button("Edit").first().click();
  await field("User group name", dialog).fill("watchers");
  await finish("Save changes");
  await page.getByRole("heading", { name: "watchers", level: 1 }).waitFor();
  expect("members", await members(), ["bea"]);
  did("create and rename group");

  await choose("bea");
  await button("Remove").first().click();
  await finish("Remove");
  expect("no members", await members(), []);
  await button("Add users").first().click();
  await choose("bea", dialog);
  await look("add-users");
  await finish("Add users");
  expect("members again", await members(), ["bea"]);
  did("users of group");

  await tab("Permissions");
  await choose(`group watchers ${READ}`);
  await button("Remove").first().click();
  await finish("Remove");
  const attached = async () => (await api.iam("list_attached_group_policies", { GroupName: "watchers" })).AttachedPolicies;
  expect("no policies", await attached(), []);
  await pick("Add permissions", "Attach policies");
  await choose(READ, dialog);
  await finish("Attach policies");
  expect("policies", (await attached()).length, 1);
  did("policies of group");

  await button("Delete").first().click();
  await look("group-delete");
  await confirm("watchers", "Delete");
  expect("deleted", (await api.iam("get_group", { GroupName: "watchers" })).error, "NoSuchEntity");
  did("delete group");
}
