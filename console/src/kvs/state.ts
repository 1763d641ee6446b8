/** What the server counts of streams: whether media arrives, how much, and what is stored. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { again } from "../api/again";
import { own } from "../api/clients";
import { useSigned } from "../session/provider";

/** A track of a stored fragment. */
export interface Track {
  number: number;
  type: string;
  codecId: string;
  /** By RFC 6381; `null` if it has no such name. */
  codec: string | null;
  width?: number;
  height?: number;
  sampleRateHz?: number;
  channels?: number;
}

/** A stored fragment, as far as lists and timelines tell of it. */
export interface Edge {
  number: string;
  serverMs: number;
  producerMs: number;
  durationMs: number;
}

/** A stream as `/_kinora/streams` tells it. Times are milliseconds since the epoch. */
export interface StreamState {
  streamName: string;
  streamArn: string;
  status: "ACTIVE" | "DELETING";
  creationMs: number;
  retentionHours: number;
  storageTier: "HOT" | "WARM";
  tagCount: number;
  mediaType: string | null;
  deviceName: string | null;
  /** What the next change must name as the version it changes. */
  version: string;
  live: { connections: number; bitsPerSecond: number };
  /** The newest stored fragment. */
  lastFragment: Edge | null;
  stored: { bytes: number; fragments: number } | null;
  tracks: Track[] | null;
}

/** One stream, looked at again every few seconds. */
export function useStreamState(name: string, everyMs = EVERY_MS) {
  const signed = useSigned();
  return useQuery({
    queryKey: stateKey(name),
    queryFn: ({ signal }) =>
      own<StreamState & { complete: boolean }>(
        signed,
        `/_kinora/streams/${encodeURIComponent(name)}/status`,
        {},
        signal,
      ),
    refetchInterval: again(everyMs),
    placeholderData: keepPreviousData,
  });
}

/** Whether media arrives: producers that send by short requests are between two of them at times. */
export function isLive({ live }: Pick<StreamState, "live">): boolean {
  return live.connections > 0 || live.bitsPerSecond > 0;
}

/** Under which name a stream's state is held, for whoever changes the stream. */
export function stateKey(name: string) {
  return ["kvs", "stream", name, "state"];
}

const EVERY_MS = 3000;
