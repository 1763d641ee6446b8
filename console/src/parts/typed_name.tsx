/** A name that has to be typed before what it names is destroyed. */

import Alert from "@cloudscape-design/components/alert";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";

interface Props {
  /** What has to be typed. */
  name: string;
  value: string;
  onChange: (value: string) => void;
}

/** The warning and the field. */
export function TypedName({ name, value, onChange }: Props) {
  return (
    <SpaceBetween size="m">
      <Alert type="warning">This cannot be undone.</Alert>
      <FormField label={`To confirm, type ${name}`}>
        <Input
          value={value}
          placeholder={name}
          autoComplete={false}
          autoFocus
          spellcheck={false}
          onChange={({ detail }) => onChange(detail.value)}
        />
      </FormField>
    </SpaceBetween>
  );
}
