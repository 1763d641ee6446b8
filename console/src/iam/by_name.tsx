/** Chooses things by typing their names, for who may use them but not list them. */

import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import TokenGroup from "@cloudscape-design/components/token-group";
import { useState } from "react";

interface Props {
  /** "Policy ARN", "User group name" */
  label: string;
  placeholder?: string;
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
  /** What is wrong with a text; `undefined` is fine. */
  fault?: (text: string) => string | undefined;
  max?: number;
}

/** A field, **Add**, and what was added. */
export function ByName({ label, placeholder = "", chosen, onChange, fault, max = Infinity }: Props) {
  const [text, setText] = useState("");
  const [error, setError] = useState<string>();
  const add = () => {
    const trimmed = text.trim();
    const wrong = trimmed === "" ? `Enter a ${label}.` : fault?.(trimmed);
    setError(wrong);
    if (wrong !== undefined) return;
    if (!chosen.includes(trimmed)) onChange([...chosen, trimmed].slice(0, max));
    setText("");
  };
  return (
    <div>
      <FormField label={label} errorText={error} secondaryControl={<Button onClick={add}>Add</Button>}>
        <Input
          value={text}
          placeholder={placeholder}
          autoComplete={false}
          onChange={({ detail }) => setText(detail.value)}
          onKeyDown={({ detail }) => {
            if (detail.key === "Enter") add();
          }}
        />
      </FormField>
      <TokenGroup
        items={chosen.map((name) => ({ label: name, dismissLabel: `Remove ${name}` }))}
        onDismiss={({ detail }) => onChange(chosen.filter((_, at) => at !== detail.itemIndex))}
      />
    </div>
  );
}
