import { expect, it } from "vitest";

import { gapAt, nextMedia, tracksInWords } from "./coverage";
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

it("says what tracks there are", () => {
  const video = { number: 1, type: "video", codecId: "V_MPEG4/ISO/AVC", codec: "avc1", width: 320, height: 240 };
  const audio = { number: 2, type: "audio", codecId: "A_AAC", codec: "mp4a.40.2", sampleRateHz: 44_100 };
  expect(tracksInWords([video, audio])).toBe("H.264 320 × 240, AAC 44.1 kHz");
  expect(tracksInWords(null)).toBe("unknown");
});
