/** Edits the password policy. */

import { UpdateAccountPasswordPolicyCommand } from "@aws-sdk/client-iam";
import type { PasswordPolicy } from "@aws-sdk/client-iam";
import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { Dialog } from "../parts/dialog";
import { useSay } from "../shell/notes";
import { useIam } from "./client";
import { AGE_DAYS, LENGTH, REUSE, numberFault } from "./password_rules";
import type { Bounds } from "./password_rules";

interface Props {
  /** What counts now; `null` is the default. */
  policy: PasswordPolicy | null;
  onSaved: () => Promise<void>;
  onClose: () => void;
}

/** The dialogue. What it saves replaces the policy as a whole. */
export function EditPasswordPolicy({ policy, onSaved, onClose }: Props) {
  const iam = useIam();
  const say = useSay();
  const [length, setLength] = useState(String(policy?.MinimumPasswordLength ?? 8));
  const [flags, setFlags] = useState<Record<Flag, boolean>>({
    RequireUppercaseCharacters: policy?.RequireUppercaseCharacters ?? false,
    RequireLowercaseCharacters: policy?.RequireLowercaseCharacters ?? false,
    RequireNumbers: policy?.RequireNumbers ?? false,
    RequireSymbols: policy?.RequireSymbols ?? false,
    AllowUsersToChangePassword: policy?.AllowUsersToChangePassword ?? true,
  });
  const [age, setAge] = useState(policy?.MaxPasswordAge ? String(policy.MaxPasswordAge) : undefined);
  const [isHard, setHard] = useState(policy?.HardExpiry ?? false);
  const [reuse, setReuse] = useState(
    policy?.PasswordReusePrevention ? String(policy.PasswordReusePrevention) : undefined,
  );
  const isFine =
    numberFault(length, LENGTH) === undefined &&
    (age === undefined || numberFault(age, AGE_DAYS) === undefined) &&
    (reuse === undefined || numberFault(reuse, REUSE) === undefined);
  const save = async () => {
    await iam.send(
      new UpdateAccountPasswordPolicyCommand({
        MinimumPasswordLength: Number(length),
        ...flags,
        ...(age !== undefined && { MaxPasswordAge: Number(age), HardExpiry: isHard }),
        ...(reuse !== undefined && { PasswordReusePrevention: Number(reuse) }),
      }),
    );
    await onSaved();
    say("success", "The password policy is saved.");
  };
  return (
    <Dialog title="Edit password policy" action="Save changes" isReady={isFine} onAct={save} onClose={onClose}>
      <NumberField label="Password minimum length" bounds={LENGTH} value={length} onChange={setLength} unit="characters" />
      <FormField label="Password strength">
        <SpaceBetween size="xs">
          {FLAGS.slice(0, 4).map(([flag, text]) => (
            <Checkbox
              key={flag}
              checked={flags[flag]}
              onChange={({ detail }) => setFlags({ ...flags, [flag]: detail.checked })}
            >
              {text}
            </Checkbox>
          ))}
        </SpaceBetween>
      </FormField>
      <FormField label="Other requirements">
        <SpaceBetween size="xs">
          <Checkbox
            checked={age !== undefined}
            onChange={({ detail }) => setAge(detail.checked ? "90" : undefined)}
          >
            Turn on password expiration
          </Checkbox>
          {age !== undefined && (
            <NumberField label="Expire passwords after" bounds={AGE_DAYS} value={age} onChange={setAge} unit="days" />
          )}
          {age !== undefined && (
            <Checkbox checked={isHard} onChange={({ detail }) => setHard(detail.checked)}>
              Password expiration requires administrator reset
            </Checkbox>
          )}
          <Checkbox
            checked={flags.AllowUsersToChangePassword}
            onChange={({ detail }) => setFlags({ ...flags, AllowUsersToChangePassword: detail.checked })}
          >
            Allow users to change their own password
          </Checkbox>
          <Checkbox
            checked={reuse !== undefined}
            onChange={({ detail }) => setReuse(detail.checked ? "5" : undefined)}
          >
            Prevent password reuse
          </Checkbox>
          {reuse !== undefined && (
            <NumberField label="Passwords to remember" bounds={REUSE} value={reuse} onChange={setReuse} unit="passwords" />
          )}
        </SpaceBetween>
      </FormField>
    </Dialog>
  );
}

interface NumberProps {
  label: string;
  unit: string;
  bounds: Bounds;
  value: string;
  onChange: (value: string) => void;
}

function NumberField({ label, unit, bounds, value, onChange }: NumberProps) {
  return (
    <FormField
      label={label}
      constraintText={`${bounds.min} to ${bounds.max.toLocaleString("en-US")} ${unit}`}
      errorText={numberFault(value, bounds)}
    >
      <Input value={value} type="number" inputMode="numeric" onChange={({ detail }) => onChange(detail.value)} />
    </FormField>
  );
}

type Flag =
  | "RequireUppercaseCharacters"
  | "RequireLowercaseCharacters"
  | "RequireNumbers"
  | "RequireSymbols"
  | "AllowUsersToChangePassword";

const FLAGS: readonly [Flag, string][] = [
  ["RequireUppercaseCharacters", "Require at least one uppercase letter from the Latin alphabet (A-Z)"],
  ["RequireLowercaseCharacters", "Require at least one lowercase letter from the Latin alphabet (a-z)"],
  ["RequireNumbers", "Require at least one number"],
  ["RequireSymbols", "Require at least one non-alphanumeric character"],
];
