/**
 * Puts the frames of MP4, MOV and what else phones and cameras write into Matroska, without
 * encoding anything anew. Loaded when a file needs it: the library is large.
 */

import {
  ALL_FORMATS,
  BlobSource,
  EncodedAudioPacketSource,
  EncodedPacketSink,
  EncodedVideoPacketSource,
  Input,
  MkvOutputFormat,
  Output,
  StreamTarget,
} from "mediabunny";
import type { EncodedPacket, InputTrack } from "mediabunny";

/** A file that can be read. */
export interface Remuxed {
  durationMs: number;
  /** What a person should know of what is lost or will not do. */
  notes: string[];
  /** Reads the whole file, handing on Matroska as it is made; waits for `take`. */
  run: (take: (bytes: Uint8Array) => Promise<void>, signal: AbortSignal) => Promise<void>;
}

/**
 * Looks into a file.
 *
 * @throws Error in words if it is no recording, or has nothing that Matroska can hold.
 */
export async function open(file: Blob): Promise<Remuxed> {
  const input = new Input({ source: new BlobSource(file), formats: ALL_FORMATS });
  const format = await input.getFormat().catch(() => undefined);
  if (!format) throw new Error("This is no video file that is known here.");
  const notes: string[] = [];
  const lanes: Lane[] = [];
  const made = new MkvOutputFormat({ appendOnly: true });
  for (const track of await input.getTracks()) {
    const codec = await track.getCodec();
    const isHeld = codec !== null && (made.getSupportedCodecs() as string[]).includes(codec);
    const lane = isHeld && lanes.length < TRACKS_MAX ? await laneOf(track, notes) : undefined;
    if (lane) lanes.push(lane);
    else notes.push(`Left out: ${track.type}, ${codec ?? "of an unknown codec"}.`);
  }
  if (lanes.length === 0) throw new Error(`There is nothing to send in it. ${notes.join(" ")}`);
  const firstS = await input.getFirstTimestamp();
  const durationMs = ((await input.computeDuration()) - Math.max(0, firstS)) * 1000;
  const run: Remuxed["run"] = async (take, signal) => {
    const writable = new WritableStream({ write: (chunk: { data: Uint8Array }) => take(chunk.data) });
    const output = new Output({ format: made, target: new StreamTarget(writable) });
    for (const lane of lanes) lane.join(output);
    await output.start();
    try {
      await interleave(lanes, Math.max(0, -firstS), signal);
      await output.finalize();
    } catch (error) {
      await output.cancel().catch(() => undefined);
      throw error;
    } finally {
      input.dispose();
    }
  };
  return { durationMs, notes, run };
}

/** One track on its way from the one file to the other. */
interface Lane {
  track: InputTrack;
  join: (output: Output) => void;
  add: (packet: EncodedPacket) => Promise<void>;
}

async function laneOf(track: InputTrack, notes: string[]): Promise<Lane | undefined> {
  if (track.isVideoTrack()) {
    const codec = await track.getCodec();
    const config = await track.getDecoderConfig();
    if (!codec || !config) return undefined;
    if ((await track.getRotation()) !== 0) {
      notes.push("The file says that its picture is to be turned; the stream cannot say so.");
    }
    const source = new EncodedVideoPacketSource(codec);
    return {
      track,
      join: (output) => output.addVideoTrack(source),
      add: (packet) => source.add(packet, { decoderConfig: config }),
    };
  }
  if (track.isAudioTrack()) {
    const codec = await track.getCodec();
    const config = await track.getDecoderConfig();
    if (!codec || !config) return undefined;
    const source = new EncodedAudioPacketSource(codec);
    return {
      track,
      join: (output) => output.addAudioTrack(source),
      add: (packet) => source.add(packet, { decoderConfig: config }),
    };
  }
  return undefined;
}

/** Hands on packets of all tracks, the earliest first; a muxer waits for the track behind. */
async function interleave(lanes: Lane[], shiftS: number, signal: AbortSignal) {
  const heads = await Promise.all(
    lanes.map(async (lane) => {
      const packets = new EncodedPacketSink(lane.track).packets();
      return { lane, packets, next: await packets.next() };
    }),
  );
  for (;;) {
    signal.throwIfAborted();
    let earliest: (typeof heads)[number] | undefined;
    for (const head of heads) {
      if (head.next.done) continue;
      const isEarlier = !earliest || earliest.next.done || head.next.value.timestamp < earliest.next.value.timestamp;
      if (isEarlier) earliest = head;
    }
    if (!earliest || earliest.next.done) return;
    const packet = earliest.next.value;
    await earliest.lane.add(shiftS > 0 ? packet.clone({ timestamp: packet.timestamp + shiftS }) : packet);
    earliest.next = await earliest.packets.next();
  }
}

/** As many as a stream may have. */
const TRACKS_MAX = 3;
