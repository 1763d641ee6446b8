/** Where the users of the account sign in. */

import type { Session } from "../session/forms";

/** The special address: by the alias if the account has one. */
export function signInUrl(session: Pick<Session, "accountAlias" | "accountId">): string {
  return `${window.location.origin}/signin/${session.accountAlias ?? session.accountId}`;
}
