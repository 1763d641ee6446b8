/** All users of the account. */

import { ListUsersCommand } from "@aws-sdk/client-iam";
import type { User } from "@aws-sdk/client-iam";
import Button from "@cloudscape-design/components/button";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "react-router";

import { Link } from "../parts/link";
import { List } from "../parts/list";
import type { Column } from "../parts/list";
import { Moment } from "../parts/moment";
import { allPages, useIam } from "./client";

/** The list of users. */
export function Users() {
  const iam = useIam();
  const navigate = useNavigate();
  const users = useQuery({
    queryKey: ["iam", "users"],
    queryFn: ({ signal }) =>
      allPages<User>(async (Marker) => {
        const page = await iam.send(new ListUsersCommand({ Marker }), { abortSignal: signal });
        return { items: page.Users, next: page.Marker };
      }),
  });
  const create = (
    <Button variant="primary" onClick={() => void navigate("/console/iam/users/create")}>
      Create user
    </Button>
  );
  return (
    <List<User>
      one="user"
      several="users"
      description="People and programs with a name and credentials of their own in this account."
      items={users.data}
      error={users.error}
      onRetry={() => void users.refetch()}
      id={(user) => user.UserName ?? ""}
      columns={COLUMNS}
      actions={create}
      emptyAction={create}
    />
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
  { id: "path", header: "Path", value: (user) => user.Path ?? "", cell: (user) => user.Path },
  {
    id: "created",
    header: "Created",
    value: (user) => user.CreateDate?.getTime() ?? 0,
    cell: (user) => <Moment at={user.CreateDate} />,
  },
  {
    id: "password",
    header: "Console last sign-in",
    value: (user) => user.PasswordLastUsed?.getTime() ?? 0,
    cell: (user) => <Moment at={user.PasswordLastUsed} />,
  },
];
