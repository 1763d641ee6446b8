/**
 * Cuts Matroska and WebM into fragments as PutMedia wants them: each a whole Cluster that
 * begins with a key frame, later than all before it, and not long.
 *
 * What browsers record and what many programs write has clusters of its own making: of
 * unknown size, without key frames, with sound of the next one. The clusters are made anew;
 * frames are kept as they are, but for H.264 in the form that only browsers put into Matroska.
 */

import { configurationOf, isAnnexB, lengthPrefixed } from "./avc";
import type { AvcConfiguration } from "./avc";
import { BLOCK_GROUP, SIMPLE_BLOCK, blockOf, frameOf, moved, withFrame } from "./block";
import type { Block } from "./block";
import { element, elements, integer, openElement, readHead, unsigned } from "./ebml";

/** A track as its TrackEntry tells it. */
export interface CutTrack {
  number: number;
  type: "video" | "audio" | "other";
  codecId: string;
}

/** One fragment: a Cluster. */
export interface Cut {
  /** Of its earliest frame, in units of the timestamp scale: FragmentTimecode in acks. */
  timecode: number;
  startMs: number;
  /** From its earliest to its latest frame. */
  durationMs: number;
  hasKeyFrame: boolean;
  cluster: Uint8Array;
}

/** Takes bytes as they come and gives fragments as they are complete. */
export class Cutter {
  /** Everything that stands before the first Cluster of each request; there before any cut. */
  header: Uint8Array | undefined;
  tracks: CutTrack[] = [];
  /** Length as the file tells it, milliseconds. */
  durationMs: number | undefined;
  #scaleNs = 1_000_000;
  #bytes = new Uint8Array(0);
  #skip = 0;
  #ebml: Uint8Array | undefined;
  #info: Uint8Array | undefined;
  #clusterTimecode = 0;
  #trackEntries: Uint8Array[] | undefined;
  /** The track of H.264 whose parameter sets are not in the header but in its frames. */
  #bare: number | undefined;
  #avc: AvcConfiguration | undefined;
  /** What came before such a frame, which the header waits for. */
  #held: Block[] = [];
  /** The fragment that is being filled. */
  #open: Block[] = [];
  /** The one before it, until no frame can belong to it any more. */
  #last: Block[] = [];
  #isOver = false;

  /** Takes more bytes and returns the fragments that are complete with them. */
  push(more: Uint8Array): Cut[] {
    this.#append(more);
    const cuts: Cut[] = [];
    let at = 0;
    while (at < this.#bytes.length && !this.#isOver) {
      const head = readHead(this.#bytes, at);
      if (!head) break;
      const { id, headBytes, bodyBytes } = head;
      if (id === SEGMENT || id === CLUSTER) {
        if (id === SEGMENT && this.#trackEntries) throw new Error("The file holds a second recording.");
        at += headBytes;
        continue;
      }
      if (bodyBytes === undefined) throw new Error("The file has an element of unknown size.");
      if (!WANTED.has(id)) {
        at += headBytes + bodyBytes;
        continue;
      }
      if (bodyBytes > ELEMENT_BYTES_MAX) throw new Error("The file has a frame of over 50 MB.");
      if (this.#bytes.length < at + headBytes + bodyBytes) break;
      // A copy: what is kept must not keep the whole file in memory.
      const whole = this.#bytes.slice(at, at + headBytes + bodyBytes);
      cuts.push(...this.#take(id, whole, whole.subarray(headBytes)));
      at += headBytes + bodyBytes;
    }
    this.#skip += Math.max(0, at - this.#bytes.length);
    this.#bytes = this.#bytes.subarray(Math.min(at, this.#bytes.length));
    return cuts;
  }

  /** There are no more bytes: returns what is left. */
  end(): Cut[] {
    const cuts = this.#begin(undefined);
    const rest = [this.#made(this.#last), this.#made(this.#open)];
    this.#last = [];
    this.#open = [];
    this.#isOver = true;
    return [...cuts, ...rest.filter((cut) => cut !== undefined)];
  }

  #append(more: Uint8Array) {
    const skipped = Math.min(this.#skip, more.length);
    this.#skip -= skipped;
    const rest = more.subarray(skipped);
    if (this.#bytes.length === 0) {
      this.#bytes = new Uint8Array(rest);
      return;
    }
    const joined = new Uint8Array(this.#bytes.length + rest.length);
    joined.set(this.#bytes);
    joined.set(rest, this.#bytes.length);
    this.#bytes = joined;
  }

  #take(id: number, whole: Uint8Array, body: Uint8Array): Cut[] {
    switch (id) {
      case EBML:
        if (this.#ebml) throw new Error("The file holds a second recording.");
        this.#ebml = whole;
        return [];
      case INFO:
        this.#info = whole;
        this.#readInfo(body);
        return [];
      case TRACKS:
        this.#readTracks(body);
        return [];
      case TIMESTAMP:
        this.#clusterTimecode = unsigned(body, 0, body.length);
        return [];
      default:
        if (!this.#trackEntries) throw new Error("The file has media before it says what it is.");
        return this.#block(blockOf(id, whole, body, this.#clusterTimecode));
    }
  }

  #readInfo(body: Uint8Array) {
    let duration: number | undefined;
    for (const { id, body: value } of elements(body)) {
      if (id === TIMESTAMP_SCALE) this.#scaleNs = unsigned(value, 0, value.length) || 1_000_000;
      if (id === DURATION) {
        const view = new DataView(value.buffer, value.byteOffset, value.length);
        duration = value.length === 4 ? view.getFloat32(0) : value.length === 8 ? view.getFloat64(0) : undefined;
      }
    }
    if (duration !== undefined) this.durationMs = this.#ms(duration);
  }

  #readTracks(body: Uint8Array) {
    if (!this.#ebml) throw new Error("This is not Matroska or WebM, or it is damaged.");
    this.#trackEntries = [...elements(body)].filter(({ id }) => id === TRACK_ENTRY).map(({ body }) => body);
    this.tracks = this.#trackEntries.map(trackOf);
    const bare = this.#trackEntries.find(isWithoutConfiguration);
    this.#bare = bare && trackOf(bare).number;
    const told = bare && configurationOf(privateOf(bare));
    if (!bare || told) this.#begin(told);
  }

  #block(block: Block): Cut[] {
    if (this.header) return this.#frame(this.#converted(block));
    this.#held.push(block);
    const frame = block.track === this.#bare ? frameOf(block) : undefined;
    const found = frame && configurationOf(frame);
    // A picture that does not come must not hold back the sound for ever.
    return found || this.#held.length > HELD_MAX ? this.#begin(found) : [];
  }

  /** Makes the header, and takes the frames that waited for it. */
  #begin(avc: AvcConfiguration | undefined): Cut[] {
    if (this.header || !this.#ebml || !this.#trackEntries) return [];
    this.#avc = avc;
    const entries = this.#trackEntries.map((entry) =>
      avc && trackOf(entry).number === this.#bare ? withPrivate(entry, avc.record) : entry,
    );
    const tracks = element(TRACKS, ...entries.map((entry) => element(TRACK_ENTRY, entry)));
    this.header = joined([this.#ebml, openElement(SEGMENT), this.#info ?? element(INFO), tracks]);
    const held = this.#held;
    this.#held = [];
    return held.flatMap((block) => this.#frame(this.#converted(block)));
  }

  #converted(block: Block): Block {
    if (!this.#avc || block.track !== this.#bare) return block;
    const frame = frameOf(block);
    return frame ? withFrame(block, lengthPrefixed(frame, this.#avc)) : block;
  }

  #frame(block: Block): Cut[] {
    const first = this.#open[0];
    if (!first) {
      this.#open.push(block);
      return [];
    }
    const start = Math.min(...edges(this.#open));
    const reached = block.timecode - start;
    const isTooLong = this.#ms(reached) >= FRAGMENT_MS_MAX || reached > OFFSET_MAX;
    const isVideo = this.#isLeading(block);
    if ((isVideo && block.isKey && this.#ms(reached) >= FRAGMENT_MS_MIN) || isTooLong) {
      const cut = this.#made(this.#last);
      // Sound is often written ahead of the picture it belongs to.
      const isBefore = (other: Block) =>
        (isVideo && this.#isLeading(other)) || other.timecode < block.timecode;
      this.#last = this.#open.filter(isBefore);
      this.#open = this.#open.filter((other) => !isBefore(other));
      this.#open.push(block);
      return cut ? [cut] : [];
    }
    const begun = this.#open.find((other) => this.#isLeading(other)) ?? first;
    if (this.#last.length > 0 && !isVideo && block.timecode < begun.timecode) {
      this.#last.push(block);
      return [];
    }
    this.#open.push(block);
    // Frames this late have not been seen; waiting longer would only delay.
    if (this.#last.length > 0 && this.#ms(reached) >= LATE_MS) {
      const cut = this.#made(this.#last);
      this.#last = [];
      return cut ? [cut] : [];
    }
    return [];
  }

  /** Whether a frame is of the track whose key frames fragments begin with. */
  #isLeading(block: Block): boolean {
    const video = this.tracks.find(({ type }) => type === "video");
    return block.track === (video ?? this.tracks[0])?.number;
  }

  #made(blocks: Block[]): Cut | undefined {
    if (blocks.length === 0) return undefined;
    const [timecode, latest] = edges(blocks);
    const placed = blocks.map((block) => moved(block, block.timecode - timecode));
    return {
      timecode,
      startMs: this.#ms(timecode),
      durationMs: this.#ms(latest - timecode),
      hasKeyFrame: blocks.some((block) => block.isKey && this.#isLeading(block)),
      cluster: element(CLUSTER, element(TIMESTAMP, integer(timecode)), ...placed),
    };
  }

  #ms(ticks: number): number {
    return (ticks * this.#scaleNs) / 1_000_000;
  }
}

/** Puts pieces one after the other. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const made = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    made.set(piece, at);
    at += piece.length;
  }
  return made;
}

function edges(blocks: readonly Block[]): [number, number] {
  let [earliest, latest] = [Infinity, -Infinity];
  for (const { timecode } of blocks) {
    earliest = Math.min(earliest, timecode);
    latest = Math.max(latest, timecode);
  }
  return [earliest, latest];
}

function trackOf(entry: Uint8Array): CutTrack {
  const track: CutTrack = { number: 0, type: "other", codecId: "" };
  for (const { id, body: value } of elements(entry)) {
    if (id === TRACK_NUMBER) track.number = unsigned(value, 0, value.length);
    if (id === TRACK_TYPE) track.type = value[0] === 1 ? "video" : value[0] === 2 ? "audio" : "other";
    if (id === CODEC_ID) track.codecId = new TextDecoder().decode(value);
  }
  return track;
}

/** Whether a track of H.264 leaves it to its frames what a decoder must know. */
function isWithoutConfiguration(entry: Uint8Array): boolean {
  if (trackOf(entry).codecId !== "V_MPEG4/ISO/AVC") return false;
  const held = privateOf(entry);
  return held.length === 0 || isAnnexB(held);
}

function privateOf(entry: Uint8Array): Uint8Array {
  return [...elements(entry)].find(({ id }) => id === CODEC_PRIVATE)?.body ?? new Uint8Array();
}

function withPrivate(entry: Uint8Array, held: Uint8Array): Uint8Array {
  const rest = [...elements(entry)].filter(({ id }) => id !== CODEC_PRIVATE);
  return joined([...rest.map(({ id, body }) => element(id, body)), element(CODEC_PRIVATE, held)]);
}

const EBML = 0x1a45dfa3;
const SEGMENT = 0x18538067;
const INFO = 0x1549a966;
const TRACKS = 0x1654ae6b;
const CLUSTER = 0x1f43b675;
const TIMESTAMP = 0xe7;
const TIMESTAMP_SCALE = 0x2ad7b1;
const DURATION = 0x4489;
const TRACK_ENTRY = 0xae;
const TRACK_NUMBER = 0xd7;
const TRACK_TYPE = 0x83;
const CODEC_ID = 0x86;
const CODEC_PRIVATE = 0x63a2;
const WANTED = new Set([EBML, INFO, TRACKS, TIMESTAMP, SIMPLE_BLOCK, BLOCK_GROUP]);

const ELEMENT_BYTES_MAX = 50_000_000;
/** Key frames may be closer; fragments of less are a burden to whoever plays them. */
const FRAGMENT_MS_MIN = 1000;
/** The API's longest is 20 s. */
const FRAGMENT_MS_MAX = 19_000;
/** A frame's offset to its cluster is a 16-bit number. */
const OFFSET_MAX = 32_767;
/** More frames than a recorder puts before the first key frame. */
const HELD_MAX = 1000;
/** How late sound may come after the picture of the same time. */
const LATE_MS = 500;
