/** Deletes a user group when its name was typed. */

import { useQueryClient } from "@tanstack/react-query";

import { Confirm } from "../parts/confirm";
import { useSay } from "../shell/notes";
import { useIam } from "./client";
import { deleteGroup } from "./group_list";

interface Props {
  name: string;
  onDeleted: () => void;
  onClose: () => void;
}

/** The dialogue. */
export function DeleteGroup({ name, onDeleted, onClose }: Props) {
  const iam = useIam();
  const queries = useQueryClient();
  const say = useSay();
  return (
    <Confirm
      title={`Delete the user group ${name}?`}
      typed={name}
      action="Delete group"
      onClose={onClose}
      onConfirm={async () => {
        try {
          await deleteGroup(iam, name);
        } finally {
          // Some of it may be done.
          await queries.invalidateQueries({ queryKey: ["iam"] });
        }
        say("success", `User group ${name} deleted.`);
        onDeleted();
      }}
    >
      Its users stay, but lose the permissions they have by this group. Its inline policies are deleted.
    </Confirm>
  );
}
