/** A field for a password that is known already. */

import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";

interface Props {
  label?: string;
  value: string;
  onChange: (value: string) => void;
  /** The first empty field of its form. */
  isFirst?: boolean;
}

/** The field; password managers fill it. */
export function PasswordField({ label = "Password", value, onChange, isFirst = false }: Props) {
  return (
    <FormField label={label}>
      <Input
        name="password"
        type="password"
        autoComplete="current-password"
        autoFocus={isFirst}
        ariaRequired
        value={value}
        onChange={({ detail }) => onChange(detail.value)}
      />
    </FormField>
  );
}
