import { expect, it } from "vitest";

import { planDeletion } from "./user_deletion";

const nothing = { keys: [], devices: [], hasPassword: false, groups: [], attached: [], inline: [] };

it("deletes a bare user with one call", () => {
  expect(planDeletion("ann", nothing).map(({ act, id }) => [act, id])).toEqual([["user", "ann"]]);
});

it("takes credentials away first and the user last", () => {
  const plan = planDeletion("ann", {
    keys: ["AKIDEXAMPLE1", "AKIDEXAMPLE2"],
    devices: ["arn:aws:iam::123456789012:mfa/ann-phone", "GAHT12345678"],
    hasPassword: true,
    groups: ["Administrators"],
    attached: ["arn:aws:iam::aws:policy/IAMUserChangePassword"],
    inline: ["own"],
  });
  expect(plan.map(({ act }) => act)).toEqual([
    "key",
    "key",
    "deactivate",
    "device",
    "deactivate",
    "password",
    "group",
    "detach",
    "inline",
    "user",
  ]);
  expect(plan.map(({ text }) => text)).toContain("Detach the policy IAMUserChangePassword");
  expect(plan.map(({ text }) => text)).toContain("Take away the MFA device ann-phone");
});
