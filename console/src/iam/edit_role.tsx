/** Edits a role's description and how long its sessions last. */

import { UpdateRoleCommand } from "@aws-sdk/client-iam";
import type { Role } from "@aws-sdk/client-iam";
import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";
import Textarea from "@cloudscape-design/components/textarea";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Dialog } from "../parts/dialog";
import { useSay } from "../shell/notes";
import { duration } from "../words";
import { useIam } from "./client";
import { SESSION_LENGTHS } from "./session_lengths";

/** The dialogue. */
export function EditRole({ role, onClose }: { role: Role; onClose: () => void }) {
  const iam = useIam();
  const queries = useQueryClient();
  const say = useSay();
  const [description, setDescription] = useState(role.Description ?? "");
  const [seconds, setSeconds] = useState(String(role.MaxSessionDuration ?? 3600));
  const given = { value: seconds, label: duration(Number(seconds) * 1000) };
  const isKnown = SESSION_LENGTHS.some(({ value }) => value === seconds);
  const options = isKnown ? SESSION_LENGTHS : [...SESSION_LENGTHS, given];
  const save = async () => {
    const RoleName = role.RoleName;
    const changed = { RoleName, Description: description, MaxSessionDuration: Number(seconds) };
    await iam.send(new UpdateRoleCommand(changed));
    await queries.invalidateQueries({ queryKey: ["iam", "roles"] });
    say("success", "The role is saved.");
  };
  return (
    <Dialog title="Edit role" action="Save changes" onAct={save} onClose={onClose}>
      <FormField label="Description">
        <Textarea value={description} rows={2} onChange={({ detail }) => setDescription(detail.value)} />
      </FormField>
      <FormField label="Maximum session duration">
        <Select
          options={options}
          selectedOption={options.find(({ value }) => value === seconds) ?? null}
          onChange={({ detail }) => setSeconds(detail.selectedOption.value ?? "3600")}
        />
      </FormField>
    </Dialog>
  );
}
