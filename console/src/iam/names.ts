/** What IAM accepts as names, paths and tags, in words for a form. `undefined` is fine. */

/** What is wrong with a user's name. */
export function userNameFault(name: string): string | undefined {
  return nameFault(name, "user name", 64);
}

/** What is wrong with a group's name. */
export function groupNameFault(name: string): string | undefined {
  return nameFault(name, "user group name", 128);
}

/** What is wrong with a policy's name. */
export function policyNameFault(name: string): string | undefined {
  return nameFault(name, "policy name", 128);
}

/** What is wrong with a role's name. */
export function roleNameFault(name: string): string | undefined {
  return nameFault(name, "role name", 64);
}

/** What is wrong with a virtual MFA device's name. */
export function deviceNameFault(name: string): string | undefined {
  return nameFault(name, "device name", 128);
}

/** What is wrong with an account alias. */
export function aliasFault(alias: string): string | undefined {
  if (alias.length < 3 || alias.length > 63) return "The alias must have 3 to 63 characters.";
  if (/^\d{12}$/.test(alias)) return "The alias must not look like an account id.";
  if (!/^[a-z0-9](([a-z0-9]|-(?!-))*[a-z0-9])?$/.test(alias)) {
    return "The alias can have lower-case letters, digits and single hyphens, and neither begins nor ends with a hyphen.";
  }
  return undefined;
}

/** What is wrong with a tag's key. */
export function tagKeyFault(key: string): string | undefined {
  if (key.trim() === "") return "A tag needs a key.";
  if (key.length > 128) return "A key has 128 characters at most.";
  if (key.toLowerCase().startsWith("aws:")) return "Keys that begin with aws: are AWS's own.";
  return TAG.test(key) ? undefined : TAG_RULE;
}

/** What is wrong with a tag's value, which may be empty. */
export function tagValueFault(value: string): string | undefined {
  if (value.length > 256) return "A value has 256 characters at most.";
  return TAG.test(value) ? undefined : TAG_RULE;
}

/** What names may have, for a form's constraint text. */
export const NAME_RULE = "Letters, digits and + = , . @ _ - are accepted.";

function nameFault(name: string, what: string, max: number): string | undefined {
  if (name === "") return `Enter a ${what}.`;
  if (name.length > max) return `The ${what} can have ${max} characters at most.`;
  return /^[A-Za-z0-9_+=,.@-]+$/.test(name) ? undefined : NAME_RULE;
}

const TAG = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const TAG_RULE = "Letters, digits, spaces and _ . : / = + - @ are accepted.";
