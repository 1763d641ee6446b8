// The account: its alias, its password policy, the credential report, and the decision tracer.

import fs from "node:fs";

import { expect } from "./api.mjs";

/** The pages beside users and policies. */
export async function account(it) {
  await alias(it);
  await passwordPolicy(it);
  await report(it);
  await tracer(it);
}

async function alias({ page, api, go, button, field, finish, dialog, did, look }) {
  const aliases = async () => (await api.iam("list_account_aliases")).AccountAliases;
  await go("iam");
  await button("Create").click();
  await field("Preferred alias", dialog).fill("No-Capitals");
  await button("Create alias", dialog).click();
  await dialog.getByText(/The alias can have lower-case/).waitFor();
  await look("alias");
  await field("Preferred alias", dialog).fill(ALIAS);
  await finish("Create alias");
  expect("alias", await aliases(), [ALIAS]);
  await button("Edit").click();
  await field("Preferred alias", dialog).fill(`${ALIAS}-2`);
  await finish("Save changes");
  expect("another alias", await aliases(), [`${ALIAS}-2`]);
  await page.getByText(`/signin/${ALIAS}-2`).first().waitFor();
  await button("Delete").click();
  await finish("Delete");
  expect("no alias", await aliases(), []);
  did("account alias");
}

async function passwordPolicy({ page, api, go, button, field, finish, dialog, did, look }) {
  await go("iam/settings");
  await button("Edit").click();
  await field("Password minimum length", dialog).fill("5");
  await dialog.getByText("Enter a number from 6 to 128.").waitFor();
  await field("Password minimum length", dialog).fill("10");
  await dialog.getByRole("checkbox", { name: "Require at least one number" }).check();
  await dialog.getByRole("checkbox", { name: "Prevent password reuse" }).check();
  await field("Passwords to remember", dialog).fill("3");
  await look("password-policy");
  await finish("Save changes");
  const { PasswordPolicy: policy } = await api.iam("get_account_password_policy");
  const { MinimumPasswordLength, RequireNumbers, PasswordReusePrevention } = policy;
  expect("policy", [MinimumPasswordLength, RequireNumbers, PasswordReusePrevention], [10, true, 3]);
  await page.getByText("Password minimum length is 10 characters").waitFor();
  await button("Delete").click();
  await finish("Delete custom");
  expect("no policy", (await api.iam("get_account_password_policy")).error, "NoSuchEntity");
  did("password policy");
}

async function report({ page, api, go, button, did, look }) {
  await go("iam/credential-report");
  await button("Generate report").click();
  await button("Download CSV").waitFor();
  await look("credential-report");
  const [download] = await Promise.all([page.waitForEvent("download"), button("Download CSV").click()]);
  if (!/^status_reports_.*\.csv$/.test(download.suggestedFilename())) throw new Error(download.suggestedFilename());
  const lines = fs.readFileSync(await download.path(), "utf8").trim().split("\n");
  expect("users", lines.slice(1).map((line) => line.split(",")[0]), ["<root_account>", "bea"]);
  const { Content, error } = await api.iam("get_credential_report");
  expect("the report of the API", [error, typeof Content], [undefined, "string"]);
  did("credential report");
}

/** Two actions on two resources at once: each is decided for itself. */
async function tracer({ page, api, accountId, go, button, did, look }) {
  const Statement = [
    { Effect: "Allow", Action: "kinesisvideo:PutMedia", Resource: `arn:aws:kinesisvideo:us-east-1:${accountId}:stream/gate/*` },
  ];
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
  await api.iam("create_user", { UserName: "tracy" });
  await api.iam("put_user_policy", { UserName: "tracy", PolicyName: "gate", PolicyDocument });
  const query = new URLSearchParams([
    ["principal", `arn:aws:iam::${accountId}:user/tracy`],
    ["action", "kinesisvideo:PutMedia"],
    ["action", "kinesisvideo:GetMedia"],
    ["resource", `arn:aws:kinesisvideo:us-east-1:${accountId}:stream/gate/1`],
    ["resource", `arn:aws:kinesisvideo:us-east-1:${accountId}:stream/yard/1`],
  ]);
  await go(`iam/decisions?${query}`);
  await button("Trace").click();
  await page.getByText("Implicitly denied").first().waitFor();
  await look("tracer");
  expect("allowed", await page.getByText("Allowed", { exact: true }).count(), 1);
  expect("denied", await page.getByText("Implicitly denied", { exact: true }).count(), 3);
  await api.iam("delete_user_policy", { UserName: "tracy", PolicyName: "gate" });
  await api.iam("delete_user", { UserName: "tracy" });
  did("decision tracer");
}

const ALIAS = `example-${process.pid}`;
