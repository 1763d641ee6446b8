/** One group: its users and its permissions. */

import {
  AddUserToGroupCommand,
  GetGroupCommand,
  RemoveUserFromGroupCommand,
  UpdateGroupCommand,
} from "@aws-sdk/client-iam";
import type { User } from "@aws-sdk/client-iam";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import Tabs from "@cloudscape-design/components/tabs";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";

import { Copyable } from "../parts/code";
import { Confirm } from "../parts/confirm";
import { FailureAlert } from "../parts/failure_alert";
import { Link } from "../parts/link";
import { List } from "../parts/list";
import type { Column } from "../parts/list";
import { Moment } from "../parts/moment";
import { useSay } from "../shell/notes";
import { many } from "../words";
import { AttachedPolicies } from "./attached_policies";
import { useIam } from "./client";
import { useUsersOf } from "./group_facts";
import { GroupName } from "./group_form";
import { DeleteGroup } from "./groups";
import { groupNameFault } from "./names";
import { LastActivity } from "./user_facts";
import { UserPicker } from "./user_picker";

/** The page of `/console/iam/groups/:name`. */
export function Group() {
  const { name = "" } = useParams();
  const iam = useIam();
  const navigate = useNavigate();
  const [query, setQuery] = useSearchParams();
  const [asked, setAsked] = useState<"rename" | "delete">();
  const group = useQuery({
    queryKey: ["iam", "group", name, "itself"],
    queryFn: async ({ signal }) => {
      const asked = new GetGroupCommand({ GroupName: name, MaxItems: 1 });
      return (await iam.send(asked, { abortSignal: signal })).Group ?? null;
    },
  });
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button onClick={() => setAsked("delete")}>Delete</Button>
              <Button onClick={() => setAsked("rename")}>Edit</Button>
            </SpaceBetween>
          }
        >
          {name}
        </Header>
      }
    >
      <SpaceBetween size="l">
        {group.error && !group.data ? (
          <FailureAlert error={group.error} header="The group cannot be shown" onRetry={() => void group.refetch()} />
        ) : (
          <Container header={<Header variant="h2">Summary</Header>}>
            {group.data ? (
              <KeyValuePairs
                columns={3}
                minColumnWidth={180}
                items={[
                  { label: "User group name", value: group.data.GroupName },
                  { label: "Created", value: <Moment at={group.data.CreateDate} /> },
                  { label: "ARN", value: <Copyable text={group.data.Arn ?? ""} label="ARN" /> },
                ]}
              />
            ) : (
              <Spinner />
            )}
          </Container>
        )}
        <Tabs
          ariaLabel={`About ${name}`}
          activeTabId={query.get("tab") ?? "users"}
          onChange={({ detail }) => setQuery({ tab: detail.activeTabId }, { replace: true })}
          tabs={[
            { id: "users", label: "Users", content: <Members group={name} /> },
            { id: "permissions", label: "Permissions", content: <AttachedPolicies kind="group" name={name} /> },
          ]}
        />
        {asked === "rename" && <Rename name={name} onClose={() => setAsked(undefined)} />}
        {asked === "delete" && (
          <DeleteGroup
            name={name}
            onDeleted={() => void navigate("/console/iam/groups")}
            onClose={() => setAsked(undefined)}
          />
        )}
      </SpaceBetween>
    </ContentLayout>
  );
}

function Members({ group }: { group: string }) {
  const iam = useIam();
  const queries = useQueryClient();
  const say = useSay();
  const users = useUsersOf(group);
  const [chosen, setChosen] = useState<User[]>([]);
  const [asked, setAsked] = useState<"add" | "remove">();
  const names = (users.data ?? []).map((user) => user.UserName ?? "");
  const selected = chosen.filter((user) => names.includes(user.UserName ?? ""));
  const changed = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: ["iam", "group", group] }),
      queries.invalidateQueries({ queryKey: ["iam", "user"] }),
    ]);
  const remove = async () => {
    try {
      for (const { UserName } of selected) {
        await iam.send(new RemoveUserFromGroupCommand({ GroupName: group, UserName }));
      }
      say("success", `${many(selected.length, "user")} removed from ${group}.`);
      setChosen([]);
    } finally {
      await changed();
    }
  };
  const add = <Button onClick={() => setAsked("add")}>Add users</Button>;
  return (
    <>
      <List<User>
        isPart
        title="Users in this group"
        one="user"
        several="users"
        items={users.data}
        error={users.error}
        onRetry={() => void users.refetch()}
        id={(user) => user.UserName ?? ""}
        columns={COLUMNS}
        selection={{ type: "multi", items: selected, onChange: setChosen }}
        emptyText="No users in this group"
        emptyAction={add}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button
              disabled={selected.length === 0}
              disabledReason="Choose users first."
              onClick={() => setAsked("remove")}
            >
              Remove
            </Button>
            {add}
          </SpaceBetween>
        }
      />
      {asked === "add" && (
        <AddUsers group={group} without={names} onChanged={() => void changed()} onClose={() => setAsked(undefined)} />
      )}
      {asked === "remove" && (
        <Confirm
          title={`Remove ${many(selected.length, "user")} from ${group}?`}
          action="Remove"
          onConfirm={remove}
          onClose={() => setAsked(undefined)}
        >
          {selected.map((user) => user.UserName).join(", ")} will no longer have the permissions of the group.
        </Confirm>
      )}
    </>
  );
}

interface AddProps {
  group: string;
  without: readonly string[];
  onChanged: () => void;
  onClose: () => void;
}

function AddUsers({ group, without, onChanged, onClose }: AddProps) {
  const iam = useIam();
  const say = useSay();
  const [chosen, setChosen] = useState<string[]>([]);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const add = async () => {
    setBusy(true);
    setError(undefined);
    try {
      for (const UserName of chosen) await iam.send(new AddUserToGroupCommand({ GroupName: group, UserName }));
      say("success", `${many(chosen.length, "user")} added to ${group}.`);
      onClose();
    } catch (error) {
      setError(error);
      setBusy(false);
    }
    onChanged();
  };
  return (
    <Modal
      visible
      size="large"
      header={`Add users to ${group}`}
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" disabled={chosen.length === 0} loading={isBusy} onClick={() => void add()}>
              Add users
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {error !== undefined && <FailureAlert error={error} />}
        <UserPicker chosen={chosen} onChange={setChosen} without={without} />
      </SpaceBetween>
    </Modal>
  );
}

function Rename({ name, onClose }: { name: string; onClose: () => void }) {
  const iam = useIam();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const say = useSay();
  const [newName, setNewName] = useState(name);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const rename = async () => {
    if (groupNameFault(newName) || isBusy) return;
    if (newName === name) {
      onClose();
      return;
    }
    setBusy(true);
    setError(undefined);
    try {
      await iam.send(new UpdateGroupCommand({ GroupName: name, NewGroupName: newName }));
      say("success", `The user group ${name} is now called ${newName}.`);
      void queries.invalidateQueries({ queryKey: ["iam"], predicate: (query) => !query.queryKey.includes(name) });
      onClose();
      void navigate(`/console/iam/groups/${encodeURIComponent(newName)}`, { replace: true });
    } catch (error) {
      setError(error);
      setBusy(false);
    }
  };
  return (
    <Modal
      visible
      header="Edit user group"
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" loading={isBusy} onClick={() => void rename()}>
              Save changes
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <GroupName name={newName} onChange={setNewName} isTried />
        <Box variant="small">The ARN changes with the name. Policies that name the ARN do not follow.</Box>
        {error !== undefined && <FailureAlert error={error} />}
      </SpaceBetween>
    </Modal>
  );
}

const COLUMNS: Column<User>[] = [
  {
    id: "name",
    header: "User name",
    isRowHeader: true,
    value: (user) => user.UserName ?? "",
    cell: (user) => (
      <Link href={`/console/iam/users/${encodeURIComponent(user.UserName ?? "")}`}>{user.UserName}</Link>
    ),
  },
  { id: "activity", header: "Last activity", cell: (user) => <LastActivity user={user} /> },
  {
    id: "created",
    header: "Created",
    value: (user) => user.CreateDate?.getTime() ?? 0,
    cell: (user) => <Moment at={user.CreateDate} />,
  },
];
