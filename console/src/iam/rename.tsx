/** Gives a user or a group another name. */

import { UpdateGroupCommand, UpdateUserCommand } from "@aws-sdk/client-iam";
import Box from "@cloudscape-design/components/box";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";

import { Dialog } from "../parts/dialog";
import { useSay } from "../shell/notes";
import { useIam } from "./client";
import { NameField } from "./name_field";
import { groupNameFault, userNameFault } from "./names";

interface Props {
  kind: "user" | "group";
  name: string;
  onClose: () => void;
}

/** The dialogue; it leads to the page with the new name. */
export function Rename({ kind, name, onClose }: Props) {
  const iam = useIam();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const say = useSay();
  const [newName, setNewName] = useState(name);
  const { what, fault } = KINDS[kind];
  const rename = async () => {
    if (newName === name) return;
    if (kind === "user") await iam.send(new UpdateUserCommand({ UserName: name, NewUserName: newName }));
    else await iam.send(new UpdateGroupCommand({ GroupName: name, NewGroupName: newName }));
    say("success", `The ${what} ${name} is now called ${newName}.`);
    // What was known under the old name is not asked for again: nothing is called so any more.
    void queries.invalidateQueries({ queryKey: ["iam"], predicate: (query) => !query.queryKey.includes(name) });
    void navigate(`/console/iam/${kind}s/${encodeURIComponent(newName)}`, { replace: true });
  };
  return (
    <Dialog
      title={`Edit ${what}`}
      action="Save changes"
      check={() => fault(newName) === undefined}
      onAct={rename}
      onClose={onClose}
    >
      <NameField kind={kind} name={newName} onChange={setNewName} isTried />
      <Box variant="small">The ARN changes with the name. Policies that name the ARN do not follow.</Box>
    </Dialog>
  );
}

const KINDS = {
  user: { what: "user", fault: userNameFault },
  group: { what: "user group", fault: groupNameFault },
} as const;
