import { expect, it } from "vitest";

import { again } from "./again";
import { Failure } from "./failure";

const after = (error: Error | null) => again(3000)({ state: { error } });

it("looks again while nothing is wrong, and when the server may be back", () => {
  expect(after(null)).toBe(3000);
  expect(after(new TypeError("Failed to fetch"))).toBe(3000);
  // As the SDK's clients throw it.
  expect(after(Object.assign(new TypeError("Failed to fetch"), { $metadata: { attempts: 3 } }))).toBe(3000);
  expect(after(Failure.unreachable())).toBe(3000);
  expect(after(new Failure({ code: "InternalFailure", message: "", status: 500 }))).toBe(3000);
});

it("takes a refusal for an answer", () => {
  expect(after(new Failure({ code: "AccessDeniedException", message: "", status: 403 }))).toBe(false);
  expect(after(new Failure({ code: "ResourceNotFoundException", message: "", status: 404 }))).toBe(false);
  expect(after(new Error("a mistake of the page"))).toBe(false);
});
