/** One user: a summary and tabs, as in AWS's console. */

import { GetUserCommand } from "@aws-sdk/client-iam";
import type { User as UserShape } from "@aws-sdk/client-iam";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import Tabs from "@cloudscape-design/components/tabs";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";

import { Copyable } from "../parts/code";
import { FailureAlert } from "../parts/failure_alert";
import { Moment } from "../parts/moment";
import { TagsPanel } from "../parts/tags_panel";
import { AccessKeys } from "./access_keys";
import { AttachedPolicies } from "./attached_policies";
import { Boundary } from "./boundary";
import { useIam } from "./client";
import { ConsoleAccess } from "./console_access";
import { MfaDevices } from "./mfa_devices";
import { DeleteUser } from "./user_delete";
import { KeyAge, LastActivity, Mfa, PasswordAge, useGroupsOf } from "./user_facts";
import { UserGroups } from "./user_groups";
import { readUserTags, writeUserTags } from "./user_tags";

/** The page of `/console/iam/users/:name`. */
export function User() {
  const { name = "" } = useParams();
  const iam = useIam();
  const navigate = useNavigate();
  const [query, setQuery] = useSearchParams();
  const [isDeleting, setDeleting] = useState(false);
  const user = useQuery({
    queryKey: ["iam", "user", name, "itself"],
    queryFn: async ({ signal }) => {
      const answer = await iam.send(new GetUserCommand({ UserName: name }), { abortSignal: signal });
      return answer.User ?? null;
    },
  });
  return (
    <ContentLayout
      header={
        <Header variant="h1" actions={<Button onClick={() => setDeleting(true)}>Delete</Button>}>
          {name}
        </Header>
      }
    >
      <SpaceBetween size="l">
        {user.error && !user.data ? (
          <FailureAlert
            error={user.error}
            header="The user cannot be shown"
            onRetry={() => void user.refetch()}
          />
        ) : (
          <Summary name={name} user={user.data ?? undefined} />
        )}
        <Tabs
          ariaLabel={`About ${name}`}
          activeTabId={query.get("tab") ?? "permissions"}
          onChange={({ detail }) => setQuery({ tab: detail.activeTabId }, { replace: true })}
          tabs={[
            { id: "permissions", label: "Permissions", content: <Permissions name={name} user={user.data ?? undefined} /> },
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
                  <ConsoleAccess userName={name} lastSignIn={user.data ? (user.data.PasswordLastUsed ?? null) : undefined} />
                  <MfaDevices userName={name} />
                  <AccessKeys userName={name} />
                </SpaceBetween>
              ),
            },
          ]}
        />
        {isDeleting && (
          <DeleteUser
            userName={name}
            onDeleted={() => void navigate("/console/iam/users")}
            onClose={() => setDeleting(false)}
          />
        )}
      </SpaceBetween>
    </ContentLayout>
  );
}

function Summary({ name, user }: { name: string; user: UserShape | undefined }) {
  return (
    <Container header={<Header variant="h2">Summary</Header>}>
      {user ? (
        <KeyValuePairs
          columns={4}
          minColumnWidth={160}
          items={[
            { label: "ARN", value: <Copyable text={user.Arn ?? ""} label="ARN" /> },
            { label: "Console access", value: <PasswordAge userName={name} isAccess /> },
            { label: "MFA", value: <Mfa userName={name} /> },
            { label: "Active key age", value: <KeyAge userName={name} /> },
            { label: "Created", value: <Moment at={user.CreateDate} /> },
            { label: "Last activity", value: <LastActivity user={user} /> },
            { label: "Path", value: user.Path ?? "–" },
            { label: "User ID", value: <Copyable text={user.UserId ?? ""} label="user ID" /> },
          ]}
        />
      ) : (
        <Spinner />
      )}
    </Container>
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
