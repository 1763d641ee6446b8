/** Signing in: who, the password, and what may be asked besides. */

import Alert from "@cloudscape-design/components/alert";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { ReactNode } from "react";
import { useLocation, useNavigate, useSearchParams } from "react-router";

import { Entrance } from "../entrance/frame";
import { Link } from "../parts/link";
import { read } from "../session/forms";
import type { Session, SignInAnswer } from "../session/forms";
import { lastSignIn, rememberSignIn } from "../session/last_sign_in";
import { nextPath } from "../session/next";
import { useKnownSession } from "../session/provider";
import { AlreadySignedIn } from "./already";
import { Choose } from "./choose";
import { MfaCode } from "./mfa_code";
import { NewPassword } from "./new_password";
import { RootPassword } from "./root_password";
import { UserPassword } from "./user_password";

/** Where in signing in one is. */
type Step =
  | { at: "choose" }
  | { at: "root"; email: string }
  | { at: "user"; account: string }
  | { at: "mfa"; challenge: string }
  | { at: "password"; challenge: string };

interface Props {
  /** The account that the address names, as id or alias; empty for none. */
  account: string;
  /** Who was signed in when the page was opened. */
  signedInBefore: Session | null;
}

/** All steps, one at a time. Only the last has an effect: the server gives the session then. */
export function SignIn({ account, signedInBefore }: Props) {
  const [query] = useSearchParams();
  const navigate = useNavigate();
  const location = useLocation();
  const { enter } = useKnownSession();
  const [before, setBefore] = useState(signedInBefore);
  const [typed, setTyped] = useState<{ type: "Root" | "User"; account?: string }>();
  const handed = handedOn(location.state);
  const [step, setStep] = useState<Step>(() => handed.step ?? (account ? { at: "user", account } : { at: "choose" }));
  // The account's own host names the account as well.
  const host = useQuery({
    queryKey: ["signin"],
    queryFn: () => read<{ account: string | null }>("/signin"),
    enabled: account === "",
    staleTime: Infinity,
    retry: false,
  });
  const ofHost = account || (host.data?.account ?? "");
  const next = nextPath(query.get("next"), window.location.origin);
  const advance = (answer: SignInAnswer) => {
    if (answer.status === "MfaRequired") setStep({ at: "mfa", challenge: answer.challenge });
    else if (answer.status === "PasswordChangeRequired") {
      setStep({ at: "password", challenge: answer.challenge });
    } else {
      if (typed) rememberSignIn(localStorage, typed.type, typed.account);
      enter(answer);
      void navigate(next, { replace: true });
    }
  };
  const again = () => setStep(ofHost ? { at: "user", account: ofHost } : { at: "choose" });
  if (before) {
    return <AlreadySignedIn session={before} next={next} onOther={() => setBefore(null)} />;
  }
  const notice = query.get("ended") === "1" && (
    <Alert type="info" header="Your session has ended">
      Sign in again to go on where you were. Sessions end after twelve hours, when you sign out
      anywhere, and when your password changes.
    </Alert>
  );
  if (step.at === "mfa") {
    return <MfaCode challenge={step.challenge} onAnswer={advance} onCancel={again} />;
  }
  if (step.at === "password") {
    return <NewPassword challenge={step.challenge} onAnswer={advance} onCancel={again} />;
  }
  if (step.at === "root") {
    return (
      <Page title="Root user sign in" notice={notice}>
        <RootPassword
          email={step.email}
          onAnswer={(answer) => {
            setTyped({ type: "Root" });
            if (answer.status === "SignedIn") rememberSignIn(localStorage, "Root");
            advance(answer);
          }}
          onBack={() => setStep({ at: "choose" })}
        />
      </Page>
    );
  }
  const isUser = step.at === "user" || (ofHost !== "" && query.get("type") !== "root");
  if (isUser) {
    return (
      <Page title="Sign in as IAM user" notice={notice}>
        <UserPassword
          account={step.at === "user" ? step.account : ofHost}
          onAnswer={(answer, account) => {
            setTyped({ type: "User", account });
            if (answer.status === "SignedIn") rememberSignIn(localStorage, "User", account);
            advance(answer);
          }}
          onRoot={() => void navigate(rootAddress(query))}
        />
      </Page>
    );
  }
  const last = lastSignIn(localStorage);
  const isRootAsked = query.get("type") === "root" || handed.email !== "";
  return (
    <Page title="Sign in" notice={notice}>
      <Choose
        type={isRootAsked ? "Root" : (last?.type ?? "Root")}
        email={handed.email}
        account={last?.account ?? ""}
        onRoot={(email) => setStep({ at: "root", email })}
        onUser={(account) => setStep({ at: "user", account })}
      />
    </Page>
  );
}

interface PageProps {
  title: string;
  notice: ReactNode;
  children: ReactNode;
}

function Page({ title, notice, children }: PageProps) {
  return (
    <Entrance
      title={title}
      links={
        <div>
          New to Kinora? <Link href="/signup">Create a new account</Link>
        </div>
      }
    >
      <SpaceBetween size="l">
        {notice}
        {children}
      </SpaceBetween>
    </Entrance>
  );
}

/** What another page of this console hands on without putting it into the address. */
function handedOn(state: unknown): { email: string; step?: Step } {
  const { email, challenge } = (state ?? {}) as Record<string, unknown>;
  return {
    email: typeof email === "string" ? email : "",
    ...(typeof challenge === "string" && { step: { at: "mfa", challenge } }),
  };
}

/** The same page for root, with where to go after it. */
function rootAddress(query: URLSearchParams): string {
  const kept = new URLSearchParams({ type: "root" });
  const next = query.get("next");
  if (next !== null) kept.set("next", next);
  return `/signin?${kept.toString()}`;
}
