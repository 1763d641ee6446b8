/** Passwords that the account's policy accepts: checked while typed, and made up. */

/** What a password must have; of the account's password policy, or the default. */
export interface PasswordRules {
  lengthMin: number;
  /** Classes that must be there. */
  required: readonly ClassName[];
  /** How many of the four classes must be there, whichever. */
  classesMin: number;
  /** Users may change their own passwords without a policy that says so. */
  usersMayChange: boolean;
}

type ClassName = "uppercase letter" | "lowercase letter" | "number" | "symbol";

/** The fields of IAM's PasswordPolicy that matter here. */
export interface PolicyFields {
  MinimumPasswordLength?: number | undefined;
  RequireUppercaseCharacters?: boolean | undefined;
  RequireLowercaseCharacters?: boolean | undefined;
  RequireNumbers?: boolean | undefined;
  RequireSymbols?: boolean | undefined;
  AllowUsersToChangePassword?: boolean | undefined;
}

/**
 * The rules of a policy.
 *
 * @param policy `undefined` where the account has none: AWS's default holds.
 */
export function rulesOf(policy: PolicyFields | undefined): PasswordRules {
  if (policy === undefined) return { lengthMin: 8, required: [], classesMin: 3, usersMayChange: false };
  const required: ClassName[] = [];
  if (policy.RequireUppercaseCharacters) required.push("uppercase letter");
  if (policy.RequireLowercaseCharacters) required.push("lowercase letter");
  if (policy.RequireNumbers) required.push("number");
  if (policy.RequireSymbols) required.push("symbol");
  return {
    lengthMin: policy.MinimumPasswordLength ?? 6,
    required,
    classesMin: 0,
    usersMayChange: policy.AllowUsersToChangePassword ?? false,
  };
}

/** The rules as sentences, for a form. */
export function rulesInWords(rules: PasswordRules): string[] {
  const words = [`At least ${rules.lengthMin} characters`];
  if (rules.classesMin > 0) {
    words.push(
      `At least ${rules.classesMin} of: uppercase letters, lowercase letters, numbers, symbols ${SYMBOLS}`,
      "Not the user name",
    );
  }
  for (const name of rules.required) {
    words.push(name === "symbol" ? `At least one symbol ${SYMBOLS}` : `At least one ${name}`);
  }
  return words;
}

/** What is wrong with a password; `undefined` is fine. */
export function passwordFault(rules: PasswordRules, password: string, userName: string): string | undefined {
  if ([...password].length < rules.lengthMin) return `Enter at least ${rules.lengthMin} characters.`;
  if (password.length > LENGTH_MAX) return `Enter ${LENGTH_MAX} characters at most.`;
  if (rules.classesMin > 0 && password.toLowerCase() === userName.toLowerCase()) {
    return "The password must not be the user name.";
  }
  const missing = CLASSES.filter(([, characters]) => ![...password].some((c) => characters.includes(c))).map(
    ([name]) => name,
  );
  const lacking = missing.filter((name) => rules.required.includes(name));
  if (lacking.length > 0) return `The password needs at least one ${lacking.join(", one ")}.`;
  if (CLASSES.length - missing.length < rules.classesMin) {
    return `The password needs ${rules.classesMin} of: uppercase letters, lowercase letters, numbers, symbols.`;
  }
  return undefined;
}

/**
 * A password that fits the rules whatever they are: of all four classes, and long.
 *
 * @param random Fills an array with random numbers: `crypto.getRandomValues`.
 */
export function generatePassword(
  rules: PasswordRules,
  random: (array: Uint32Array<ArrayBuffer>) => unknown = (array) => crypto.getRandomValues(array),
): string {
  const length = Math.max(rules.lengthMin, GENERATED_LENGTH);
  const characters = GENERATED.map((set) => pick(set, random));
  while (characters.length < length) characters.push(pick(GENERATED.join(""), random));
  for (let at = characters.length - 1; at > 0; at -= 1) {
    const other = below(at + 1, random);
    [characters[at], characters[other]] = [characters[other] ?? "", characters[at] ?? ""];
  }
  return characters.join("");
}

function pick(set: string, random: (array: Uint32Array<ArrayBuffer>) => unknown): string {
  return set.charAt(below(set.length, random));
}

/** A number from 0 up to `limit`, each as likely: numbers past the last whole multiple do not count. */
function below(limit: number, random: (array: Uint32Array<ArrayBuffer>) => unknown): number {
  const array = new Uint32Array(1);
  const end = 2 ** 32 - (2 ** 32 % limit);
  for (;;) {
    random(array);
    const drawn = array[0] ?? 0;
    if (drawn < end) return drawn % limit;
  }
}

const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER = "abcdefghijklmnopqrstuvwxyz";
const DIGITS = "0123456789";
/** What counts as a symbol to IAM. */
const SYMBOLS = "! @ # $ % ^ & * ( ) _ + - = [ ] { } | '";
const CLASSES: readonly [ClassName, string][] = [
  ["uppercase letter", UPPER],
  ["lowercase letter", LOWER],
  ["number", DIGITS],
  ["symbol", SYMBOLS.replaceAll(" ", "")],
];
/** Without what a spreadsheet takes for a formula or a quote. */
const GENERATED: readonly string[] = [UPPER, LOWER, DIGITS, "!#$%^&*()_[]{}|"];
const GENERATED_LENGTH = 20;
const LENGTH_MAX = 128;
