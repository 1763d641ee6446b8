/** The groups that a user is in. */

import { AddUserToGroupCommand, RemoveUserFromGroupCommand } from "@aws-sdk/client-iam";
import type { Group } from "@aws-sdk/client-iam";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Confirm } from "../parts/confirm";
import { FailureAlert } from "../parts/failure_alert";
import { Link } from "../parts/link";
import { List } from "../parts/list";
import type { Column } from "../parts/list";
import { useSay } from "../shell/notes";
import { many } from "../words";
import { useIam } from "./client";
import { GroupPolicies } from "./group_facts";
import { GroupPicker } from "./group_picker";
import { useGroupsOf } from "./user_facts";

/** The list, with **Add user to groups** and **Remove**. */
export function UserGroups({ userName }: { userName: string }) {
  const iam = useIam();
  const queries = useQueryClient();
  const say = useSay();
  const groups = useGroupsOf(userName);
  const [chosen, setChosen] = useState<Group[]>([]);
  const [asked, setAsked] = useState<"add" | "remove">();
  const names = (groups.data ?? []).map((group) => group.GroupName ?? "");
  const selected = chosen.filter((group) => names.includes(group.GroupName ?? ""));
  const changed = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: ["iam", "user", userName, "groups"] }),
      queries.invalidateQueries({ queryKey: ["iam", "group"] }),
    ]);
  const remove = async () => {
    try {
      for (const { GroupName } of selected) {
        await iam.send(new RemoveUserFromGroupCommand({ UserName: userName, GroupName }));
      }
      say("success", `${userName} is removed from ${many(selected.length, "group")}.`);
      setChosen([]);
    } finally {
      await changed();
    }
  };
  const add = <Button onClick={() => setAsked("add")}>Add user to groups</Button>;
  return (
    <>
      <List<Group>
        isPart
        title="User groups membership"
        one="group"
        several="groups"
        description="A user has the permissions of all groups that it is in. It can be in 10."
        items={groups.data}
        error={groups.error}
        onRetry={() => void groups.refetch()}
        id={(group) => group.GroupName ?? ""}
        columns={COLUMNS}
        selection={{ type: "multi", items: selected, onChange: setChosen }}
        emptyAction={add}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button
              disabled={selected.length === 0}
              disabledReason="Choose groups first."
              onClick={() => setAsked("remove")}
            >
              Remove
            </Button>
            {add}
          </SpaceBetween>
        }
      />
      {asked === "add" && (
        <AddToGroups
          userName={userName}
          without={names}
          onChanged={() => void changed()}
          onClose={() => setAsked(undefined)}
        />
      )}
      {asked === "remove" && (
        <Confirm
          title={`Remove ${userName} from ${many(selected.length, "group")}?`}
          action="Remove"
          onConfirm={remove}
          onClose={() => setAsked(undefined)}
        >
          The user loses the permissions of {selected.map((group) => group.GroupName).join(", ")}.
        </Confirm>
      )}
    </>
  );
}

interface AddProps {
  userName: string;
  without: readonly string[];
  onChanged: () => void;
  onClose: () => void;
}

function AddToGroups({ userName, without, onChanged, onClose }: AddProps) {
  const iam = useIam();
  const say = useSay();
  const [chosen, setChosen] = useState<string[]>([]);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const add = async () => {
    setBusy(true);
    setError(undefined);
    try {
      // To add who is in the group already changes nothing, so all can be tried again.
      for (const GroupName of chosen) await iam.send(new AddUserToGroupCommand({ UserName: userName, GroupName }));
      say("success", `${userName} is added to ${many(chosen.length, "group")}.`);
      onClose();
    } catch (error) {
      setError(error);
      setBusy(false);
    }
    onChanged();
  };
  return (
    <Modal
      visible
      size="large"
      header={`Add ${userName} to groups`}
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" disabled={chosen.length === 0} loading={isBusy} onClick={() => void add()}>
              Add user to groups
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {error !== undefined && <FailureAlert error={error} />}
        <GroupPicker chosen={chosen} onChange={setChosen} without={without} />
      </SpaceBetween>
    </Modal>
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
  { id: "policies", header: "Attached policies", cell: (group) => <GroupPolicies name={group.GroupName ?? ""} /> },
];
