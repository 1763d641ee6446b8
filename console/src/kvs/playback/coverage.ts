/** What a timeline shows of a stream: the server's answer, and questions to it. */

import { own } from "../../api/clients";
import type { Signed } from "../../session/provider";
import type { Edge, Track } from "../state";
import type { View } from "./view";

/** Which clock times are of: the camera's, or that of arrival. */
export type Clock = "producer" | "server";

/** The answer of `GET /_kinora/streams/{name}/timeline`. */
export interface Coverage {
  streamName: string;
  clock: Clock;
  fromMs: number;
  toMs: number;
  nowMs: number;
  retentionHours: number;
  retentionEdgeMs: number;
  creationMs: number;
  oldest: Edge | null;
  newest: Edge | null;
  complete: boolean;
  coveredMs: number;
  fragments: number;
  bytes: number;
  exact: boolean;
  joinMs: number;
  spans: [number, number, number | null][];
  gaps: [number, number][];
  codecSets: { id: string; tracks: Track[] | null }[];
  codecChanges: { atMs: number; from: number | null; to: number | null }[];
  moreCodecChanges: boolean;
}

/** Asks what is stored of a stretch of time. */
export function readCoverage(
  signed: Signed,
  name: string,
  view: View,
  clock: Clock,
  signal?: AbortSignal,
): Promise<Coverage> {
  const path = `/_kinora/streams/${encodeURIComponent(name)}/timeline`;
  const query = { from: Math.max(0, Math.floor(view.fromMs)), to: Math.ceil(view.toMs), buckets: 600, clock };
  return own<Coverage>(signed, path, query, signal);
}

/** When a fragment began by a clock. */
export function edgeMs(edge: Edge, clock: Clock): number {
  return clock === "producer" ? edge.producerMs : edge.serverMs;
}

/** The time of the next media at or after a time; `undefined` if there is none. */
export function nextMedia(coverage: Coverage, atMs: number): number | undefined {
  for (const [fromMs, toMs] of coverage.spans) {
    if (toMs > atMs) return Math.max(fromMs, atMs);
  }
  return undefined;
}

/** The gap that a time lies in. */
export function gapAt(coverage: Coverage, atMs: number): [number, number] | undefined {
  return coverage.gaps.find(([fromMs, toMs]) => fromMs <= atMs && atMs < toMs);
}

/**
 * The gaps that media lies before and after. The time before the first media is none, nor is
 * that since the newest; where the answer has no media on one side, the oldest and the newest
 * say whether there is some.
 */
export function innerGaps({ gaps, spans, oldest, newest, clock }: Coverage): [number, number][] {
  if (!oldest || !newest) return [];
  const firstMs = Math.min(edgeMs(oldest, clock), ...spans.slice(0, 1).map(([fromMs]) => fromMs));
  const lastMs = Math.max(edgeMs(newest, clock), ...spans.slice(-1).map(([, toMs]) => toMs));
  return gaps.filter(([fromMs, toMs]) => toMs > firstMs && fromMs < lastMs);
}

/** Tracks in a few words: `H.264 1280 × 720, AAC 48 kHz`. */
export function tracksInWords(tracks: readonly Track[] | null | undefined): string {
  if (!tracks || tracks.length === 0) return "unknown";
  return tracks
    .map((track) => {
      const name = CODECS.get(track.codecId) ?? track.codecId.replace(/^[VA]_/, "");
      if (track.width && track.height) return `${name} ${track.width} × ${track.height}`;
      return track.sampleRateHz ? `${name} ${track.sampleRateHz / 1000} kHz` : name;
    })
    .join(", ");
}

const CODECS = new Map([
  ["V_MPEG4/ISO/AVC", "H.264"],
  ["V_MPEGH/ISO/HEVC", "H.265"],
  ["V_VP8", "VP8"],
  ["V_VP9", "VP9"],
  ["V_AV1", "AV1"],
  ["A_AAC", "AAC"],
  ["A_OPUS", "Opus"],
  ["A_MS/ACM", "G.711"],
]);
