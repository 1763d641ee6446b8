/**
 * Cuts Matroska and WebM into fragments as PutMedia wants them: each a whole Cluster that
 * begins with a key frame, later than all before it, and not long.
 *
 * What browsers record and what many programs write has clusters of its own making: of
 * unknown size, without key frames, with sound of the next one. Frames are kept as they
 * are; only the clusters around them are made anew.
 */

import { element, elements, integer, openElement, readHead, unsigned, vint } from "./ebml";

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
  /** Everything that stands before the first Cluster of each request. */
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
        if (id === SEGMENT && this.header) throw new Error("The file holds a second recording.");
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
    const cuts = [this.#made(this.#last), this.#made(this.#open)];
    this.#last = [];
    this.#open = [];
    this.#isOver = true;
    return cuts.filter((cut) => cut !== undefined);
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
        this.tracks = [...elements(body)].filter(({ id }) => id === TRACK_ENTRY).map(trackOf);
        this.header = this.#madeHeader(whole);
        return [];
      case TIMESTAMP:
        this.#clusterTimecode = unsigned(body, 0, body.length);
        return [];
      default:
        return this.#frame(blockOf(id, whole, body, this.#clusterTimecode));
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

  #madeHeader(tracks: Uint8Array): Uint8Array {
    if (!this.#ebml) throw new Error("This is not Matroska or WebM, or it is damaged.");
    const info = this.#info ?? element(INFO);
    return joined([this.#ebml, openElement(SEGMENT), info, tracks]);
  }

  #frame(block: Block): Cut[] {
    if (!this.header) throw new Error("The file has media before it says what it is.");
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

interface Block {
  track: number;
  timecode: number;
  isKey: boolean;
  /** The whole element: SimpleBlock or BlockGroup. */
  bytes: Uint8Array;
  /** Where in it the offset to the cluster's time stands. */
  offsetAt: number;
}

function blockOf(id: number, whole: Uint8Array, body: Uint8Array, clusterTimecode: number): Block {
  let block = body;
  let isKey = false;
  if (id === BLOCK_GROUP) {
    let isReferring = false;
    for (const { id, body: part } of elements(body)) {
      if (id === BLOCK) block = part;
      if (id === REFERENCE_BLOCK) isReferring = true;
    }
    isKey = !isReferring;
  }
  const { value: track, length } = vint(block, 0);
  const offset = new DataView(block.buffer, block.byteOffset + length, 2).getInt16(0);
  if (id === SIMPLE_BLOCK) isKey = ((block[length + 2] ?? 0) & 0x80) !== 0;
  const offsetAt = block.byteOffset - whole.byteOffset + length;
  return { track, timecode: clusterTimecode + offset, isKey, bytes: whole, offsetAt };
}

function moved(block: Block, offset: number): Uint8Array {
  new DataView(block.bytes.buffer, block.bytes.byteOffset + block.offsetAt, 2).setInt16(0, offset);
  return block.bytes;
}

function edges(blocks: readonly Block[]): [number, number] {
  let [earliest, latest] = [Infinity, -Infinity];
  for (const { timecode } of blocks) {
    earliest = Math.min(earliest, timecode);
    latest = Math.max(latest, timecode);
  }
  return [earliest, latest];
}

function trackOf({ body }: { body: Uint8Array }): CutTrack {
  const track: CutTrack = { number: 0, type: "other", codecId: "" };
  for (const { id, body: value } of elements(body)) {
    if (id === TRACK_NUMBER) track.number = unsigned(value, 0, value.length);
    if (id === TRACK_TYPE) track.type = value[0] === 1 ? "video" : value[0] === 2 ? "audio" : "other";
    if (id === CODEC_ID) track.codecId = new TextDecoder().decode(value);
  }
  return track;
}

const EBML = 0x1a45dfa3;
const SEGMENT = 0x18538067;
const INFO = 0x1549a966;
const TRACKS = 0x1654ae6b;
const CLUSTER = 0x1f43b675;
const TIMESTAMP = 0xe7;
const SIMPLE_BLOCK = 0xa3;
const BLOCK_GROUP = 0xa0;
const BLOCK = 0xa1;
const REFERENCE_BLOCK = 0xfb;
const TIMESTAMP_SCALE = 0x2ad7b1;
const DURATION = 0x4489;
const TRACK_ENTRY = 0xae;
const TRACK_NUMBER = 0xd7;
const TRACK_TYPE = 0x83;
const CODEC_ID = 0x86;
const WANTED = new Set([EBML, INFO, TRACKS, TIMESTAMP, SIMPLE_BLOCK, BLOCK_GROUP]);

const ELEMENT_BYTES_MAX = 50_000_000;
/** Key frames may be closer; fragments of less are a burden to whoever plays them. */
const FRAGMENT_MS_MIN = 1000;
/** The API's longest is 20 s. */
const FRAGMENT_MS_MAX = 19_000;
/** A frame's offset to its cluster is a 16-bit number. */
const OFFSET_MAX = 32_767;
/** How late sound may come after the picture of the same time. */
const LATE_MS = 500;
