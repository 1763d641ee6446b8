/** The users of a group. */

import { AddUserToGroupCommand, RemoveUserFromGroupCommand } from "@aws-sdk/client-iam";
import type { User } from "@aws-sdk/client-iam";
import { useQueryClient } from "@tanstack/react-query";

import { Link } from "../parts/link";
import type { Column } from "../parts/list";
import { Moment } from "../parts/moment";
import { many } from "../words";
import { useIam } from "./client";
import { useUsersOf } from "./group_facts";
import { MembersList } from "./members_list";
import { PickDialog } from "./pick_dialog";
import { LastActivity } from "./user_facts";
import { UserPicker } from "./user_picker";

/** The list, with **Add users** and **Remove**. */
export function GroupUsers({ groupName: GroupName }: { groupName: string }) {
  const iam = useIam();
  const queries = useQueryClient();
  const users = useUsersOf(GroupName);
  const changed = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: ["iam", "group", GroupName] }),
      queries.invalidateQueries({ queryKey: ["iam", "user"] }),
    ]);
  return (
    <MembersList<User>
      title="Users in this group"
      one="user"
      several="users"
      emptyText="No users in this group"
      query={users}
      id={nameOf}
      nameOf={nameOf}
      columns={COLUMNS}
      addText="Add users"
      adding={(onClose) => (
        <PickDialog<string>
          title={`Add users to ${GroupName}`}
          action="Add users"
          picker={(chosen, onChange) => (
            <UserPicker chosen={chosen} onChange={onChange} without={(users.data ?? []).map(nameOf)} />
          )}
          add={(UserName) => iam.send(new AddUserToGroupCommand({ GroupName, UserName }))}
          nameOf={(name) => name}
          said={(count) => `${many(count, "user")} added to ${GroupName}.`}
          onAdded={() => void changed()}
          onClose={onClose}
        />
      )}
      remove={{
        text: "Remove",
        title: (what) => `Remove ${what} from ${GroupName}?`,
        meaning: (names) => `${names} will no longer have the permissions of the group.`,
        said: (what) => `${what} removed from ${GroupName}.`,
        one: ({ UserName }) => iam.send(new RemoveUserFromGroupCommand({ GroupName, UserName })),
      }}
      onRemoved={changed}
    />
  );
}

function nameOf({ UserName = "" }: User): string {
  return UserName;
}

const COLUMNS: Column<User>[] = [
  {
    id: "name",
    header: "User name",
    isRowHeader: true,
    value: nameOf,
    cell: (user) => <Link href={`/console/iam/users/${encodeURIComponent(nameOf(user))}`}>{user.UserName}</Link>,
  },
  { id: "activity", header: "Last activity", cell: (user) => <LastActivity user={user} /> },
  {
    id: "created",
    header: "Created",
    value: (user) => user.CreateDate?.getTime() ?? 0,
    cell: (user) => <Moment at={user.CreateDate} />,
  },
];
