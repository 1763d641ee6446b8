/** A field for six digits that were sent or are shown somewhere. */

import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import type { ReactNode } from "react";

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  description?: ReactNode;
  constraint?: ReactNode;
  error?: string | undefined;
  /** Not the first field of its form. */
  isLater?: boolean;
}

/** The field; phones and password managers offer the code that has just come. */
export function CodeField({ label, value, onChange, description, constraint, error, isLater }: Props) {
  return (
    <FormField label={label} description={description} constraintText={constraint} errorText={error}>
      <Input
        name={isLater ? "code2" : "code"}
        inputMode="numeric"
        autoComplete={isLater ? "off" : "one-time-code"}
        autoFocus={!isLater}
        ariaRequired
        spellcheck={false}
        value={value}
        onChange={({ detail }) => onChange(detail.value)}
      />
    </FormField>
  );
}

/** Whether a text is six digits, in groups or not. */
export function isCode(text: string): boolean {
  return /^\d{6}$/.test(text.replaceAll(/\s/g, ""));
}
