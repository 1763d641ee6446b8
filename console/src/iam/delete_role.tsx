/** Asks before a role is deleted; what IAM wants gone before goes first. */

import {
  ListInstanceProfilesForRoleCommand,
  RemoveRoleFromInstanceProfileCommand,
} from "@aws-sdk/client-iam";

import { Confirm } from "../parts/confirm";
import { useIam } from "./client";
import { deleteInline, detach, listAttached, listInline } from "./entity_policies";

interface Props {
  name: string;
  onDelete: () => Promise<void>;
  onClose: () => void;
}

/** The dialogue: policies are detached and deleted, then the role itself by `onDelete`. */
export function DeleteRole({ name, onDelete, onClose }: Props) {
  const iam = useIam();
  const remove = async () => {
    for (const policy of await listAttached(iam, "role", name)) {
      await detach(iam, "role", name, policy.PolicyArn ?? "");
    }
    for (const policy of await listInline(iam, "role", name)) await deleteInline(iam, "role", name, policy);
    const profiles = await iam.send(new ListInstanceProfilesForRoleCommand({ RoleName: name }));
    for (const { InstanceProfileName } of profiles.InstanceProfiles ?? []) {
      await iam.send(new RemoveRoleFromInstanceProfileCommand({ RoleName: name, InstanceProfileName }));
    }
    await onDelete();
  };
  return (
    <Confirm title={`Delete the role ${name}?`} typed={name} action="Delete" onConfirm={remove} onClose={onClose}>
      Its inline policies are deleted, its managed policies detached. Sessions and devices that use it are refused
      from then on.
    </Confirm>
  );
}
