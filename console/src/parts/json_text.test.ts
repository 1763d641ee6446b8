import { expect, test } from "vitest";

import { JsonError, member, offsetOf, parseJson, placesOf } from "./json_text";

function fault(text: string): [string, number, number] {
  try {
    parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    const { line, column } = placesOf(text)(error.offset);
    return [error.message, line, column];
  }
  throw new Error("it was read");
}

test("values know where they stand", () => {
  const text = '{\n  "a": [1, "x\\n", true, null],\n  "b": {"c": -1.5e3}\n}';
  const root = parseJson(text);
  const list = member(root, "a");
  expect(list && text.slice(list.start, list.end)).toBe('[1, "x\\n", true, null]');
  const number = member(member(root, "b"), "c");
  expect(number).toMatchObject({ kind: "number", value: "-1.5e3" });
  expect(placesOf(text)(number?.start ?? 0)).toEqual({ line: 3, column: 14 });
  expect(offsetOf(text, { line: 3, column: 14 })).toBe(number?.start);
  expect(offsetOf(text, { line: 99, column: 1 })).toBe(text.length);
});

test("what is wrong is said where it is", () => {
  expect(fault("")).toEqual(["The document ends before it is complete.", 1, 1]);
  expect(fault('{"a": 1,}')).toEqual(["There is a comma too many before this brace.", 1, 9]);
  expect(fault('{"a": 1\n "b": 2}')).toEqual(["A comma is missing before this.", 2, 2]);
  expect(fault('{\n"a": [1, 2}')).toEqual(['A comma is missing before "}".', 2, 11]);
  expect(fault('{"a": {"b": 1}')).toEqual(['A brace "{" is opened here and never closed.', 1, 1]);
  expect(fault("{'a': 1}")[0]).toMatch(/double quotes/);
  expect(fault('{"a": Allow}')).toEqual(['"Allow" must stand in double quotes.', 1, 7]);
  expect(fault('{"a" 1}')).toEqual(['A colon should stand behind "a".', 1, 6]);
  expect(fault('{"a": "x\n}')).toEqual(["This text has no closing quotes.", 1, 7]);
  expect(fault('{"a": 1, "a": 2}')).toEqual(['"a" stands here a second time.', 1, 10]);
  expect(fault('{"a": "\\q"}')[0]).toMatch(/backslash/);
  expect(fault("{} x")).toEqual(["There is more behind the end of the document.", 1, 4]);
  expect(fault("[".repeat(100))[0]).toMatch(/too many levels/);
  expect(fault("// x\n{}")[0]).toMatch(/no comments/);
  expect(fault("[01]")[0]).toMatch(/double quotes/);
});
