import { expect, test } from "vitest";

import { configurationOf, isAnnexB, lengthPrefixed } from "./avc";

const START = [0, 0, 0, 1];
/** x264's for 320 × 240, High profile. */
const HIGH_SPS = [0x67, 0x64, 0x00, 0x0d, 0xac, 0xd9, 0x41, 0x41, 0xfb, 0x01, 0x10, 0x00, 0x00, 0x03, 0x00, 0x10];
const PPS = [0x68, 0xeb, 0xe3, 0xcb, 0x22, 0xc0];

const bytes = (...parts: number[][]) => new Uint8Array(parts.flat());

test("the record of a High profile repeats how colours are kept", () => {
  const found = configurationOf(bytes(START, HIGH_SPS, START, PPS, START, [0x65, 1]));
  const size = HIGH_SPS.length;
  expect([...(found?.record ?? [])]).toEqual([
    ...[1, 0x64, 0x00, 0x0d, 0xff, 0xe1, 0, size],
    ...HIGH_SPS,
    ...[1, 0, PPS.length],
    ...PPS,
    ...[0xfd, 0xf8, 0xf8, 0],
  ]);
});

test("ten bits and 4:2:2 are told", () => {
  // seq_parameter_set_id 0, chroma_format_idc 2, both depths 2 more than eight bits.
  const sps = [0x67, 0x7a, 0x00, 0x00, 0b1_011_011_0, 0b11_000000];
  const found = configurationOf(bytes(START, sps, START, PPS));
  expect([...(found?.record.subarray(-4) ?? [])]).toEqual([0xfe, 0xfa, 0xfa, 0]);
});

test("what is not a configuration gives none", () => {
  expect(configurationOf(bytes(START, HIGH_SPS))).toBeUndefined();
  expect(configurationOf(bytes(START, PPS))).toBeUndefined();
  expect(configurationOf(bytes([0, 0, 0, 2, 0x65, 1]))).toBeUndefined();
  expect(configurationOf(bytes(START, [0x67], START, PPS))).toBeUndefined();
  expect(configurationOf(new Uint8Array())).toBeUndefined();
});

test("units are found by either start code, and zeros behind them are not theirs", () => {
  const configuration = { record: new Uint8Array(), sets: [bytes(PPS)] };
  const frame = bytes(START, [9, 0xf0], START, PPS, [0, 0, 1], [0x65, 1, 2, 0, 0], START, [0x41, 0, 0, 3, 1, 0]);
  expect([...lengthPrefixed(frame, configuration)]).toEqual([
    ...[0, 0, 0, 3, 0x65, 1, 2],
    ...[0, 0, 0, 5, 0x41, 0, 0, 3, 1],
  ]);
});

test("parameter sets that the record does not have stay in the frame", () => {
  const configuration = { record: new Uint8Array(), sets: [bytes(PPS)] };
  const other = [0x68, 1];
  expect([...lengthPrefixed(bytes(START, other, START, [0x65, 1]), configuration)]).toEqual([
    ...[0, 0, 0, 2, ...other],
    ...[0, 0, 0, 2, 0x65, 1],
  ]);
  const lengths = bytes([0, 0, 0, 2, 0x65, 1]);
  expect(lengthPrefixed(lengths, configuration)).toEqual(lengths);
});

test("start codes are told from lengths", () => {
  expect([[0, 0, 1, 9], [0, 0, 0, 1], [0, 0, 0, 2], [0, 1], []].map((head) => isAnnexB(new Uint8Array(head)))).toEqual(
    [true, true, false, false, false],
  );
});
