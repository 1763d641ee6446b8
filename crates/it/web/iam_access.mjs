// Policies and roles: written, versioned, attached, trusted, revoked, deleted.

import { expect } from "./api.mjs";

const READ = "arn:aws:iam::aws:policy/AmazonKinesisVideoStreamsReadOnlyAccess";

/** The two sections. */
export async function access(it) {
  await policy(it);
  await versions(it);
  await roles(it);
  await role(it);
}

async function policy({ page, api, accountId, go, button, field, edit, did, look }) {
  await go("iam/policies/create");
  await edit('{"Version":"2012-10-17","Statement":[{"Effect":"Perhaps"}]}');
  await page.getByText(/Perhaps|Allow.*Deny/).first().waitFor();
  await button("Create policy").click();
  await page.getByText("Enter a policy name.").waitFor();
  await look("policy-faults");
  await edit(document(["kinesisvideo:ListStreams"]));
  await field("Policy name").fill("lister");
  await button("Create policy").click();
  await page.getByRole("heading", { name: "lister", level: 1 }).waitFor();
  const { Policy } = await api.iam("get_policy", { PolicyArn: arnOf(accountId) });
  expect("created", [Policy.PolicyName, Policy.DefaultVersionId], ["lister", "v1"]);
  did("create policy");
}

async function versions({ page, api, accountId, go, button, tab, edit, choose, finish, confirm, dialog, did, look }) {
  const PolicyArn = arnOf(accountId);
  const found = async () => {
    const { Versions } = await api.iam("list_policy_versions", { PolicyArn });
    return Versions.map((version) => `${version.VersionId}${version.IsDefaultVersion ? " counts" : ""}`).sort();
  };
  await button("Edit").click();
  await edit(document(["kinesisvideo:ListStreams", "kinesisvideo:DescribeStream"]));
  await look("policy-edit");
  await button("Save changes").click();
  await page.getByText("Version v2, which counts").waitFor();
  expect("versions", await found(), ["v1", "v2 counts"]);
  await tab("Policy versions");
  await choose("v1");
  await button("Set as default").click();
  await finish("Set as default");
  expect("the default", await found(), ["v1 counts", "v2"]);
  await choose("v2");
  await button("Delete").last().click();
  await look("version-delete");
  await confirm("v2", "Delete");
  expect("deleted", await found(), ["v1 counts"]);
  did("policy versions");

  const users = async () => {
    const { PolicyUsers } = await api.iam("list_entities_for_policy", { PolicyArn });
    return PolicyUsers.map((user) => user.UserName);
  };
  await tab("Entities attached");
  await button("Attach").first().click();
  await choose("user bea Permissions policy", dialog);
  await look("policy-attach");
  await finish("Attach policy");
  expect("attached", await users(), ["bea"]);
  await go("iam/policies?type=customer");
  await choose(PolicyArn);
  await button("Delete").click();
  await dialog.getByText(/attached in 1 place/).waitFor();
  await dialog.getByLabel("To confirm, type lister").fill("lister");
  await button("Delete", dialog).click();
  await dialog.getByText(/still in use: user bea/).waitFor();
  await look("policy-in-use");
  await button("Cancel", dialog).click();
  await go(`iam/policies/${encodeURIComponent(PolicyArn)}?tab=entities`);
  await choose("user bea Permissions policy");
  await button("Detach").click();
  await finish("Detach");
  expect("detached", await users(), []);
  await button("Delete").first().click();
  await confirm("lister", "Delete");
  expect("gone", (await api.iam("get_policy", { PolicyArn })).error, "NoSuchEntity");
  did("policy's entities, and its end");
}

/** One role of each kind of trust. */
async function roles({ page, api, accountId, go, button, field, choose, option, edit, did, look }) {
  const OpenIDConnectProviderArn = `arn:aws:iam::${accountId}:oidc-provider/id.example.com`;
  await api.iam("create_open_id_connect_provider", {
    Url: "https://id.example.com",
    ClientIDList: ["sts.amazonaws.com"],
    ThumbprintList: ["0".repeat(40)],
  });
  const kinds = {
    account: async () => {
      await field("External ID - optional").fill("gate-7");
      await page.getByRole("checkbox", { name: "Require MFA" }).check();
    },
    service: () => page.getByRole("radio", { name: /^AWS service/ }).check(),
    web: async () => {
      await page.getByRole("radio", { name: /^Web identity/ }).check();
      await button("Next").click();
      await page.getByText(/Choose .*provider/).first().waitFor();
      await option(/Identity provider/, "id.example.com");
    },
    custom: async () => {
      await page.getByRole("radio", { name: /^Custom trust policy/ }).check();
      await edit(trust({ AWS: `arn:aws:iam::${accountId}:user/bea` }));
    },
  };
  const trusted = {
    account: { AWS: `arn:aws:iam::${accountId}:root` },
    service: { Service: "credentials.iot.amazonaws.com" },
    web: { Federated: OpenIDConnectProviderArn },
    custom: { AWS: `arn:aws:iam::${accountId}:user/bea` },
  };
  for (const [kind, fill] of Object.entries(kinds)) {
    await go("iam/roles/create");
    await fill();
    await look(`role-${kind}`);
    await button("Next").click();
    await choose(READ);
    await button("Next").click();
    if (kind === "account") {
      await button("Create role").click();
      await page.getByText("Enter a role name.").waitFor();
      await look("role-review");
    }
    await field("Role name").fill(`of-${kind}`);
    await button("Create role").click();
    await page.getByRole("heading", { name: `of-${kind}`, level: 1 }).waitFor();
    const { Role } = await api.iam("get_role", { RoleName: `of-${kind}` });
    const [statement] = Role.AssumeRolePolicyDocument.Statement;
    expect(`who may take the role of ${kind}`, statement.Principal, trusted[kind]);
    const attached = await api.iam("list_attached_role_policies", { RoleName: `of-${kind}` });
    expect("its policies", attached.AttachedPolicies.map((policy) => policy.PolicyArn), [READ]);
    did(`create role for ${kind}`);
  }
}

async function role({ page, api, accountId, button, tab, option, finish, confirm, edit, dialog, did, look }) {
  const RoleName = "of-custom";
  const read = async () => (await api.iam("get_role", { RoleName })).Role;
  await button("Edit").first().click();
  await dialog.getByLabel("Description").fill("Cameras of the gate");
  await option(/Maximum session duration/, "4 hours", dialog);
  await look("role-edit");
  await finish("Save changes");
  const { Description, MaxSessionDuration } = await read();
  expect("edited", [Description, MaxSessionDuration], ["Cameras of the gate", 14400]);
  did("edit role");

  await tab("Trust relationships");
  await button("Edit trust policy").click();
  await edit(trust({ AWS: `arn:aws:iam::${accountId}:root` }));
  await button("Update policy").click();
  await page.getByText("The trust policy is saved.").first().waitFor();
  const [statement] = (await read()).AssumeRolePolicyDocument.Statement;
  expect("trusted", statement.Principal, { AWS: `arn:aws:iam::${accountId}:root` });
  did("edit trust policy");

  await tab("Revoke sessions");
  await button("Revoke active sessions").click();
  await look("role-revoke");
  await confirm("revoke", "Revoke active sessions");
  const { PolicyNames } = await api.iam("list_role_policies", { RoleName });
  expect("revoked", PolicyNames, ["AWSRevokeOlderSessions"]);
  did("revoke sessions");

  await button("Delete").first().click();
  await confirm(RoleName, "Delete");
  expect("deleted", (await api.iam("get_role", { RoleName })).error, "NoSuchEntity");
  await page.getByRole("heading", { name: /^Roles/ }).waitFor();
  did("delete role");
}

function arnOf(accountId) {
  return `arn:aws:iam::${accountId}:policy/lister`;
}

function document(Action) {
  return JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource: "*" }] });
}

function trust(Principal) {
  const Statement = [{ Effect: "Allow", Principal, Action: "sts:AssumeRole" }];
  return JSON.stringify({ Version: "2012-10-17", Statement });
}
