import { expect, it } from "vitest";

import { gapAt, innerGaps, nextMedia, tracksInWords } from "./coverage";
import type { Coverage } from "./coverage";

const coverage = {
  spans: [
    [100, 200, 0],
    [300, 400, 0],
  ],
  gaps: [
    [0, 100],
    [200, 300],
  ],
} as unknown as Coverage;

it("finds the media that comes next", () => {
  expect([0, 150, 200, 399, 400].map((at) => nextMedia(coverage, at))).toEqual([100, 150, 300, 399, undefined]);
});

it("knows the gap around a time", () => {
  expect([0, 99, 100, 250].map((at) => gapAt(coverage, at))).toEqual([[0, 100], [0, 100], undefined, [200, 300]]);
});

it("counts as gaps what lies between media", () => {
  const edge = (producerMs: number) => ({ producerMs, serverMs: 0, durationMs: 100 });
  const of = (more: object) => innerGaps({ ...coverage, clock: "producer", ...more });
  const gaps = [...coverage.gaps, [400, 500]];
  expect(of({ gaps, oldest: edge(100), newest: edge(300) })).toEqual([[200, 300]]);
  // There is media on both sides of what is in view.
  expect(of({ gaps, oldest: edge(-50), newest: edge(700) })).toEqual(gaps);
  // What arrived first and last is not always what was recorded first and last.
  expect(of({ gaps, oldest: edge(300), newest: edge(100) })).toEqual([[200, 300]]);
  // Nothing is in view.
  const none = { spans: [], gaps: [[0, 500]] };
  expect(of({ ...none, oldest: edge(-50), newest: edge(700) })).toEqual([[0, 500]]);
  expect(of({ ...none, oldest: edge(500), newest: edge(700) })).toEqual([]);
  expect(of({ ...none, oldest: null, newest: null })).toEqual([]);
});

it("says what tracks there are", () => {
  const video = { number: 1, type: "video", codecId: "V_MPEG4/ISO/AVC", codec: "avc1", width: 320, height: 240 };
  const audio = { number: 2, type: "audio", codecId: "A_AAC", codec: "mp4a.40.2", sampleRateHz: 44_100 };
  expect(tracksInWords([video, audio])).toBe("H.264 320 × 240, AAC 44.1 kHz");
  expect(tracksInWords(null)).toBe("unknown");
});
