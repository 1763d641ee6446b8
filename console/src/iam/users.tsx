/** All users of the account. */

import { ListUsersCommand } from "@aws-sdk/client-iam";
import type { User } from "@aws-sdk/client-iam";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";

import { Link } from "../parts/link";
import { List } from "../parts/list";
import type { Column } from "../parts/list";
import { Moment } from "../parts/moment";
import { allPages, useIam } from "./client";
import { DeleteUser } from "./user_delete";
import { Groups, KeyAge, LastActivity, Mfa, PasswordAge } from "./user_facts";

/** The list of users. */
export function Users() {
  const navigate = useNavigate();
  const users = useUsers();
  const [chosen, setChosen] = useState<User[]>([]);
  const [isDeleting, setDeleting] = useState(false);
  const name = chosen[0]?.UserName;
  const create = (
    <Button variant="primary" onClick={() => void navigate("/console/iam/users/create")}>
      Create user
    </Button>
  );
  return (
    <>
      <List<User>
        one="user"
        several="users"
        description="People and programs with a name and credentials of their own in this account."
        items={users.data}
        error={users.error}
        onRetry={() => void users.refetch()}
        id={(user) => user.UserName ?? ""}
        columns={COLUMNS}
        selection={{ type: "single", items: chosen, onChange: setChosen }}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button
              disabled={name === undefined}
              disabledReason="Choose a user first."
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
        <DeleteUser
          userName={name}
          onDeleted={() => {
            setChosen([]);
            setDeleting(false);
          }}
          onClose={() => setDeleting(false)}
        />
      )}
    </>
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
  { id: "groups", header: "Groups", cell: (user) => <Groups userName={user.UserName ?? ""} /> },
  { id: "activity", header: "Last activity", cell: (user) => <LastActivity user={user} /> },
  { id: "mfa", header: "MFA", cell: (user) => <Mfa userName={user.UserName ?? ""} /> },
  { id: "password", header: "Password age", cell: (user) => <PasswordAge userName={user.UserName ?? ""} /> },
  {
    id: "signin",
    header: "Console last sign-in",
    value: (user) => user.PasswordLastUsed?.getTime() ?? 0,
    cell: (user) => <Moment at={user.PasswordLastUsed} />,
  },
  { id: "keys", header: "Active key age", cell: (user) => <KeyAge userName={user.UserName ?? ""} /> },
  {
    id: "created",
    header: "Created",
    value: (user) => user.CreateDate?.getTime() ?? 0,
    cell: (user) => <Moment at={user.CreateDate} />,
  },
  { id: "path", header: "Path", value: (user) => user.Path ?? "", cell: (user) => user.Path },
];
