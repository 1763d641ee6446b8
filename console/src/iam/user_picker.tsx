/** Chooses users; who may not list them enters their names. */

import type { User } from "@aws-sdk/client-iam";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { FailureAlert } from "../parts/failure_alert";
import { List } from "../parts/list";
import type { Column } from "../parts/list";
import { Moment } from "../parts/moment";
import { ByName } from "./by_name";
import { userNameFault } from "./names";
import { Groups } from "./user_facts";
import { useUsers } from "./users";

interface Props {
  /** Names. */
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
  /** Names that are not offered. */
  without?: readonly string[];
  /** One can be chosen instead of several. */
  isSingle?: boolean;
  title?: string;
}

/** A list to choose from. */
export function UserPicker({ chosen, onChange, without = [], isSingle = false, title = "Users" }: Props) {
  const users = useUsers();
  const offered = users.data?.filter((user) => !without.includes(user.UserName ?? ""));
  if (users.error && !users.data) {
    return (
      <SpaceBetween size="s">
        <FailureAlert error={users.error} header="The users cannot be listed" onRetry={() => void users.refetch()} />
        <ByName
          label="User name"
          chosen={chosen}
          onChange={(names) => onChange(isSingle ? names.slice(-1) : names)}
          fault={userNameFault}
        />
      </SpaceBetween>
    );
  }
  return (
    <List<User>
      isPart
      title={title}
      one="user"
      several="users"
      items={offered}
      id={(user) => user.UserName ?? ""}
      columns={COLUMNS}
      selection={{
        type: isSingle ? "single" : "multi",
        items: (offered ?? []).filter((user) => chosen.includes(user.UserName ?? "")),
        onChange: (items) => onChange(items.map((user) => user.UserName ?? "")),
      }}
    />
  );
}

const COLUMNS: Column<User>[] = [
  {
    id: "name",
    header: "User name",
    isRowHeader: true,
    value: (user) => user.UserName ?? "",
    cell: (user) => user.UserName,
  },
  { id: "groups", header: "Groups", cell: (user) => <Groups userName={user.UserName ?? ""} /> },
  {
    id: "created",
    header: "Created",
    value: (user) => user.CreateDate?.getTime() ?? 0,
    cell: (user) => <Moment at={user.CreateDate} />,
  },
];
