/** The groups that a user is in. */

import { AddUserToGroupCommand, RemoveUserFromGroupCommand } from "@aws-sdk/client-iam";
import type { Group } from "@aws-sdk/client-iam";
import { useQueryClient } from "@tanstack/react-query";

import { Link } from "../parts/link";
import type { Column } from "../parts/list";
import { many } from "../words";
import { useIam } from "./client";
import { GroupPolicies } from "./group_facts";
import { GroupPicker } from "./group_picker";
import { MembersList } from "./members_list";
import { PickDialog } from "./pick_dialog";
import { useGroupsOf } from "./user_facts";

/** The list, with **Add user to groups** and **Remove**. */
export function UserGroups({ userName: UserName }: { userName: string }) {
  const iam = useIam();
  const queries = useQueryClient();
  const groups = useGroupsOf(UserName);
  const changed = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: ["iam", "user", UserName, "groups"] }),
      queries.invalidateQueries({ queryKey: ["iam", "group"] }),
    ]);
  return (
    <MembersList<Group>
      title="User groups membership"
      one="group"
      several="groups"
      description="A user has the permissions of all groups that it is in. It can be in 10."
      query={groups}
      id={nameOf}
      nameOf={nameOf}
      columns={COLUMNS}
      addText="Add user to groups"
      adding={(onClose) => (
        <PickDialog<string>
          title={`Add ${UserName} to groups`}
          action="Add user to groups"
          picker={(chosen, onChange) => (
            <GroupPicker chosen={chosen} onChange={onChange} without={(groups.data ?? []).map(nameOf)} />
          )}
          add={(GroupName) => iam.send(new AddUserToGroupCommand({ UserName, GroupName }))}
          nameOf={(name) => name}
          said={(count) => `${UserName} is added to ${many(count, "group")}.`}
          onAdded={() => void changed()}
          onClose={onClose}
        />
      )}
      remove={{
        text: "Remove",
        title: (what) => `Remove ${UserName} from ${what}?`,
        meaning: (names) => `The user loses the permissions of ${names}.`,
        said: (what) => `${UserName} is removed from ${what}.`,
        one: ({ GroupName }) => iam.send(new RemoveUserFromGroupCommand({ UserName, GroupName })),
      }}
      onRemoved={changed}
    />
  );
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
    cell: (group) => <Link href={`/console/iam/groups/${encodeURIComponent(nameOf(group))}`}>{group.GroupName}</Link>,
  },
  { id: "policies", header: "Attached policies", cell: (group) => <GroupPolicies name={nameOf(group)} /> },
];
