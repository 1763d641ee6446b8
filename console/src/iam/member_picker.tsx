/** Chooses users, for a group. */

import { ListUsersCommand } from "@aws-sdk/client-iam";
import type { User } from "@aws-sdk/client-iam";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";

import { FailureAlert } from "../parts/failure_alert";
import { List } from "../parts/list";
import type { Column } from "../parts/list";
import { Moment } from "../parts/moment";
import { ByName } from "./by_name";
import { allPages, useIam } from "./client";
import { userNameFault } from "./names";

interface Props {
  /** User names. */
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
  /** Users that are not offered: who is in the group already. */
  without?: readonly string[];
}

/** A list to choose from; who may not list users enters their names. */
export function MemberPicker({ chosen, onChange, without = NONE }: Props) {
  const iam = useIam();
  const users = useQuery({
    queryKey: ["iam", "users"],
    queryFn: ({ signal }) =>
      allPages<User>(async (Marker) => {
        const page = await iam.send(new ListUsersCommand({ Marker }), { abortSignal: signal });
        return { items: page.Users, next: page.Marker };
      }),
  });
  if (users.error && !users.data) {
    return (
      <Container header={<Header variant="h2">Add users to the group</Header>}>
        <SpaceBetween size="s">
          <FailureAlert error={users.error} header="The users cannot be listed" />
          <ByName label="User name" chosen={chosen} onChange={onChange} fault={userNameFault} />
        </SpaceBetween>
      </Container>
    );
  }
  const offered = users.data?.filter((user) => !without.includes(user.UserName ?? ""));
  return (
    <List<User>
      isPart
      one="user"
      several="users"
      title="Add users to the group"
      items={offered}
      columns={COLUMNS}
      id={(user) => user.UserName ?? ""}
      selection={{
        type: "multi",
        items: (offered ?? []).filter((user) => chosen.includes(user.UserName ?? "")),
        onChange: (items) => onChange(items.map((user) => user.UserName ?? "")),
      }}
    />
  );
}

const NONE: readonly string[] = [];
const COLUMNS: Column<User>[] = [
  {
    id: "name",
    header: "User name",
    isRowHeader: true,
    value: (user) => user.UserName ?? "",
    cell: (user) => user.UserName,
  },
  {
    id: "created",
    header: "Created",
    value: (user) => user.CreateDate?.getTime() ?? 0,
    cell: (user) => <Moment at={user.CreateDate} />,
  },
];
