import { expect, test } from "vitest";

import { signInAddress } from "./sign_in_address";

const id = { accountId: "123456789012", accountAlias: null };
const alias = { accountId: "123456789012", accountAlias: "example" };

test("the address names the alias, or else the id", () => {
  const page = { protocol: "https:", host: "kinora.example:8443" };
  expect(signInAddress(page, id)).toBe("https://kinora.example:8443/signin/123456789012");
  expect(signInAddress(page, alias)).toBe("https://kinora.example:8443/signin/example");
});

test("where accounts have hosts, it is the account's host", () => {
  const page = { protocol: "http:", host: "123456789012.signin.kinora.example:8080" };
  expect(signInAddress(page, alias)).toBe("http://example.signin.kinora.example:8080/console");
});
