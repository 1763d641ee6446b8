/** Two codes of an MFA device that follow each other. */

import SpaceBetween from "@cloudscape-design/components/space-between";

import { CodeField, isCode } from "../parts/code_field";

/** What was typed into the two fields. */
export type Codes = readonly [string, string];

interface Props {
  codes: Codes;
  onChange: (codes: Codes) => void;
}

/** The two fields. */
export function MfaCodes({ codes, onChange }: Props) {
  const [first, second] = codes;
  const isSame = isCode(first) && first === second;
  return (
    <SpaceBetween size="m">
      <CodeField label="MFA code 1" value={first} onChange={(code) => onChange([code, second])} />
      <CodeField
        label="MFA code 2"
        value={second}
        onChange={(code) => onChange([first, code])}
        constraint="Wait until the app shows the next one, up to 30 seconds."
        error={isSame ? "Wait for the next code: it differs from the first." : undefined}
        isLater
      />
    </SpaceBetween>
  );
}

/** Whether there are two codes, and not the same twice. */
export function areCodes([first, second]: Codes): boolean {
  return isCode(first) && isCode(second) && first !== second;
}
