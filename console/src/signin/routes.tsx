/** The pages of signing in. */

import Spinner from "@cloudscape-design/components/spinner";
import { useParams } from "react-router";

import { Entrance } from "../entrance/frame";
import { FailureAlert } from "../parts/failure_alert";
import { useKnownSession } from "../session/provider";
import { ResetAsk } from "./reset_ask";
import { ResetComplete } from "./reset_complete";
import { SignIn } from "./signin";

/** The page of an address below `/signin`. */
export function Component() {
  const { "*": rest = "" } = useParams();
  const { session, failure } = useKnownSession();
  if (rest === "reset") return <ResetAsk />;
  if (rest === "reset/complete") return <ResetComplete />;
  if (session === undefined) {
    return (
      <Entrance title="Sign in">
        {failure ? (
          <FailureAlert error={failure} onRetry={() => window.location.reload()} />
        ) : (
          <Spinner size="large" />
        )}
      </Entrance>
    );
  }
  // What somebody began to type at one account's address is not for another's.
  return <SignIn key={rest} account={rest} signedInBefore={session} />;
}
