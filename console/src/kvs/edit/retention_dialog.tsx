/** Changes how long streams keep their media, and says before what that deletes. */

import { UpdateDataRetentionCommand } from "@aws-sdk/client-kinesis-video";
import Alert from "@cloudscape-design/components/alert";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { own } from "../../api/clients";
import { serverNow } from "../../api/clock";
import { useSigned } from "../../session/provider";
import { useSay } from "../../shell/notes";
import { bytes, many, retention } from "../../words";
import { useKinesisVideo } from "../client";
import type { StreamState } from "../state";
import { EditDialog } from "./dialog";
import { entryOf, hoursOf, planRetention } from "./retention";
import { RetentionField } from "./retention_field";

interface Props {
  streams: StreamState[];
  onClose: () => void;
}

/** Gives all the streams the same retention. */
export function EditRetention({ streams, onClose }: Props) {
  const control = useKinesisVideo();
  const say = useSay();
  const first = streams[0];
  const [entry, setEntry] = useState(() => entryOf(first?.retentionHours ?? 0));
  const [saved] = useState(() => new Set<string>());
  const read = hoursOf(entry);
  const wanted = "hours" in read ? read.hours : undefined;
  const changed = streams.filter((stream) => wanted !== undefined && stream.retentionHours !== wanted);
  const shortened = changed.filter((stream) => (wanted ?? 0) < stream.retentionHours);
  const save = async () => {
    if (wanted === undefined) return;
    for (const stream of changed) {
      const plan = planRetention(stream.retentionHours, wanted);
      // After a failure half way, what is done is not done again.
      if (!plan || saved.has(stream.streamArn)) continue;
      const { streamArn: StreamARN, version: CurrentVersion } = stream;
      await control.send(new UpdateDataRetentionCommand({ StreamARN, CurrentVersion, ...plan }));
      saved.add(stream.streamArn);
    }
    const what = streams.length === 1 ? (first?.streamName ?? "") : many(streams.length, "stream");
    say("success", `The data retention period of ${what} is now ${retention(wanted)}.`);
  };
  const title = first && streams.length === 1 ? first.streamName : many(streams.length, "stream");
  return (
    <EditDialog
      title={`Edit data retention: ${title}`}
      isReady={changed.length > 0}
      onSave={save}
      onClose={onClose}
    >
      <SpaceBetween size="m">
        <div>Now: {[...new Set(streams.map((stream) => retention(stream.retentionHours)))].join(", ")}.</div>
        <RetentionField entry={entry} onChange={setEntry} />
        {shortened.length > 0 && wanted !== undefined && (
          <Deleted streams={shortened} hours={wanted} />
        )}
        {changed.length > 0 && shortened.length === 0 && (
          <Alert type="info">
            Media that is stored now is kept longer as well. What is already deleted does not come back.
          </Alert>
        )}
      </SpaceBetween>
    </EditDialog>
  );
}

function Deleted({ streams, hours }: { streams: StreamState[]; hours: number }) {
  const signed = useSigned();
  const counted = useQuery({
    queryKey: ["kvs", "shortened", hours, ...streams.map((stream) => stream.streamArn)],
    queryFn: async ({ signal }) => {
      const now = serverNow();
      const total = { fragments: 0, bytes: 0, isComplete: streams.length <= COUNTED_MAX };
      for (const stream of streams.slice(0, COUNTED_MAX)) {
        const path = `/_kinora/streams/${encodeURIComponent(stream.streamName)}/timeline`;
        const from = now - stream.retentionHours * HOUR_MS;
        const range = { clock: "server", from, to: now - hours * HOUR_MS, buckets: 1 };
        const counted = await own<Counted>(signed, path, range, signal);
        total.isComplete &&= counted.complete;
        for (const [, , fragments, bytes] of counted.buckets.rows) {
          total.fragments += fragments;
          total.bytes += bytes;
        }
      }
      return total;
    },
    retry: false,
  });
  const kept = hours === 0 ? "All stored media" : `Media that arrived more than ${retention(hours)} ago`;
  const { data } = counted;
  return (
    <Alert type="warning" header={`${kept} will be deleted`}>
      {data && data.fragments === 0 && data.isComplete && "At present there is none. "}
      {data && (data.fragments > 0 || !data.isComplete) && (
        <>
          {data.isComplete ? "About " : "At least "}
          {many(data.fragments, "fragment")}, {bytes(data.bytes)}.{" "}
        </>
      )}
      It cannot be brought back, not even by a longer retention later.
    </Alert>
  );
}

/** What the timeline tells, as far as it is read here. */
interface Counted {
  complete: boolean;
  buckets: { rows: [number, number, number, number][] };
}

const HOUR_MS = 3_600_000;
/** Of more streams than these it is not asked what each has. */
const COUNTED_MAX = 20;
