/** All user groups of the account. */

import type { Group } from "@aws-sdk/client-iam";
import Button from "@cloudscape-design/components/button";
import { useState } from "react";
import { useNavigate } from "react-router";

import { Link } from "../parts/link";
import { List } from "../parts/list";
import type { Column } from "../parts/list";
import { Moment } from "../parts/moment";
import { DeleteGroup } from "./group_delete";
import { useGroups } from "./group_list";

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
        one="user group"
        several="user groups"
        description="Users of a group have the group's permissions besides their own."
        items={groups.data}
        error={groups.error}
        onRetry={() => void groups.refetch()}
        id={(group) => group.GroupName ?? ""}
        columns={COLUMNS}
        selection={{ type: "single", items: chosen, onChange: setChosen }}
        actions={
          <>
            <Button
              disabled={name === undefined}
              disabledReason="Choose a group first."
              onClick={() => setDeleting(true)}
            >
              Delete
            </Button>
            {create}
          </>
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
  { id: "path", header: "Path", value: (group) => group.Path ?? "", cell: (group) => group.Path },
  {
    id: "created",
    header: "Created",
    value: (group) => group.CreateDate?.getTime() ?? 0,
    cell: (group) => <Moment at={group.CreateDate} />,
  },
];
