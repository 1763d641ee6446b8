/** Password policies in AWS's words, and what their numbers may be. */

import type { PasswordPolicy } from "@aws-sdk/client-iam";

import { many } from "../words";

/** What passwords must be like; `null` is IAM's default. */
export function requirementsOf(policy: PasswordPolicy | null): string[] {
  if (policy === null) return DEFAULT;
  const { MinimumPasswordLength = LENGTH_MIN, MaxPasswordAge = 0, PasswordReusePrevention = 0 } = policy;
  return [
    `Password minimum length is ${many(MinimumPasswordLength, "character")}`,
    policy.RequireUppercaseCharacters && "Require at least one uppercase letter from the Latin alphabet (A-Z)",
    policy.RequireLowercaseCharacters && "Require at least one lowercase letter from the Latin alphabet (a-z)",
    policy.RequireNumbers && "Require at least one number",
    policy.RequireSymbols && "Require at least one non-alphanumeric character (! @ # $ % ^ & * ( ) _ + - = [ ] { } | ')",
    MaxPasswordAge > 0 ? `Password expires after ${many(MaxPasswordAge, "day")}` : "Never expire password",
    policy.HardExpiry && "Password expiration requires administrator reset",
    policy.AllowUsersToChangePassword && "Allow users to change their own password",
    PasswordReusePrevention > 0 && `Prevent reuse of the last ${many(PasswordReusePrevention, "password")}`,
  ].filter((text): text is string => typeof text === "string");
}

/** A number that a form has as text. */
export interface Bounds {
  min: number;
  max: number;
}

/** What is wrong with a number in a form, if anything. */
export function numberFault(text: string, { min, max }: Bounds): string | undefined {
  const isFine = /^\d{1,4}$/.test(text) && Number(text) >= min && Number(text) <= max;
  return isFine ? undefined : `Enter a number from ${min} to ${max.toLocaleString("en-US")}.`;
}

const LENGTH_MIN = 6;

/** "UpdateAccountPasswordPolicy" (IAM API Reference). */
export const LENGTH: Bounds = { min: LENGTH_MIN, max: 128 };
export const AGE_DAYS: Bounds = { min: 1, max: 1095 };
export const REUSE: Bounds = { min: 1, max: 24 };

/** "Default password policy" (IAM User Guide). */
const DEFAULT = [
  "Password minimum length is 8 characters",
  "Include a minimum of three of the following mix of character types: uppercase, lowercase, numbers, and non-alphanumeric characters (! @ # $ % ^ & * ( ) _ + - = [ ] { } | ')",
  "Must not be identical to your AWS account name or email address",
  "Never expire password",
];
