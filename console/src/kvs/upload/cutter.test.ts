import { expect, test } from "vitest";

import { Cutter, joined } from "./cutter";
import type { Cut } from "./cutter";
import { element, elements, integer, openElement, readHead, unsigned } from "./ebml";

const EBML = element(0x1a45dfa3, element(0x4282, new TextEncoder().encode("webm")));
const INFO = element(0x1549a966, element(0x2ad7b1, integer(1_000_000)));
const TRACKS = element(0x1654ae6b, track(1, 1, "V_VP9"), track(2, 2, "A_OPUS"));
const CLUSTER = 0x1f43b675;

function track(number: number, type: number, codec: string): Uint8Array {
  const codecId = element(0x86, new TextEncoder().encode(codec));
  return element(0xae, element(0xd7, integer(number)), element(0x83, new Uint8Array([type])), codecId);
}

function block(track: number, offset: number, isKey: boolean, payload = track): Uint8Array {
  const bytes = new Uint8Array([0x80 | track, 0, 0, isKey ? 0x80 : 0, payload]);
  new DataView(bytes.buffer).setInt16(1, offset);
  return element(0xa3, bytes);
}

/** A frame of a track, however long. */
function frame(track: number, offset: number, isKey: boolean, payload: readonly number[]): Uint8Array {
  const bytes = new Uint8Array([0x80 | track, 0, 0, isKey ? 0x80 : 0, ...payload]);
  new DataView(bytes.buffer).setInt16(1, offset);
  return element(0xa3, bytes);
}

/** As a browser records: sizes of segment and clusters unknown. */
function recorded(...clusters: [number, Uint8Array[]][]): Uint8Array {
  const pieces = [EBML, openElement(0x18538067), INFO, TRACKS];
  for (const [timecode, blocks] of clusters) {
    pieces.push(openElement(CLUSTER), element(0xe7, integer(timecode)), ...blocks);
  }
  return joined(pieces);
}

/** What a server would read of a fragment: track and time of each frame. */
function framesOf({ cluster, timecode }: Cut): [number, number][] {
  const head = readHead(cluster, 0);
  expect(head?.id).toBe(CLUSTER);
  expect(head?.bodyBytes).toBe(cluster.length - (head?.headBytes ?? 0));
  const frames: [number, number][] = [];
  for (const { id, body } of elements(cluster.subarray(head?.headBytes ?? 0))) {
    if (id === 0xe7) expect(unsigned(body, 0, body.length)).toBe(timecode);
    const view = new DataView(body.buffer, body.byteOffset, body.length);
    if (id === 0xa3) frames.push([view.getUint8(0) & 0x7f, timecode + view.getInt16(1)]);
  }
  return frames;
}

function all(cutter: Cutter, bytes: Uint8Array, pieceBytes = bytes.length): Cut[] {
  const cuts: Cut[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    cuts.push(...cutter.push(bytes.slice(at, at + pieceBytes)));
  }
  return [...cuts, ...cutter.end()];
}

test("clusters of any making are cut at key frames", () => {
  const bytes = recorded(
    [0, [block(1, 0, true), block(2, 5, true), block(1, 500, false)]],
    // Goes on without a key frame, then has one in its middle.
    [1000, [block(1, 0, false), block(2, 5, true), block(1, 1000, true), block(2, 1005, true)]],
    [3000, [block(1, 0, false), block(1, 1000, true)]],
  );
  for (const pieceBytes of [bytes.length, 7, 1]) {
    const cutter = new Cutter();
    const cuts = all(cutter, bytes, pieceBytes);
    expect(cuts.map(framesOf)).toEqual([
      [[1, 0], [2, 5], [1, 500], [1, 1000], [2, 1005]],
      [[1, 2000], [2, 2005], [1, 3000]],
      [[1, 4000]],
    ]);
    expect(cuts.map(({ startMs, durationMs }) => [startMs, durationMs])).toEqual([
      [0, 1005],
      [2000, 1000],
      [4000, 0],
    ]);
    expect(cuts.every(({ hasKeyFrame }) => hasKeyFrame)).toBe(true);
    expect(cutter.header).toEqual(joined([EBML, openElement(0x18538067), INFO, TRACKS]));
    expect(cutter.tracks).toEqual([
      { number: 1, type: "video", codecId: "V_VP9" },
      { number: 2, type: "audio", codecId: "A_OPUS" },
    ]);
  }
});

test("sound that is written early or late goes where its time is", () => {
  const blocks = [
    block(1, 0, true),
    block(2, 2010, true),
    block(1, 1960, false),
    block(1, 2000, true),
    block(2, 1990, true),
    block(2, 2030, true),
    block(1, 2040, false),
    block(1, 2600, false),
  ];
  const cuts = all(new Cutter(), recorded([0, blocks]));
  expect(cuts.map(framesOf)).toEqual([
    [[1, 0], [1, 1960], [2, 1990]],
    [[2, 2010], [1, 2000], [2, 2030], [1, 2040], [1, 2600]],
  ]);
  expect(cuts[1]?.timecode).toBe(2000);
});

test("key frames in quick succession make no tiny fragments", () => {
  const blocks = Array.from({ length: 40 }, (_, index) => block(1, index * 100, true));
  const cuts = all(new Cutter(), recorded([0, blocks]));
  expect(cuts.map(({ timecode }) => timecode)).toEqual([0, 1000, 2000, 3000]);
});

test("without key frames a fragment ends before it is too long", () => {
  const clusters: [number, Uint8Array[]][] = Array.from({ length: 50 }, (_, second) => [
    second * 1000,
    [block(1, 0, second === 0)],
  ]);
  const cuts = all(new Cutter(), recorded(...clusters));
  expect(cuts.map(({ durationMs }) => durationMs)).toEqual([18_000, 18_000, 11_000]);
  expect(cuts.map(({ hasKeyFrame }) => hasKeyFrame)).toEqual([true, false, false]);
});

test("a recording of sound alone is cut by time", () => {
  const head = joined([EBML, openElement(0x18538067), INFO, element(0x1654ae6b, track(1, 2, "A_OPUS"))]);
  const blocks = Array.from({ length: 150 }, (_, index) => block(1, index * 20, true));
  const bytes = joined([head, element(CLUSTER, element(0xe7, integer(7)), ...blocks)]);
  expect(all(new Cutter(), bytes).map(({ timecode }) => timecode)).toEqual([7, 1007, 2007]);
});

test("block groups keep what they hold, and a reference means no key frame", () => {
  const inner = (offset: number) => element(0xa1, block(1, offset, false).subarray(9));
  const group = (offset: number, ...more: Uint8Array[]) => element(0xa0, inner(offset), ...more);
  const blocks = [group(0), group(1500, element(0xfb, integer(1))), group(3000)];
  const cuts = all(new Cutter(), recorded([100, blocks]));
  expect(cuts.map(({ timecode, hasKeyFrame }) => [timecode, hasKeyFrame])).toEqual([
    [100, true],
    [3100, true],
  ]);
  // The offset within the block was rewritten to its new cluster.
  const [, second] = cuts;
  const groups = [...elements(second?.cluster.subarray(12) ?? new Uint8Array())].slice(1);
  const held = [...elements(groups[0]?.body ?? new Uint8Array())][0]?.body;
  expect([...(held ?? [])].slice(0, 3)).toEqual([0x81, 0, 0]);
});

test("elements that are not needed are passed over, however long and however they come", () => {
  const plain = recorded([0, [block(1, 0, true)]]);
  const cues = element(0x1c53bb6b, new Uint8Array(5000));
  const bytes = joined([plain, cues, openElement(CLUSTER), element(0xe7, integer(2000)), block(1, 0, true)]);
  for (const pieceBytes of [bytes.length, 100]) {
    expect(all(new Cutter(), bytes, pieceBytes).map(({ timecode }) => timecode)).toEqual([0, 2000]);
  }
});

test("what is no Matroska is refused in words", () => {
  expect(() => new Cutter().push(new TextEncoder().encode("\0\0\0\x20ftypisom"))).toThrow("not Matroska");
  expect(() => new Cutter().push(block(1, 0, true))).toThrow("before it says");
  const twice = joined([recorded([0, [block(1, 0, true)]]), recorded([0, [block(1, 0, true)]])]);
  expect(() => new Cutter().push(twice)).toThrow("second recording");
});

test("a file's length is read where it tells it", () => {
  const value = new Uint8Array(8);
  new DataView(value.buffer).setFloat64(0, 12_345);
  const cutter = new Cutter();
  cutter.push(joined([EBML, openElement(0x18538067), element(0x1549a966, element(0x4489, value))]));
  expect(cutter.durationMs).toBe(12_345);
});

/** Chromium's encoder for its test camera: Constrained Baseline, 640 × 480. */
const SPS = [0x67, 0x42, 0xc0, 0x1e, 0x8c, 0x8d, 0x40, 0x50, 0x1e, 0xd0, 0x0f, 0x08, 0x84, 0x6a];
const PPS = [0x68, 0xce, 0x3c, 0x80];
const RECORD = [1, 0x42, 0xc0, 0x1e, 0xff, 0xe1, 0, SPS.length, ...SPS, 1, 0, PPS.length, ...PPS];
const KEY = [0, 0, 0, 1, ...SPS, 0, 0, 0, 1, ...PPS, 0, 0, 1, 0x65, 0x88, 1, 2];
const AVC = track(1, 1, "V_MPEG4/ISO/AVC");

function ofCamera(tracks: Uint8Array[], ...blocks: Uint8Array[]): Uint8Array {
  const head = [EBML, openElement(0x18538067), INFO, element(0x1654ae6b, ...tracks)];
  return joined([...head, openElement(CLUSTER), element(0xe7, integer(0)), ...blocks]);
}

/** The payloads of a track's frames, and what the header tells a decoder of it. */
function framesIn(cutter: Cutter, cuts: Cut[], track: number) {
  const payloads = cuts.flatMap(({ cluster }) =>
    [...elements(cluster.subarray(12))]
      .filter(({ id, body }) => id === 0xa3 && body[0] === (0x80 | track))
      .map(({ body }) => [...body.subarray(4)]),
  );
  const [segment] = [...elements((cutter.header ?? new Uint8Array()).subarray(EBML.length))];
  const tracks = [...elements(segment?.body ?? new Uint8Array())].find(({ id }) => id === 0x1654ae6b);
  const privates = [...elements(tracks?.body ?? new Uint8Array())].map(({ body }) => {
    const held = [...elements(body)].find(({ id }) => id === 0x63a2);
    return held && [...held.body];
  });
  return { payloads, privates };
}

test("H.264 with start codes becomes what Matroska wants, and the header waits for it", () => {
  const sound = [0xfc, 0xff, 0xfe];
  const tracks = [AVC, track(2, 2, "A_OPUS")];
  const bytes = ofCamera(
    tracks,
    frame(2, 0, true, sound),
    frame(1, 0, true, KEY),
    frame(1, 40, false, [0, 0, 0, 1, 9, 0xf0, 0, 0, 0, 1, 0x41, 3]),
    frame(2, 60, true, sound),
    frame(1, 2000, true, KEY),
  );
  for (const pieceBytes of [bytes.length, 3]) {
    const cutter = new Cutter();
    const cuts = all(cutter, bytes, pieceBytes);
    expect(cuts.map(framesOf)).toEqual([[[2, 0], [1, 0], [1, 40], [2, 60]], [[1, 2000]]]);
    const { payloads, privates } = framesIn(cutter, cuts, 1);
    expect(privates).toEqual([RECORD, undefined]);
    const slice = [0, 0, 0, 4, 0x65, 0x88, 1, 2];
    expect(payloads).toEqual([slice, [0, 0, 0, 2, 0x41, 3], slice]);
    expect(framesIn(cutter, cuts, 2).payloads).toEqual([sound, sound]);
  }
});

test("parameter sets with start codes in the header are taken from there", () => {
  const held = element(0x63a2, new Uint8Array([0, 0, 0, 1, ...SPS, 0, 0, 0, 1, ...PPS]));
  const [entry] = [...elements(AVC)];
  const tracks = [element(0xae, entry?.body ?? new Uint8Array(), held)];
  const cutter = new Cutter();
  const cuts = all(cutter, ofCamera(tracks, frame(1, 0, true, [0, 0, 1, 0x65, 7])));
  expect(framesIn(cutter, cuts, 1)).toEqual({ payloads: [[0, 0, 0, 2, 0x65, 7]], privates: [RECORD] });
});

test("H.264 that is as Matroska wants it is left alone", () => {
  const [entry] = [...elements(AVC)];
  const tracks = [element(0xae, entry?.body ?? new Uint8Array(), element(0x63a2, new Uint8Array(RECORD)))];
  const payload = [0, 0, 0, 1, 0x65];
  const cutter = new Cutter();
  const cuts = all(cutter, ofCamera(tracks, frame(1, 0, true, payload)));
  expect(framesIn(cutter, cuts, 1)).toEqual({ payloads: [payload], privates: [RECORD] });
});

test("sound is not held back for ever by a picture that never tells how it is encoded", () => {
  const sound = Array.from({ length: 1100 }, (_, index) => frame(2, index * 20, true, [1]));
  const cutter = new Cutter();
  const cuts = all(cutter, ofCamera([AVC, track(2, 2, "A_OPUS")], ...sound));
  expect(cuts.flatMap(framesOf)).toHaveLength(1100);
  // And if the recording ends before that, nothing is lost.
  const short = new Cutter();
  expect(all(short, ofCamera([AVC, track(2, 2, "A_OPUS")], ...sound.slice(0, 3))).flatMap(framesOf)).toHaveLength(3);
  expect(short.header).toBeDefined();
});
