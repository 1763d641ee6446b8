/** The picture of a stream: a player with its address, or why there is none. */

import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { Failure } from "../../api/failure";
import { FailureAlert } from "../../parts/failure_alert";
import { Moment } from "../../parts/moment";
import { StatusIndicator } from "../../parts/status_indicator";
import { useArchivedMedia } from "../client";
import { Player } from "../player";
import type { Playing } from "../player";
import type { Clock } from "./coverage";
import { LAST_MS, hlsAddress } from "./session";
import type { Source } from "./session";

interface Props {
  name: string;
  source: Source;
  clock: Clock;
  /** When the newest media is from. */
  newestMs: number | undefined;
  playing: Playing | undefined;
  onPlaying: (playing: Playing) => void;
  onSeek: (atMs: number) => void;
}

/** Plays a source. */
export function Screen({ name, source, clock, newestMs, playing, onPlaying, onSeek }: Props) {
  const archivedMedia = useArchivedMedia(name);
  const isLive = source.mode === "live";
  // The player's failure is that of an address: another one is tried as if nothing had been.
  const [failed, setFailed] = useState<{ src: string; failure: Failure }>();
  const address = useQuery({
    queryKey: ["kvs", name, "hls", source, clock],
    queryFn: ({ signal }) => hlsAddress(archivedMedia, name, source, clock, signal),
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
    refetchInterval: ({ state: { data, error } }) => {
      const failure = error ?? (failed?.src === data ? failed?.failure : undefined);
      // The server may be back, and who looks on for longer than a session is given another.
      const mayGoOn = failure && isPassing(Failure.of(failure));
      // A first fragment can be played once the next one has begun.
      const mayBegin = !failure && data === null;
      return isLive && (mayGoOn || mayBegin) ? AGAIN_MS : false;
    },
  });
  const failure = failed?.src === address.data ? failed?.failure : undefined;
  const error = address.error ?? failure;
  if (!error && address.data === null) {
    return (
      <Alert
        type="info"
        header={isLive ? "No media is coming in now" : "Nothing is stored from there on"}
        action={
          newestMs !== undefined && (
            <Button onClick={() => onSeek(newestMs - LAST_MS)}>Play the last that arrived</Button>
          )
        }
      >
        {newestMs !== undefined && (
          <>
            The newest media is from <Moment at={newestMs} />.
          </>
        )}
      </Alert>
    );
  }
  if (error) {
    const isTried = isLive && isPassing(Failure.of(error));
    return (
      <FailureAlert
        error={error}
        header={isTried ? "Playing broke off. Trying again." : "This cannot be played"}
        onRetry={() => void address.refetch()}
      />
    );
  }
  return (
    <SpaceBetween size="s">
      {address.data ? (
        <Player
          src={address.data}
          isLive={isLive}
          onPlaying={(playing) => {
            onPlaying(playing);
            // The session ends after an hour of media; go on behind it.
            if (playing.state === "ended" && playing.atMs !== undefined) onSeek(playing.atMs + BEHIND_MS);
          }}
          onFailure={(failure) => setFailed({ src: address.data ?? "", failure })}
        />
      ) : (
        <div className="player" aria-busy="true" />
      )}
      <KeyValuePairs
        columns={4}
        items={[
          { label: "State", value: <State state={playing?.state} /> },
          { label: "Time of the picture", value: <Moment at={playing?.atMs} isExact /> },
          {
            label: "Delay",
            value: playing?.delayMs === undefined ? "–" : `${(playing.delayMs / 1000).toFixed(1)} s`,
          },
          { label: "Picture", value: playing?.width ? `${playing.width} × ${playing.height}` : "–" },
        ]}
      />
    </SpaceBetween>
  );
}

function State({ state }: { state: string | undefined }) {
  if (state === "playing") return <StatusIndicator type="success">Playing</StatusIndicator>;
  if (state === "paused" || state === "ended") {
    return <StatusIndicator type="stopped">{state === "paused" ? "Paused" : "Ended"}</StatusIndicator>;
  }
  if (state === "waiting") return <StatusIndicator type="loading">Waiting for media</StatusIndicator>;
  return <StatusIndicator type="pending">Starting</StatusIndicator>;
}
/** Whether another session may play on: the server was away, or the session has ended. */
function isPassing(failure: Failure): boolean {
  return failure.mayPass || (failure.status === 403 && !failure.isDenied);
}

const BEHIND_MS = 500;
const AGAIN_MS = 2000;
