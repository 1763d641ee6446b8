import { expect, test } from "vitest";

import { partsAt } from "./pages";

test("an address tells what its page is made of", () => {
  for (const [path, parts] of [
    ["/console", ["shell", "home"]],
    ["/console/", ["shell", "home"]],
    ["/console/iam/users/Alice%2FBob", ["shell", "iam"]],
    ["/console/kinesisvideo/streams", ["shell", "kvs"]],
    ["/console/usage", ["shell", "usage"]],
    ["/console/licences", ["shell"]],
    ["/console/play", ["play"]],
    ["/signin/123456789012", ["signIn"]],
    ["/signup", ["signUp"]],
    ["/", []],
    ["/consoles", []],
  ] as const) {
    expect(partsAt(path), path).toEqual(parts);
  }
});
