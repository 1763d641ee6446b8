/** All groups of the account. */

import { DeleteGroupCommand, RemoveUserFromGroupCommand } from "@aws-sdk/client-iam";
import type { Group, IAMClient } from "@aws-sdk/client-iam";
import { useQueryClient } from "@tanstack/react-query";

import { Confirm } from "../parts/confirm";
import { Link } from "../parts/link";
import type { Column } from "../parts/list";
import { Moment } from "../parts/moment";
import { ResourceList } from "../parts/resource_list";
import { useSay } from "../shell/notes";
import { useIam } from "./client";
import { deleteInline, detach, listAttached, listInline } from "./entity_policies";
import { GroupPolicies, GroupUserCount, usersOf } from "./group_facts";
import { useGroups } from "./group_picker";

/** The list of groups. */
export function Groups() {
  return (
    <ResourceList<Group>
      title="User groups"
      one="user group"
      several="user groups"
      description="Users who do the same work, and the policies that let them."
      query={useGroups()}
      id={nameOf}
      columns={COLUMNS}
      createText="Create group"
      createHref="/console/iam/groups/create"
      deleting={(group, onClose) => <DeleteGroup name={nameOf(group)} onClose={onClose} />}
    />
  );
}

/** Asks, then deletes a group: first its members leave it, then its policies. */
export function DeleteGroup({ name, onDeleted, onClose }: { name: string; onDeleted?: () => void; onClose: () => void }) {
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
        onDeleted?.();
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

function nameOf({ GroupName = "" }: Group): string {
  return GroupName;
}

const COLUMNS: Column<Group>[] = [
  {
    id: "name",
    header: "Group name",
    isRowHeader: true,
    value: nameOf,
    cell: (group) => (
      <Link href={`/console/iam/groups/${encodeURIComponent(nameOf(group))}`}>{group.GroupName}</Link>
    ),
  },
  { id: "users", header: "Users", cell: (group) => <GroupUserCount name={nameOf(group)} /> },
  { id: "policies", header: "Permissions", cell: (group) => <GroupPolicies name={nameOf(group)} /> },
  {
    id: "created",
    header: "Created",
    value: (group) => group.CreateDate?.getTime() ?? 0,
    cell: (group) => <Moment at={group.CreateDate} />,
  },
];
