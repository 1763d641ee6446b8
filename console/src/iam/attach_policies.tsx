/** Attaches managed policies to a user, a group or a role. */

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { FailureAlert } from "../parts/failure_alert";
import { useSay } from "../shell/notes";
import { many } from "../words";
import { useIam } from "./client";
import { nameOfArn } from "./documents";
import { attach } from "./entity_policies";
import type { Kind } from "./entity_policies";
import { PolicyPicker } from "./policy_picker";

interface Props {
  kind: Kind;
  name: string;
  /** ARNs of what is attached already. */
  without: readonly string[];
  onChanged: () => void;
  onClose: () => void;
}

/** The dialogue. What cannot be attached stays chosen, with the reason. */
export function AttachPolicies({ kind, name, without, onChanged, onClose }: Props) {
  const iam = useIam();
  const say = useSay();
  const [chosen, setChosen] = useState<string[]>([]);
  const [error, setError] = useState<unknown>();
  const [failed, setFailed] = useState("");
  const [isBusy, setBusy] = useState(false);
  const add = async () => {
    setBusy(true);
    setError(undefined);
    let left = chosen;
    for (const arn of chosen) {
      try {
        await attach(iam, kind, name, arn);
        left = left.filter((other) => other !== arn);
      } catch (error) {
        setError(error);
        setFailed(nameOfArn(arn));
        break;
      }
    }
    if (left.length < chosen.length) {
      say("success", `${many(chosen.length - left.length, "policy", "policies")} attached to ${name}.`);
      onChanged();
    }
    if (left.length === 0) onClose();
    else {
      setChosen(left);
      setBusy(false);
    }
  };
  return (
    <Modal
      visible
      size="large"
      header={`Attach policies to ${name}`}
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" disabled={chosen.length === 0} loading={isBusy} onClick={() => void add()}>
              Attach policies
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {error !== undefined && <FailureAlert error={error} header={`${failed} was not attached`} />}
        <PolicyPicker chosen={chosen} onChange={setChosen} without={without} />
      </SpaceBetween>
    </Modal>
  );
}
