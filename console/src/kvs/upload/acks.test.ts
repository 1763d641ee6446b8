import { expect, test } from "vitest";

import { AckReader, NO_ACKS, errorInWords, tallied } from "./acks";

test("an acknowledgement counts once, when all of it is there", () => {
  const reader = new AckReader();
  const text =
    '{"EventType":"BUFFERING","FragmentTimecode":0,"FragmentNumber":"91"}\n' +
    '{"EventType":"IDLE"}\n{"EventType":"PERSISTED","FragmentTimecode":0,"FragmentNumber":"91"}\n';
  expect(reader.take(text.slice(0, 30))).toEqual([]);
  const first = reader.take(text.slice(0, 75));
  expect(first.map(({ EventType }) => EventType)).toEqual(["BUFFERING"]);
  const rest = reader.take(text);
  expect(rest.map(({ EventType }) => EventType)).toEqual(["IDLE", "PERSISTED"]);
  expect(reader.take(text)).toEqual([]);
  const tally = [...first, ...rest].reduce(tallied, NO_ACKS);
  expect(tally).toEqual({ BUFFERING: 1, RECEIVED: 0, PERSISTED: 1, ERROR: 0 });
});

test("an error says what it means, and one that is new says its code", () => {
  expect(errorInWords({ EventType: "ERROR", ErrorId: 4004, ErrorCode: "FRAGMENT_TIMECODE" })).toContain(
    "before the one ahead",
  );
  expect(errorInWords({ EventType: "ERROR", ErrorId: 4999, ErrorCode: "NEW" })).toContain("NEW, 4999");
});
