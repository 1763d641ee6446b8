/** Attaches managed policies to a user, a group or a role. */

import { many } from "../words";
import { useIam } from "./client";
import { nameOfArn } from "./documents";
import { attach } from "./entity_policies";
import type { Kind } from "./entity_policies";
import { PickDialog } from "./pick_dialog";
import { PolicyPicker } from "./policy_picker";

interface Props {
  kind: Kind;
  name: string;
  /** ARNs of what is attached already. */
  without: readonly string[];
  onChanged: () => void;
  onClose: () => void;
}

/** The dialogue. */
export function AttachPolicies({ kind, name, without, onChanged, onClose }: Props) {
  const iam = useIam();
  return (
    <PickDialog<string>
      title={`Attach policies to ${name}`}
      action="Attach policies"
      picker={(chosen, onChange) => <PolicyPicker chosen={chosen} onChange={onChange} without={without} />}
      add={(arn) => attach(iam, kind, name, arn)}
      nameOf={nameOfArn}
      said={(count) => `${many(count, "policy", "policies")} attached to ${name}.`}
      onAdded={onChanged}
      onClose={onClose}
    />
  );
}
