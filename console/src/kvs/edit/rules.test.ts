import { expect, test } from "vitest";

import { deviceProblem, mediaTypeProblem, nameProblem } from "./rules";

test("a stream's name keeps to the model", () => {
  expect(nameProblem("Front_door-2.a")).toBeUndefined();
  expect(nameProblem("x".repeat(256))).toBeUndefined();
  for (const name of ["", "a b", "a/b", "ä", "x".repeat(257)]) expect(nameProblem(name)).toBeDefined();
});

test("a device name may be absent", () => {
  expect(deviceProblem("")).toBeUndefined();
  expect(deviceProblem("cam.1")).toBeUndefined();
  expect(deviceProblem("cam 1")).toBeDefined();
  expect(deviceProblem("x".repeat(129))).toBeDefined();
});

test("a media type is one or a list", () => {
  for (const type of ["", "video/h264", "video/h264,audio/aac", "video/vnd.x+y"]) {
    expect(mediaTypeProblem(type)).toBeUndefined();
  }
  for (const type of ["video", "video/h264, audio/aac", "video/h264,", "/"]) {
    expect(mediaTypeProblem(type)).toBeDefined();
  }
});
