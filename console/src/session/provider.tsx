/** Who is signed in, and the credentials that come of it, for everything below. */

import type { AwsCredentialIdentity } from "@smithy/types";
import { useQueryClient } from "@tanstack/react-query";
import { createContext, useCallback, useContext, useEffect, useMemo, useState } from "react";
import type { ReactNode } from "react";

import { Failure } from "../api/failure";
import { takeCredentials, takeSession } from "./first_look";
import { readSession, send } from "./forms";
import type { Session } from "./forms";

/** What pages of somebody who is signed in have. */
export interface Signed {
  session: Session;
  /** Temporary credentials, fetched anew before they end. */
  credentials: () => Promise<AwsCredentialIdentity>;
  /** Ends all sessions of who is signed in. */
  signOut: () => Promise<void>;
  /** Looks again who is signed in: after a new alias, a new password. */
  refresh: () => Promise<void>;
}

interface Known {
  /** `undefined` while it is not known. */
  session: Session | null | undefined;
  failure: Failure | undefined;
  /** A sign-in was answered. */
  enter: (session: Session) => void;
  /** The session has ended without us. */
  ended: () => void;
  /** Whether it ended by itself rather than by signing out. */
  hasEnded: boolean;
  signed: Signed | undefined;
}

const Context = createContext<Known | undefined>(undefined);

/** Finds out who is signed in, once. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const [session, setSession] = useState<Session | null | undefined>(undefined);
  const [failure, setFailure] = useState<Failure>();
  const [hasEnded, setEnded] = useState(false);

  const refresh = useCallback(async () => {
    try {
      setSession(await takeSession());
    } catch (error) {
      setFailure(Failure.of(error));
    }
  }, []);
  useEffect(() => {
    // The first look; its outcome is state like any later one.
    // eslint-disable-next-line react-hooks/set-state-in-effect
    void refresh();
  }, [refresh]);

  const ended = useCallback(() => {
    // A late answer to a page that is gone must not end a session that began since.
    void readSession().then(
      (now) =>
        setSession((known) => {
          // Another tab may have signed in since, as the same one or as somebody else.
          if (now?.csrfToken === known?.csrfToken) return known;
          queries.clear();
          if (now === null) setEnded(true);
          return now;
        }),
      // Who cannot be asked has not said that the session has ended.
      () => undefined,
    );
  }, [queries]);
  useEffect(
    () =>
      queries.getQueryCache().subscribe((event) => {
        if (event.type !== "updated" || event.action.type !== "error") return;
        const { error } = event.action as { error: unknown };
        if (Failure.of(error).isSignedOut) ended();
      }),
    [queries, ended],
  );
  const enter = useCallback(
    (session: Session) => {
      queries.clear();
      setEnded(false);
      setSession(session);
    },
    [queries],
  );

  const signed = useMemo<Signed | undefined>(() => {
    if (!session) return undefined;
    return {
      session,
      credentials: credentialsOf(session, ended),
      refresh,
      signOut: async () => {
        await send("/signin/signout", {}, session.csrfToken);
        // Loaded anew, so that nothing of the session stays in memory.
        window.location.assign("/signin");
      },
    };
  }, [session, ended, refresh]);

  const known = useMemo(
    () => ({ session, failure, enter, ended, hasEnded, signed }),
    [session, failure, enter, ended, hasEnded, signed],
  );
  return <Context value={known}>{children}</Context>;
}

/** What is known of the session, signed in or not. */
export function useKnownSession(): Known {
  const known = useContext(Context);
  if (!known) throw new Error("useKnownSession is for what is inside SessionProvider");
  return known;
}

/** The session of a page that only those see who are signed in. */
export function useSigned(): Signed {
  const { signed } = useKnownSession();
  if (!signed) throw new Error("useSigned is for pages of somebody who is signed in");
  return signed;
}

/** One set of credentials at a time, shared by all clients until shortly before it ends. */
function credentialsOf(session: Session, ended: () => void) {
  let held: Promise<AwsCredentialIdentity> | undefined;
  let fetchAgainAtMs = 0;
  return async (): Promise<AwsCredentialIdentity> => {
    if (held === undefined || Date.now() >= fetchAgainAtMs) {
      fetchAgainAtMs = Date.now() + CREDENTIALS_HELD_MS;
      held = takeCredentials(session).catch((error: unknown) => {
        held = undefined;
        if (Failure.of(error).isSignedOut) ended();
        throw error;
      });
    }
    return held;
  };
}

/** Credentials last an hour; what was begun with them has time to end. */
const CREDENTIALS_HELD_MS = 45 * 60 * 1000;
