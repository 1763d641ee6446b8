/** Who last signed in with this browser: so that the account need not be typed again. */

/** What is remembered: never a name, an address or a secret. */
export interface LastSignIn {
  type: "Root" | "User";
  /** Id or alias, as it was typed; of users. */
  account: string;
}

/** What was remembered, if it is well-formed. */
export function lastSignIn(storage: Pick<Storage, "getItem">): LastSignIn | undefined {
  let kept: unknown;
  try {
    kept = JSON.parse(storage.getItem(KEY) ?? "null");
  } catch {
    return undefined;
  }
  if (typeof kept !== "object" || kept === null) return undefined;
  const { type, account } = kept as Record<string, unknown>;
  if (type !== "Root" && type !== "User") return undefined;
  return { type, account: typeof account === "string" ? account.slice(0, 63) : "" };
}

/** Remembers it. What was typed as an account stays when root signs in. */
export function rememberSignIn(storage: Storage, type: "Root" | "User", account?: string) {
  const before = lastSignIn(storage)?.account ?? "";
  storage.setItem(KEY, JSON.stringify({ type, account: account ?? before }));
}

const KEY = "kinora-last-sign-in";
