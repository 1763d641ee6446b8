/** The field in which a name of IAM is entered. */

import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";

import { NAME_RULE, deviceNameFault, groupNameFault, policyNameFault, roleNameFault, userNameFault } from "./names";

interface Props {
  kind: keyof typeof KINDS;
  name: string;
  onChange: (name: string) => void;
  /** What is wrong is said. */
  isTried: boolean;
  description?: string;
}

/** The field. */
export function NameField({ kind, name, onChange, isTried, description }: Props) {
  const { label, max, fault } = KINDS[kind];
  return (
    <FormField
      label={label}
      description={description}
      constraintText={`Up to ${max} characters. ${NAME_RULE}`}
      errorText={isTried && fault(name)}
    >
      <Input value={name} autoComplete={false} spellcheck={false} onChange={({ detail }) => onChange(detail.value)} />
    </FormField>
  );
}

const KINDS = {
  user: { label: "User name", max: 64, fault: userNameFault },
  group: { label: "User group name", max: 128, fault: groupNameFault },
  role: { label: "Role name", max: 64, fault: roleNameFault },
  policy: { label: "Policy name", max: 128, fault: policyNameFault },
  device: { label: "Device name", max: 128, fault: deviceNameFault },
} as const;
