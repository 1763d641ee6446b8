/** Who is signed in, and credentials for it, asked for before there is anything to show. */

import type { AwsCredentialIdentity } from "@smithy/types";

import { makeCredentials, readSession } from "./forms";
import type { Session } from "./forms";

let session: Promise<Session | null> | undefined;
let credentials: { of: string; made: Promise<AwsCredentialIdentity> } | undefined;

/** Asks. Credentials are for pages that call the API. */
export function lookFirst(withCredentials: boolean) {
  session = readSession();
  session.then(
    (session) => {
      if (!session || !withCredentials) return;
      credentials = { of: session.csrfToken, made: makeCredentials(session) };
      credentials.made.catch(() => undefined);
    },
    // Whoever takes it is told.
    () => undefined,
  );
}

/** What the first look saw, once; another look after that. */
export function takeSession(): Promise<Session | null> {
  const first = session ?? readSession();
  session = undefined;
  return first;
}

/** Credentials of a session: those of the first look, once; others after that. */
export function takeCredentials(session: Session): Promise<AwsCredentialIdentity> {
  const first = credentials;
  credentials = undefined;
  return first?.of === session.csrfToken ? first.made : makeCredentials(session);
}
