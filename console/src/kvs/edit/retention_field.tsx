/** The field that data retention is entered in. */

import FormField from "@cloudscape-design/components/form-field";
import Grid from "@cloudscape-design/components/grid";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";

import { UNITS, hoursOf } from "./retention";
import type { RetentionEntry, Unit } from "./retention";

interface Props {
  entry: RetentionEntry;
  onChange: (entry: RetentionEntry) => void;
}

/** A number and its unit. */
export function RetentionField({ entry, onChange }: Props) {
  const read = hoursOf(entry);
  return (
    <FormField
      label="Data retention period"
      description="How long media is kept after it arrived. With 0 nothing is stored: media can be watched while it arrives, and is gone after minutes."
      errorText={"problem" in read && read.problem}
    >
      <Grid gridDefinition={[{ colspan: { default: 6, xs: 4 } }, { colspan: { default: 6, xs: 4 } }]}>
        <Input
          value={entry.amount}
          inputMode="numeric"
          ariaLabel="Data retention period"
          onChange={({ detail }) => onChange({ ...entry, amount: detail.value })}
        />
        <Select
          ariaLabel="Unit of the data retention period"
          options={UNITS.map(({ value, label }) => ({ value, label }))}
          selectedOption={UNITS.find(({ value }) => value === entry.unit) ?? null}
          onChange={({ detail }) => onChange({ ...entry, unit: detail.selectedOption.value as Unit })}
        />
      </Grid>
    </FormField>
  );
}
