import { expect, it } from "vitest";

import { EMPTY_DOCUMENT, documentFault, documentOf, indented, isAwsManaged, nameOfArn } from "./documents";

it("reads documents as IAM sends them", () => {
  expect(documentOf("%7B%22a%22%3A%20%22b%2Bc%22%7D")).toBe('{"a": "b+c"}');
  expect(documentOf("100%")).toBe("100%");
  expect(documentOf(undefined)).toBe("");
  expect(indented('{"a":1}')).toBe('{\n  "a": 1\n}');
  expect(indented("{")).toBe("{");
});

it("says what is no document", () => {
  expect(documentFault(" ")).toMatch(/Enter/);
  expect(documentFault("{")).toMatch(/not JSON/);
  expect(documentFault("[]")).toMatch(/object/);
  expect(documentFault(EMPTY_DOCUMENT)).toBeUndefined();
});

it("reads ARNs", () => {
  expect(nameOfArn("arn:aws:iam::aws:policy/job-function/Billing")).toBe("Billing");
  expect(nameOfArn("arn:aws:iam::123456789012:root")).toBe("root");
  expect(isAwsManaged("arn:aws:iam::aws:policy/AdministratorAccess")).toBe(true);
  expect(isAwsManaged("arn:aws:iam::123456789012:policy/AdministratorAccess")).toBe(false);
});
