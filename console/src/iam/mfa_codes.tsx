/** Two codes of an MFA device that follow each other. */

import ColumnLayout from "@cloudscape-design/components/column-layout";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";

interface Props {
  codes: [string, string];
  onChange: (codes: [string, string]) => void;
  fault: string | undefined;
}

/** The two fields. */
export function Codes({ codes: [first, second], onChange, fault }: Props) {
  return (
    <FormField
      label="Two codes in a row"
      description="The code that the device shows now, then the one after it: codes change every 30 seconds."
      errorText={fault}
    >
      <ColumnLayout columns={2}>
        <FormField label="MFA code 1">
          <Input
            inputMode="numeric"
            autoComplete="one-time-code"
            value={first}
            onChange={({ detail }) => onChange([digits(detail.value), second])}
          />
        </FormField>
        <FormField label="MFA code 2">
          <Input
            inputMode="numeric"
            autoComplete="off"
            value={second}
            onChange={({ detail }) => onChange([first, digits(detail.value)])}
          />
        </FormField>
      </ColumnLayout>
    </FormField>
  );
}

/** What is wrong with two codes; `undefined` is fine. */
export function codesFault([first, second]: readonly [string, string]): string | undefined {
  if (!/^\d{6}$/.test(first) || !/^\d{6}$/.test(second)) return "Enter two codes of six digits.";
  return first === second ? "Wait for the next code: the second differs from the first." : undefined;
}

/** Apps show codes with a space in the middle. */
function digits(text: string): string {
  return text.replaceAll(/\D/g, "").slice(0, 6);
}
