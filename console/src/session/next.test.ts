import { expect, test } from "vitest";

import { nextPath } from "./next";

const ORIGIN = "https://kinora.example:8443";

test("paths of the console are followed", () => {
  for (const path of [
    "/console/",
    "/console",
    "/console/iam/users/Alice%2FBob?tab=credentials#keys",
    "/console/play#https://kinora.example/x",
  ]) {
    expect(nextPath(path, ORIGIN)).toBe(path);
  }
});

test("nothing else is", () => {
  for (const path of [
    null,
    "",
    "console/iam",
    "https://evil.example/console/",
    "//evil.example/console/",
    "///evil.example/console/",
    "/\\evil.example/console/",
    "/\t/evil.example/console/",
    "/\n/evil.example/console/",
    "\\\\evil.example/console/",
    "javascript:alert(1)",
    "/console/../signin",
    "/console/%2e%2e/signin/reset",
    "/signin?next=/signin",
    "/consoles",
    "/_kinora/ca.pem",
    "//",
    "/console\\@evil.example",
  ]) {
    expect(nextPath(path, ORIGIN), String(path)).toBe("/console/");
  }
});
