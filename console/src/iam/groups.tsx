/** All groups of the account. */

import { DeleteGroupCommand, RemoveUserFromGroupCommand } from "@aws-sdk/client-iam";
import type { Group, IAMClient } from "@aws-sdk/client-iam";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";

import { Confirm } from "../parts/confirm";
import { Link } from "../parts/link";
import { List } from "../parts/list";
import type { Column } from "../parts/list";
import { Moment } from "../parts/moment";
import { useSay } from "../shell/notes";
import { useIam } from "./client";
import { deleteInline, detach, listAttached, listInline } from "./entity_policies";
import { GroupPolicies, GroupUsers, usersOf } from "./group_facts";
import { useGroups } from "./group_picker";

/** The list of groups. */
export function Groups() {
  const navigate = useNavigate();
  const groups = useGroups();
  const [chosen, setChosen] = useState<Group[]>([]);
  const [isDeleting, setDeleting] = useState(false);
  const name = chosen[0]?.GroupName;
  const create = (
    <Button variant="primary" onClick={() => void navigate("/console/iam/groups/create")}>
      Create group
    </Button>
  );
  return (
    <>
      <List<Group>
        title="User groups"
        one="user group"
        several="user groups"
        description="Users who do the same work, and the policies that let them."
        items={groups.data}
        error={groups.error}
        onRetry={() => void groups.refetch()}
        id={(group) => group.GroupName ?? ""}
        columns={COLUMNS}
        selection={{ type: "single", items: chosen, onChange: setChosen }}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button
              disabled={name === undefined}
              disabledReason="Choose a group first."
              onClick={() => setDeleting(true)}
            >
              Delete
            </Button>
            {create}
          </SpaceBetween>
        }
        emptyAction={create}
      />
      {isDeleting && name !== undefined && (
        <DeleteGroup
          name={name}
          onDeleted={() => setChosen([])}
          onClose={() => setDeleting(false)}
        />
      )}
    </>
  );
}

/** Asks, then deletes a group: first its members leave it, then its policies. */
export function DeleteGroup({ name, onDeleted, onClose }: { name: string; onDeleted: () => void; onClose: () => void }) {
  const iam = useIam();
  const queries = useQueryClient();
  const say = useSay();
  return (
    <Confirm
      title={`Delete the user group ${name}?`}
      typed={name}
      action="Delete"
      onConfirm={async () => {
        await deleteGroup(iam, name);
        say("success", `The user group ${name} is deleted.`);
        onDeleted();
        void queries.invalidateQueries({ queryKey: ["iam"], predicate: (query) => !query.queryKey.includes(name) });
      }}
      onClose={onClose}
    >
      Its users remain, but lose the permissions of the group. Its inline policies are deleted.
    </Confirm>
  );
}

async function deleteGroup(iam: IAMClient, GroupName: string) {
  for (const { UserName } of await usersOf(iam, GroupName)) {
    await iam.send(new RemoveUserFromGroupCommand({ GroupName, UserName }));
  }
  for (const { PolicyArn } of await listAttached(iam, "group", GroupName)) {
    await detach(iam, "group", GroupName, PolicyArn ?? "");
  }
  for (const policy of await listInline(iam, "group", GroupName)) {
    await deleteInline(iam, "group", GroupName, policy);
  }
  await iam.send(new DeleteGroupCommand({ GroupName }));
}

const COLUMNS: Column<Group>[] = [
  {
    id: "name",
    header: "Group name",
    isRowHeader: true,
    value: (group) => group.GroupName ?? "",
    cell: (group) => (
      <Link href={`/console/iam/groups/${encodeURIComponent(group.GroupName ?? "")}`}>{group.GroupName}</Link>
    ),
  },
  { id: "users", header: "Users", cell: (group) => <GroupUsers name={group.GroupName ?? ""} /> },
  { id: "policies", header: "Permissions", cell: (group) => <GroupPolicies name={group.GroupName ?? ""} /> },
  {
    id: "created",
    header: "Created",
    value: (group) => group.CreateDate?.getTime() ?? 0,
    cell: (group) => <Moment at={group.CreateDate} />,
  },
];
