/** Deletes streams, after their name was typed. */

import { DeleteStreamCommand } from "@aws-sdk/client-kinesis-video";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQueryClient } from "@tanstack/react-query";

import { Failure } from "../../api/failure";
import { Confirm } from "../../parts/confirm";
import { useSay } from "../../shell/notes";
import { bytes, many } from "../../words";
import { useKinesisVideo } from "../client";
import type { StreamState } from "../state";

interface Props {
  streams: StreamState[];
  onClose: () => void;
  onDeleted?: () => void;
}

/** One stream by its name, several by their number. */
export function DeleteStreams({ streams, onClose, onDeleted }: Props) {
  const control = useKinesisVideo();
  const queries = useQueryClient();
  const say = useSay();
  const only = streams.length === 1 ? streams[0] : undefined;
  const what = only ? only.streamName : many(streams.length, "stream");
  const stored = streams.reduce((sum, stream) => sum + (stream.stored?.bytes ?? 0), 0);
  const live = streams.filter((stream) => stream.live.connections > 0).length;
  const remove = async () => {
    try {
      for (const { streamArn: StreamARN, streamName } of streams) {
        await control.send(new DeleteStreamCommand({ StreamARN })).catch((error: unknown) => {
          const failure = Failure.of(error);
          // Gone is what was asked for.
          if (failure.isMissing) return;
          if (only) throw failure;
          const { code, status, requestId } = failure;
          throw new Failure({ code, status, requestId, message: `${streamName}: ${failure.message}` });
        });
      }
    } finally {
      void queries.invalidateQueries({ queryKey: ["kvs", "streams"] });
    }
    say("success", `${what} deleted.`);
    onDeleted?.();
  };
  return (
    <Confirm
      title={`Delete ${what}?`}
      typed={only ? only.streamName : `delete ${streams.length}`}
      action="Delete"
      onConfirm={remove}
      onClose={onClose}
    >
      <SpaceBetween size="xs">
        {!only && <div>{namesOf(streams)}</div>}
        <div>
          All stored media goes with {only ? "it" : "them"}
          {stored > 0 && `: ${bytes(stored)}`}. Who sends to {only ? "it" : "them"} is cut off.
        </div>
        {live > 0 && (
          <b>{only ? "Media arrives right now." : `Media arrives right now in ${live} of them.`}</b>
        )}
      </SpaceBetween>
    </Confirm>
  );
}

function namesOf(streams: StreamState[]): string {
  const named = streams.slice(0, NAMED_MAX).map((stream) => stream.streamName);
  const rest = streams.length - named.length;
  return named.join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}

const NAMED_MAX = 12;
