/** What a password must be, so that a form can say it while it is typed. */

/** A rule, and whether a password keeps it. */
export interface Rule {
  text: string;
  isKept: boolean;
}

/** The rules of a root user's password, as the server checks them. */
export function rootPasswordRules(password: string, email: string, accountName: string): Rule[] {
  const length = [...password].length;
  const lower = password.toLowerCase();
  const isName = lower === email.trim().toLowerCase() || lower === accountName.trim().toLowerCase();
  const kept = CLASSES.filter((letters) => letters.test(password)).length;
  return [
    { text: "8 to 128 characters", isKept: length >= 8 && length <= 128 },
    {
      text: "Three of these: upper-case letters, lower-case letters, digits, other characters",
      isKept: kept >= 3,
    },
    {
      text: "Not the e-mail address or the account's name",
      isKept: password !== "" && !isName,
    },
  ];
}

/** What an account's password policy asks for, of what IAM tells of it. */
export interface PasswordPolicy {
  MinimumPasswordLength?: number | undefined;
  RequireUppercaseCharacters?: boolean | undefined;
  RequireLowercaseCharacters?: boolean | undefined;
  RequireNumbers?: boolean | undefined;
  RequireSymbols?: boolean | undefined;
}

/**
 * The rules of a user's password.
 *
 * @param policy The account's; `null` for an account without one.
 */
export function userPasswordRules(password: string, userName: string, policy: PasswordPolicy | null): Rule[] {
  const least = policy ? (policy.MinimumPasswordLength ?? 6) : 8;
  const rules: Rule[] = [
    {
      text: `${least} to 128 characters`,
      isKept: [...password].length >= least && [...password].length <= 128,
    },
  ];
  if (policy === null) {
    const kept = USER_CLASSES.filter((letters) => letters.test(password)).length;
    rules.push({
      text: `Three of these: upper-case letters, lower-case letters, digits, symbols (${SYMBOLS})`,
      isKept: kept >= 3,
    });
    rules.push({
      text: "Not the user's name",
      isKept: password !== "" && password.toLowerCase() !== userName.toLowerCase(),
    });
    return rules;
  }
  const wanted = [
    policy.RequireUppercaseCharacters,
    policy.RequireLowercaseCharacters,
    policy.RequireNumbers,
    policy.RequireSymbols,
  ];
  USER_CLASSES.forEach((letters, at) => {
    if (wanted[at]) rules.push({ text: CLASS_NAMES[at] ?? "", isKept: letters.test(password) });
  });
  return rules;
}

const CLASSES = [/\p{Uppercase}/u, /\p{Lowercase}/u, /[0-9]/, /[^\p{Alphabetic}\p{N}]/u];
/** What counts as a symbol to IAM. */
const SYMBOLS = "! @ # $ % ^ & * ( ) _ + - = [ ] { } | '";
const CLASS_NAMES = ["An upper-case letter", "A lower-case letter", "A digit", `A symbol (${SYMBOLS})`];
const USER_CLASSES = [/[A-Z]/, /[a-z]/, /[0-9]/, /[!@#$%^&*()_+\-=[\]{}|']/];
