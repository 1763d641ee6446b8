/** All users of the account. */

import { ListUsersCommand } from "@aws-sdk/client-iam";
import type { User } from "@aws-sdk/client-iam";
import { useQuery } from "@tanstack/react-query";

import { Link } from "../parts/link";
import type { Column } from "../parts/list";
import { Moment } from "../parts/moment";
import { ResourceList } from "../parts/resource_list";
import { allPages, useIam } from "./client";
import { DeleteUser } from "./user_delete";
import { Groups, KeyAge, LastActivity, Mfa, PasswordAge } from "./user_facts";

/** The list of users. */
export function Users() {
  return (
    <ResourceList<User>
      one="user"
      several="users"
      description="People and programs with a name and credentials of their own in this account."
      query={useUsers()}
      id={nameOf}
      columns={COLUMNS}
      createText="Create user"
      createHref="/console/iam/users/create"
      deleting={(user, onClose) => <DeleteUser userName={nameOf(user)} onClose={onClose} />}
    />
  );
}

/** All users, as few calls as it takes. */
export function useUsers() {
  const iam = useIam();
  return useQuery({
    queryKey: ["iam", "users"],
    queryFn: ({ signal }) =>
      allPages<User>(async (Marker) => {
        const asked = new ListUsersCommand({ Marker, MaxItems: 1000 });
        const page = await iam.send(asked, { abortSignal: signal });
        return { items: page.Users, next: page.Marker };
      }),
  });
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
    cell: (user) => (
      <Link href={`/console/iam/users/${encodeURIComponent(nameOf(user))}`}>{user.UserName}</Link>
    ),
  },
  { id: "groups", header: "Groups", cell: (user) => <Groups userName={nameOf(user)} /> },
  { id: "activity", header: "Last activity", cell: (user) => <LastActivity user={user} /> },
  { id: "mfa", header: "MFA", cell: (user) => <Mfa userName={nameOf(user)} /> },
  { id: "password", header: "Password age", cell: (user) => <PasswordAge userName={nameOf(user)} /> },
  {
    id: "signin",
    header: "Console last sign-in",
    value: (user) => user.PasswordLastUsed?.getTime() ?? 0,
    cell: (user) => <Moment at={user.PasswordLastUsed} />,
  },
  { id: "keys", header: "Active key age", cell: (user) => <KeyAge userName={nameOf(user)} /> },
  {
    id: "created",
    header: "Created",
    value: (user) => user.CreateDate?.getTime() ?? 0,
    cell: (user) => <Moment at={user.CreateDate} />,
  },
  { id: "path", header: "Path", value: (user) => user.Path ?? "", cell: (user) => user.Path },
];
