/** Changes what a stream says of its media and its device. */

import { UpdateStreamCommand } from "@aws-sdk/client-kinesis-video";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { useSay } from "../../shell/notes";
import { useKinesisVideo } from "../client";
import type { StreamState } from "../state";
import { EditDialog } from "./dialog";
import { deviceProblem, mediaTypeProblem } from "./rules";

/** Media type and device name. */
export function EditDescription({ stream, onClose }: { stream: StreamState; onClose: () => void }) {
  const control = useKinesisVideo();
  const say = useSay();
  const [mediaType, setMediaType] = useState(stream.mediaType ?? "");
  const [device, setDevice] = useState(stream.deviceName ?? "");
  const isChanged = mediaType !== (stream.mediaType ?? "") || device !== (stream.deviceName ?? "");
  // The API leaves alone what is absent, so it cannot be taken away again.
  const isCleared = (stream.mediaType && !mediaType) || (stream.deviceName && !device);
  const isRight = !mediaTypeProblem(mediaType) && !deviceProblem(device) && !isCleared;
  const save = async () => {
    await control.send(
      new UpdateStreamCommand({
        StreamARN: stream.streamArn,
        CurrentVersion: stream.version,
        ...(mediaType && { MediaType: mediaType }),
        ...(device && { DeviceName: device }),
      }),
    );
    say("success", `${stream.streamName} was changed.`);
  };
  return (
    <EditDialog
      title={`Edit media type and device: ${stream.streamName}`}
      isReady={isChanged && isRight}
      onSave={save}
      onClose={onClose}
    >
      <SpaceBetween size="m">
        <MediaTypeField value={mediaType} onChange={setMediaType} isKept={!!stream.mediaType} />
        <DeviceField value={device} onChange={setDevice} isKept={!!stream.deviceName} />
      </SpaceBetween>
    </EditDialog>
  );
}

interface FieldProps {
  value: string;
  onChange: (value: string) => void;
  /** Whether there is a value already, which the API cannot take away. */
  isKept?: boolean;
}

/** The field of the media type. */
export function MediaTypeField({ value, onChange, isKept = false }: FieldProps) {
  return (
    <FormField
      label="Media type"
      description="A note for consumers, such as video/h264,audio/aac. It is not compared with the media."
      errorText={(isKept && value === "" && KEPT) || mediaTypeProblem(value)}
    >
      <Input value={value} placeholder="video/h264" onChange={({ detail }) => onChange(detail.value)} />
    </FormField>
  );
}

/** The field of the device name. */
export function DeviceField({ value, onChange, isKept = false }: FieldProps) {
  return (
    <FormField
      label="Device name"
      description="A note of what sends to the stream."
      errorText={(isKept && value === "" && KEPT) || deviceProblem(value)}
    >
      <Input value={value} onChange={({ detail }) => onChange(detail.value)} />
    </FormField>
  );
}

const KEPT = "The API can change it but not take it away.";
