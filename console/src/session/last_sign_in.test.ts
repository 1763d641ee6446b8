import { expect, test } from "vitest";

import { lastSignIn, rememberSignIn } from "./last_sign_in";

function storage(): Storage {
  const kept = new Map<string, string>();
  return {
    length: 0,
    clear: () => kept.clear(),
    key: () => null,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}

test("the account of users is kept when root signs in", () => {
  const kept = storage();
  expect(lastSignIn(kept)).toBeUndefined();
  rememberSignIn(kept, "User", "example");
  expect(lastSignIn(kept)).toEqual({ type: "User", account: "example" });
  rememberSignIn(kept, "Root");
  expect(lastSignIn(kept)).toEqual({ type: "Root", account: "example" });
});

test("what is not ours is forgotten", () => {
  for (const text of ["", "{", "7", "null", '{"type":"Nobody"}', "[]"]) {
    expect(lastSignIn({ getItem: () => text }), text).toBeUndefined();
  }
  const long = JSON.stringify({ type: "User", account: "x".repeat(500) });
  expect(lastSignIn({ getItem: () => long })?.account).toHaveLength(63);
});
