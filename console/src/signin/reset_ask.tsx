/** A root user who has lost its password asks for a way to set another. */

import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "react-router";

import { Entrance } from "../entrance/frame";
import { SendButton } from "../entrance/send_button";
import { InTheLog } from "../entrance/in_the_log";
import { Refusal, useAttempt } from "../parts/attempt";
import { Link } from "../parts/link";
import { read, send } from "../session/forms";
import type { SignUpTerms } from "../session/forms";

/** Asks for the address. What comes of it is the same whether or not it has an account. */
export function ResetAsk() {
  const { state } = useLocation() as { state: { email?: unknown } | null };
  const [email, setEmail] = useState(typeof state?.email === "string" ? state.email : "");
  const [isAsked, setAsked] = useState(false);
  const terms = useQuery({
    queryKey: ["signup"],
    queryFn: () => read<SignUpTerms>("/signup"),
    staleTime: Infinity,
    retry: false,
  });
  const attempt = useAttempt(async () => {
    await send("/signin/reset", { email });
    setAsked(true);
  });
  return (
    <Entrance
      title="Password recovery"
      description="For root users. IAM users ask their administrator for another password."
      links={<Link href="/signin">Return to sign in</Link>}
    >
      {isAsked ? (
        <SpaceBetween size="l">
          <Alert type="success" header="Look into your mail">
            If an account has the address {email}, a link to set another password is on its way
            there. It counts for half an hour and once.
          </Alert>
          {terms.data?.logsEmail && <InTheLog what="The link" />}
          {terms.data?.verifiesEmail === false && (
            <Alert type="warning">
              This server sends no mail. Its operator can set another password
              with <code>kinora account reset-root</code>.
            </Alert>
          )}
          <Box>
            <Link href="/signin/reset/complete">I have a token</Link>
          </Box>
        </SpaceBetween>
      ) : (
        <form onSubmit={attempt.onSubmit}>
          <SpaceBetween size="l">
            <Refusal attempt={attempt} />
            <FormField label="Root user e-mail address">
              <Input
                name="email"
                type="text"
                inputMode="email"
                autoComplete="username"
                autoFocus
                ariaRequired
                spellcheck={false}
                value={email}
                onChange={({ detail }) => setEmail(detail.value)}
              />
            </FormField>
            <SendButton attempt={attempt} isReady={email.trim() !== ""}>Send recovery e-mail</SendButton>
          </SpaceBetween>
        </form>
      )}
    </Entrance>
  );
}
