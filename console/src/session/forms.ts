/**
 * The server's own forms, `/signin…` and `/signup…`: JSON in, JSON out, refusals as
 * `{code, message}`. Everything else the console does goes through the public API.
 */

import type { AwsCredentialIdentity } from "@smithy/types";

import { learnClock, serverAheadMs } from "../api/clock";
import { Failure } from "../api/failure";

/** Who is signed in, as the server tells it. */
export interface Session {
  type: "Root" | "User";
  accountId: string;
  accountName: string | null;
  accountAlias: string | null;
  arn: string;
  /** Of a user. */
  userName?: string;
  /** Of a user. */
  userId?: string;
  /** Of root. */
  email?: string;
  mfaAuthenticated: boolean;
  /** When the session ends at the latest, ISO 8601. */
  expires: string;
  region: string;
  csrfToken: string;
}

/** What the next step of signing in is. */
export type SignInAnswer =
  | (Session & { status: "SignedIn" })
  | { status: "MfaRequired"; challenge: string }
  | { status: "PasswordChangeRequired"; challenge: string };

/** How one signs up here. */
export interface SignUpTerms {
  signUp: "open" | "invite" | "closed";
  verifiesEmail: boolean;
  verifiesPhone: boolean;
  /** Codes for addresses are handed to the operator, in the server's log. */
  logsEmail: boolean;
  logsPhone: boolean;
  activation: "automatic" | "operator";
}

/** What the next step of signing up is. */
export type SignUpAnswer =
  | { next: "VerifyEmail" | "VerifyPhone"; signUpId: string; codeExpires: string }
  | { next: "SignIn"; accountId: string; state: "ACTIVE" | "PENDING"; signInUrl: string };

/** Reads who is signed in; `null` for nobody. */
export async function readSession(): Promise<Session | null> {
  return read<Session | null>("/signin/session?optional");
}

/** Makes credentials of a session, for an hour. */
export async function makeCredentials(session: Session): Promise<AwsCredentialIdentity> {
  const made = await send<{
    accessKeyId: string;
    secretAccessKey: string;
    sessionToken: string;
    expiration: string;
  }>("/signin/credentials", { durationSeconds: "3600" }, session.csrfToken);
  // Who holds them compares it with this machine's clock.
  return { ...made, expiration: new Date(Date.parse(made.expiration) - serverAheadMs()) };
}

/** Sends a form; `csrf` is the session's token where somebody is signed in. */
export async function send<T>(path: string, fields: object, csrf?: string): Promise<T> {
  const headers: Record<string, string> = { ...JSON_ONLY, "content-type": "application/json" };
  if (csrf !== undefined) headers["x-csrf-token"] = csrf;
  const body = JSON.stringify(fields);
  return answerOf<T>(path, { method: "POST", headers, body });
}

/** Reads what a form's address tells. */
export async function read<T>(path: string): Promise<T> {
  return answerOf<T>(path, { headers: JSON_ONLY });
}

async function answerOf<T>(path: string, init: RequestInit): Promise<T> {
  const sentMs = Date.now();
  const response = await fetch(path, init);
  learnClock(response, sentMs);
  if (response.ok) return (await response.json()) as T;
  throw await Failure.ofResponse(response);
}

const JSON_ONLY = { accept: "application/json" };
