/** Creates a group while something else is being created. */

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Dialog } from "../parts/dialog";
import { useSay } from "../shell/notes";
import { useIam } from "./client";
import { createGroup } from "./group_creation";
import { NameField } from "./name_field";
import { groupNameFault } from "./names";
import { PolicyPicker } from "./policy_picker";

interface Props {
  onCreated: (name: string) => void;
  onClose: () => void;
}

/** The dialogue: a name and policies. */
export function GroupDialog({ onCreated, onClose }: Props) {
  const iam = useIam();
  const queries = useQueryClient();
  const say = useSay();
  const [name, setName] = useState("");
  const [policies, setPolicies] = useState<string[]>([]);
  const [isTried, setTried] = useState(false);
  const create = async () => {
    const shortfalls = await createGroup(iam, { name, policies, users: [] });
    await queries.invalidateQueries({ queryKey: ["iam", "groups"] });
    for (const { text, failure } of shortfalls) say("error", `${text}: ${failure.message}`);
    say("success", `The user group ${name} is created.`);
    onCreated(name);
  };
  return (
    <Dialog
      isLarge
      isForm={false}
      title="Create user group"
      action="Create user group"
      check={() => {
        setTried(true);
        return groupNameFault(name) === undefined;
      }}
      onAct={create}
      onClose={onClose}
    >
      <NameField
        kind="group"
        description={GROUP_NAME_HINT}
        name={name}
        onChange={setName}
        isTried={isTried}
      />
      <PolicyPicker chosen={policies} onChange={setPolicies} />
    </Dialog>
  );
}

/** What a good name is. */
export const GROUP_NAME_HINT = "A name that says what its users do.";
