/** An editor for one policy: checked while it is written, with its size against the quota. */

import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMemo } from "react";
import type { ReactNode } from "react";

import { JsonEditor } from "../parts/json_editor";
import { count } from "../words";
import { POLICY_WORDS, checkPolicy, errorsOf, policySize } from "./policy_document";
import type { PolicyKind } from "./policy_document";

interface Props {
  value: string;
  onChange: (text: string) => void;
  label: string;
  kind: PolicyKind;
  /** Characters without white space that are allowed; see `POLICY_SIZE_MAX`. */
  sizeMax: number;
  description?: ReactNode;
  /** Said instead of what the check finds: a refusal of the server. */
  refused?: string | undefined;
  height?: number;
}

/** Shows the editor, and below it what is doubtful about the policy. */
export function PolicyEditor({ value, onChange, label, kind, sizeMax, description, refused, height }: Props) {
  const problems = useMemo(() => checkPolicy(value, kind, sizeMax), [value, kind, sizeMax]);
  const warnings = problems.filter(({ severity }) => severity === "warning");
  return (
    <SpaceBetween size="xs">
      <JsonEditor
        value={value}
        onChange={onChange}
        label={label}
        description={description}
        problems={problems}
        completions={POLICY_WORDS}
        invalidText={refused ?? errorsOf(problems)}
        {...(height !== undefined && { height })}
      />
      {warnings.slice(0, WARNINGS_SHOWN_MAX).map(({ line, column, message }) => (
        <Box key={`${line}:${column}:${message}`} color="text-status-warning" fontSize="body-s">
          Line {line}, column {column}: {message}
        </Box>
      ))}
      <Box color="text-body-secondary" fontSize="body-s">
        {count(policySize(value))} of {count(sizeMax)} characters, white space not counted.
      </Box>
    </SpaceBetween>
  );
}

const WARNINGS_SHOWN_MAX = 5;
