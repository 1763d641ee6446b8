/** A new password and the same once more. */

import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import type { Rule } from "../session/passwords";
import { PasswordRules } from "./password_rules";

interface Props {
  password: string;
  repeated: string;
  onPassword: (password: string) => void;
  onRepeated: (password: string) => void;
  /** What it must be, where that is known. */
  rules?: readonly Rule[];
  /** The first field of its form. */
  isFirst?: boolean;
  label?: string;
}

/** The two fields. */
export function NewPasswordFields(props: Props) {
  const { password, repeated, rules, isFirst = false, label = "New password" } = props;
  const [isLeft, setLeft] = useState(false);
  const differs = isLeft && repeated !== "" && repeated !== password;
  return (
    <SpaceBetween size="l">
      <FormField label={label} constraintText={rules && <PasswordRules rules={rules} />}>
        <Input
          name="new-password"
          type="password"
          autoComplete="new-password"
          autoFocus={isFirst}
          ariaRequired
          value={password}
          onChange={({ detail }) => props.onPassword(detail.value)}
        />
      </FormField>
      <FormField
        label={`Confirm ${label.charAt(0).toLowerCase()}${label.slice(1)}`}
        errorText={differs ? "This is not the same password." : undefined}
      >
        <Input
          name="confirm-password"
          type="password"
          autoComplete="new-password"
          ariaRequired
          value={repeated}
          onBlur={() => setLeft(true)}
          onChange={({ detail }) => props.onRepeated(detail.value)}
        />
      </FormField>
    </SpaceBetween>
  );
}

/** Whether there is a password and it was given twice. */
export function arePaired(password: string, repeated: string): boolean {
  return password !== "" && password === repeated;
}
