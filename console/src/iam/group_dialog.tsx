/** Creates a group while something else is being created. */

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { FailureAlert } from "../parts/failure_alert";
import { useSay } from "../shell/notes";
import { useIam } from "./client";
import { GroupName, createGroup } from "./group_form";
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
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const create = async () => {
    setTried(true);
    if (groupNameFault(name) || isBusy) return;
    setBusy(true);
    setError(undefined);
    try {
      const shortfalls = await createGroup(iam, { name, policies, users: [] });
      await queries.invalidateQueries({ queryKey: ["iam", "groups"] });
      for (const { text, failure } of shortfalls) say("error", `${text}: ${failure.message}`);
      say("success", `The user group ${name} is created.`);
      onCreated(name);
      onClose();
    } catch (error) {
      setError(error);
      setBusy(false);
    }
  };
  return (
    <Modal
      visible
      size="large"
      header="Create user group"
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" loading={isBusy} onClick={() => void create()}>
              Create user group
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {error !== undefined && <FailureAlert error={error} />}
        <GroupName name={name} onChange={setName} isTried={isTried} />
        <PolicyPicker chosen={policies} onChange={setPolicies} />
      </SpaceBetween>
    </Modal>
  );
}
