import { expect, test } from "vitest";

import { AGE_DAYS, LENGTH, numberFault, requirementsOf } from "./password_rules";

test("policies in words", () => {
  expect(requirementsOf(null)[0]).toBe("Password minimum length is 8 characters");
  expect(requirementsOf({ MinimumPasswordLength: 10, RequireNumbers: true, MaxPasswordAge: 1 })).toEqual([
    "Password minimum length is 10 characters",
    "Require at least one number",
    "Password expires after 1 day",
  ]);
  expect(requirementsOf({ PasswordReusePrevention: 3, AllowUsersToChangePassword: true })).toEqual([
    "Password minimum length is 6 characters",
    "Never expire password",
    "Allow users to change their own password",
    "Prevent reuse of the last 3 passwords",
  ]);
});

test("numbers of the form", () => {
  expect(numberFault("6", LENGTH)).toBeUndefined();
  expect(numberFault("5", LENGTH)).toBe("Enter a number from 6 to 128.");
  expect(numberFault("", LENGTH)).toBeDefined();
  expect(numberFault("1.5", LENGTH)).toBeDefined();
  expect(numberFault("1096", AGE_DAYS)).toBe("Enter a number from 1 to 1,095.");
});
