/** Changes a stream's storage tier. */

import { UpdateStreamStorageConfigurationCommand } from "@aws-sdk/client-kinesis-video";
import FormField from "@cloudscape-design/components/form-field";
import Tiles from "@cloudscape-design/components/tiles";
import { useState } from "react";

import { useSay } from "../../shell/notes";
import { useKinesisVideo } from "../client";
import type { StreamState } from "../state";
import { EditDialog } from "./dialog";

type Tier = StreamState["storageTier"];

/** Hot or warm. */
export function EditTier({ stream, onClose }: { stream: StreamState; onClose: () => void }) {
  const control = useKinesisVideo();
  const say = useSay();
  const [tier, setTier] = useState(stream.storageTier);
  const save = async () => {
    await control.send(
      new UpdateStreamStorageConfigurationCommand({
        StreamARN: stream.streamArn,
        CurrentVersion: stream.version,
        StreamStorageConfiguration: { DefaultStorageTier: tier },
      }),
    );
    say("success", `The storage tier of ${stream.streamName} is now ${tier === "HOT" ? "hot" : "warm"}.`);
  };
  return (
    <EditDialog
      title={`Edit storage tier: ${stream.streamName}`}
      isReady={tier !== stream.storageTier}
      onSave={save}
      onClose={onClose}
    >
      <TierField tier={tier} onChange={setTier} />
    </EditDialog>
  );
}

/** The field that a tier is chosen in. */
export function TierField({ tier, onChange }: { tier: Tier; onChange: (tier: Tier) => void }) {
  return (
    <FormField
      label="Storage tier"
      description="This server keeps and reports the choice; media of both tiers is stored alike."
    >
      <Tiles
        ariaLabel="Storage tier"
        columns={2}
        value={tier}
        onChange={({ detail }) => onChange(detail.value as Tier)}
        items={[
          { value: "HOT", label: "Hot", description: "For media that is read soon and often." },
          { value: "WARM", label: "Warm", description: "For media that is kept long and read rarely." },
        ]}
      />
    </FormField>
  );
}
