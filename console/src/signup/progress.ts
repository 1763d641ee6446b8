/** How far a sign-up has come: kept in this tab, so that loading the page again goes on with it. */

import type { SignUpAnswer } from "../session/forms";

/** A code is waited for. */
export interface Waiting {
  at: "email" | "phone";
  signUpId: string;
  /** Where the codes go. */
  email: string;
  phone: string;
  /** Until when the code counts, ISO 8601. */
  codeExpires: string;
}

/** The account is made. */
export interface Done {
  at: "done";
  email: string;
  accountId: string;
  isPending: boolean;
}

/** No password and no code: those are in no storage. */
export type Progress = Waiting | Done;

/** How far it is after an answer of the server. */
export function progressed(answer: SignUpAnswer, email: string, phone: string): Progress {
  if (answer.next === "SignIn") {
    return { at: "done", email, accountId: answer.accountId, isPending: answer.state === "PENDING" };
  }
  return {
    at: answer.next === "VerifyEmail" ? "email" : "phone",
    signUpId: answer.signUpId,
    email,
    phone,
    codeExpires: answer.codeExpires,
  };
}

/** What was kept, if it is well-formed. */
export function keptProgress(storage: Pick<Storage, "getItem">): Progress | undefined {
  let kept: unknown;
  try {
    kept = JSON.parse(storage.getItem(KEY) ?? "null");
  } catch {
    return undefined;
  }
  if (typeof kept !== "object" || kept === null) return undefined;
  const fields = kept as Record<string, unknown>;
  const hasTexts = (...names: string[]) => names.every((name) => typeof fields[name] === "string");
  const isDone =
    fields["at"] === "done" && hasTexts("email", "accountId") && typeof fields["isPending"] === "boolean";
  const isWaiting =
    (fields["at"] === "email" || fields["at"] === "phone") &&
    hasTexts("signUpId", "email", "phone", "codeExpires");
  return isDone || isWaiting ? (kept as Progress) : undefined;
}

/** Keeps it, or with nothing forgets it. */
export function keepProgress(storage: Pick<Storage, "setItem" | "removeItem">, progress: Progress | undefined) {
  if (progress) storage.setItem(KEY, JSON.stringify(progress));
  else storage.removeItem(KEY);
}

/** A telephone number as it is written: the server takes spaces, dots, dashes and brackets. */
export function isPhone(text: string): boolean {
  const plain = text.replaceAll(/[\s\-.()]/g, "");
  return /^\+[1-9]\d{6,14}$/.test(plain) && text.length <= 40;
}

const KEY = "kinora-sign-up";
