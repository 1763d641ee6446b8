/** Chooses groups; who may not list them enters their names. */

import { ListGroupsCommand } from "@aws-sdk/client-iam";
import type { Group } from "@aws-sdk/client-iam";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { FailureAlert } from "../parts/failure_alert";
import { List } from "../parts/list";
import type { Column } from "../parts/list";
import { Moment } from "../parts/moment";
import { ByName } from "./by_name";
import { allPages, useIam } from "./client";
import { GroupPolicies } from "./group_facts";
import { groupNameFault } from "./names";

interface Props {
  /** Names. */
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
  /** Names that are not offered. */
  without?: readonly string[];
  actions?: ReactNode;
}

/** A list to choose from. */
export function GroupPicker({ chosen, onChange, without = [], actions }: Props) {
  const groups = useGroups();
  const offered = groups.data?.filter((group) => !without.includes(group.GroupName ?? ""));
  if (groups.error && !groups.data) {
    return (
      <SpaceBetween size="s">
        <FailureAlert error={groups.error} header="The groups cannot be listed" onRetry={() => void groups.refetch()} />
        <ByName label="User group name" chosen={chosen} onChange={onChange} fault={groupNameFault} />
        {actions}
      </SpaceBetween>
    );
  }
  return (
    <List<Group>
      isPart
      title="User groups"
      one="user group"
      several="user groups"
      items={offered}
      id={(group) => group.GroupName ?? ""}
      columns={COLUMNS}
      selection={{
        type: "multi",
        items: (offered ?? []).filter((group) => chosen.includes(group.GroupName ?? "")),
        onChange: (items) => onChange(items.map((group) => group.GroupName ?? "")),
      }}
      actions={actions}
      emptyAction={actions}
    />
  );
}

/** All groups of the account. */
export function useGroups() {
  const iam = useIam();
  return useQuery({
    queryKey: ["iam", "groups"],
    queryFn: ({ signal }) =>
      allPages<Group>(async (Marker) => {
        const page = await iam.send(new ListGroupsCommand({ Marker, MaxItems: 1000 }), { abortSignal: signal });
        return { items: page.Groups, next: page.Marker };
      }),
  });
}

const COLUMNS: Column<Group>[] = [
  {
    id: "name",
    header: "Group name",
    isRowHeader: true,
    value: (group) => group.GroupName ?? "",
    cell: (group) => group.GroupName,
  },
  { id: "policies", header: "Attached policies", cell: (group) => <GroupPolicies name={group.GroupName ?? ""} /> },
  {
    id: "created",
    header: "Created",
    value: (group) => group.CreateDate?.getTime() ?? 0,
    cell: (group) => <Moment at={group.CreateDate} />,
  },
];
