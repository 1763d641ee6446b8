/** Playback sessions: an address that a player reads, of now or of a stretch of the past. */

import { GetHLSStreamingSessionURLCommand } from "@aws-sdk/client-kinesis-video-archived-media";

import { Failure } from "../../api/failure";
import type { ArchivedMedia } from "../client";
import type { Clock } from "./coverage";

/** What is played: what comes in now, or what is stored from a time on. */
export type Source = { mode: "live" } | { mode: "recorded"; fromMs: number };

/** Asks for the address of a playlist; `null` if there is nothing that it could list. */
export async function hlsAddress(
  archivedMedia: ArchivedMedia,
  name: string,
  source: Source,
  clock: Clock,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    return await ask(archivedMedia, name, source, clock, signal);
  } catch (error) {
    if (Failure.of(error).isMissing) return null;
    throw error;
  }
}

async function ask(
  archivedMedia: ArchivedMedia,
  name: string,
  source: Source,
  clock: Clock,
  signal: AbortSignal,
): Promise<string> {
  const archived = await archivedMedia("GET_HLS_STREAMING_SESSION_URL");
  const type = clock === "producer" ? ("PRODUCER_TIMESTAMP" as const) : ("SERVER_TIMESTAMP" as const);
  const { HLSStreamingSessionURL } = await archived.send(
    new GetHLSStreamingSessionURLCommand({
      StreamName: name,
      ContainerFormat: "FRAGMENTED_MP4",
      // The player tells by it when the picture was taken.
      DisplayFragmentTimestamp: "ALWAYS",
      DiscontinuityMode: "ON_DISCONTINUITY",
      Expires: EXPIRES_S,
      ...(source.mode === "live"
        ? { PlaybackMode: "LIVE" as const, HLSFragmentSelector: { FragmentSelectorType: type } }
        : {
            PlaybackMode: "ON_DEMAND" as const,
            MaxMediaPlaylistFragmentResults: FRAGMENTS_MAX,
            HLSFragmentSelector: {
              FragmentSelectorType: type,
              TimestampRange: {
                StartTimestamp: new Date(Math.floor(source.fromMs)),
                EndTimestamp: new Date(Math.floor(source.fromMs) + WINDOW_MS),
              },
            },
          }),
    }),
    { abortSignal: signal },
  );
  return HLSStreamingSessionURL ?? "";
}

/** What one session of the past covers; the player goes on with another one behind it. */
export const WINDOW_MS = 3_600_000;
/** How much is played of a stream whose newest media is not of now. */
export const LAST_MS = 60_000;
const EXPIRES_S = 43_200;
const FRAGMENTS_MAX = 5000;
