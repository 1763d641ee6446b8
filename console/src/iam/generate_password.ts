/** Passwords that are made up. */

/**
 * A password that any password policy accepts: of all four classes, and long.
 *
 * @param lengthMin What the policy asks for; it is longer than most do.
 * @param random Fills an array with random numbers: `crypto.getRandomValues`.
 */
export function generatePassword(
  lengthMin: number,
  random: (array: Uint32Array<ArrayBuffer>) => unknown = (array) => crypto.getRandomValues(array),
): string {
  const length = Math.max(lengthMin, GENERATED_LENGTH);
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

/** Without what a spreadsheet takes for a formula or a quote. */
const GENERATED: readonly string[] = [
  "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  "abcdefghijklmnopqrstuvwxyz",
  "0123456789",
  "!#$%^&*()_[]{}|",
];
const GENERATED_LENGTH = 20;
