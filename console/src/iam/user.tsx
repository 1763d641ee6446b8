/** One user: a summary and tabs, as in AWS's console. */

import { GetUserCommand } from "@aws-sdk/client-iam";
import type { User as UserShape } from "@aws-sdk/client-iam";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";

import { Copyable } from "../parts/code";
import { FailureAlert } from "../parts/failure_alert";
import { Moment } from "../parts/moment";
import { ResourcePage } from "../parts/resource_page";
import { TagsPanel } from "../parts/tags_panel";
import { AccessKeys } from "./access_keys";
import { AttachedPolicies } from "./attached_policies";
import { Boundary } from "./boundary";
import { useIam } from "./client";
import { ConsoleAccess } from "./console_access";
import { UserMfaDevices } from "./mfa_devices";
import { Rename } from "./rename";
import { DeleteUser } from "./user_delete";
import { KeyAge, LastActivity, Mfa, PasswordAge, useGroupsOf } from "./user_facts";
import { UserGroups } from "./user_groups";
import { readUserTags, writeUserTags } from "./user_tags";

/** The page of `/console/iam/users/:name`. */
export function User() {
  const { name = "" } = useParams();
  const iam = useIam();
  const navigate = useNavigate();
  const [asked, setAsked] = useState<"rename" | "delete">();
  const close = () => setAsked(undefined);
  const user = useQuery({
    queryKey: ["iam", "user", name, "itself"],
    queryFn: async ({ signal }) => {
      const answer = await iam.send(new GetUserCommand({ UserName: name }), { abortSignal: signal });
      return answer.User ?? null;
    },
  });
  const shown = user.data ?? undefined;
  return (
    <ResourcePage
      name={name}
      what="user"
      query={user}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button onClick={() => setAsked("delete")}>Delete</Button>
          <Button onClick={() => setAsked("rename")}>Edit</Button>
        </SpaceBetween>
      }
      columns={4}
      summary={(user) => [
        { label: "ARN", value: <Copyable text={user.Arn ?? ""} label="ARN" /> },
        { label: "Console access", value: <PasswordAge userName={name} isAccess /> },
        { label: "MFA", value: <Mfa userName={name} /> },
        { label: "Active key age", value: <KeyAge userName={name} /> },
        { label: "Created", value: <Moment at={user.CreateDate} /> },
        { label: "Last activity", value: <LastActivity user={user} /> },
        { label: "Path", value: user.Path ?? "–" },
        { label: "User ID", value: <Copyable text={user.UserId ?? ""} label="user ID" /> },
      ]}
      tabs={[
        { id: "permissions", label: "Permissions", content: <Permissions name={name} user={shown} /> },
        { id: "groups", label: "Groups", content: <UserGroups userName={name} /> },
        {
          id: "tags",
          label: "Tags",
          content: (
            <TagsPanel
              of="user"
              queryKey={["iam", "user", name, "tags"]}
              read={(signal) => readUserTags(iam, name, signal)}
              write={(changes) => writeUserTags(iam, name, changes)}
            />
          ),
        },
        {
          id: "security-credentials",
          label: "Security credentials",
          content: (
            <SpaceBetween size="l">
              <ConsoleAccess userName={name} lastSignIn={shown && (shown.PasswordLastUsed ?? null)} />
              <UserMfaDevices userName={name} />
              <AccessKeys userName={name} />
            </SpaceBetween>
          ),
        },
      ]}
    >
      {asked === "rename" && <Rename kind="user" name={name} onClose={close} />}
      {asked === "delete" && (
        <DeleteUser userName={name} onDeleted={() => void navigate("/console/iam/users")} onClose={close} />
      )}
    </ResourcePage>
  );
}

function Permissions({ name, user }: { name: string; user: UserShape | undefined }) {
  const groups = useGroupsOf(name);
  return (
    <SpaceBetween size="l">
      {groups.error && !groups.data && (
        <FailureAlert error={groups.error} header="What comes by groups is not shown" />
      )}
      <AttachedPolicies kind="user" name={name} groups={(groups.data ?? []).map((group) => group.GroupName ?? "")} />
      {user && <Boundary kind="user" name={name} arn={user.PermissionsBoundary?.PermissionsBoundaryArn} />}
    </SpaceBetween>
  );
}
