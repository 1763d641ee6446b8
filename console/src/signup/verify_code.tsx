/** The second and third steps: the codes that went to the address and to the telephone. */

import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { Failure } from "../api/failure";
import { Entrance } from "../entrance/frame";
import { SendButton } from "../entrance/send_button";
import { InTheLog } from "../entrance/in_the_log";
import { Act } from "../parts/act";
import { Refusal, useAttempt } from "../parts/attempt";
import { CodeField, isCode } from "../parts/code_field";
import { useNow } from "../parts/now";
import { send } from "../session/forms";
import type { SignUpAnswer, SignUpTerms } from "../session/forms";
import { progressed } from "./progress";
import type { Progress, Waiting } from "./progress";
import { ToSignIn } from "./to_sign_in";

interface Props {
  waiting: Waiting;
  terms: SignUpTerms;
  onAdvance: (progress: Progress | undefined) => void;
  /** The server knows nothing of this sign-up any more. */
  onLost: (why: string) => void;
}

/** Asks for the code that was sent last. */
export function VerifyCode({ waiting, terms, onAdvance, onLost }: Props) {
  const { at, signUpId, email, phone } = waiting;
  const isEmail = at === "email";
  const [code, setCode] = useState("");
  const [isSent, setSent] = useState(false);
  const leftMs = new Date(waiting.codeExpires).getTime() - useNow(1000);
  const step = (path: string, fields: object) => async () => {
    try {
      setSent(false);
      const answer = await send<SignUpAnswer>(path, { signUpId, ...fields });
      onAdvance(progressed(answer, email, phone));
    } catch (error) {
      const failure = Failure.of(error);
      if (failure.code === "NoSuchSignUp" || failure.code === "SignUpFailed") onLost(failure.message);
      else throw plain(failure);
    }
  };
  const attempt = useAttempt(step(isEmail ? "/signup/email" : "/signup/phone", { code }));
  const resend = useAttempt(async () => {
    attempt.clear();
    setCode("");
    await step("/signup/resend", {})();
    setSent(true);
  });
  return (
    <Entrance
      title={isEmail ? "Confirm your e-mail address" : "Confirm your phone number"}
      description={isEmail ? "Step 2 of 3" : "Step 3 of 3"}
      links={<ToSignIn />}
    >
      <SpaceBetween size="l">
        <form onSubmit={attempt.onSubmit}>
          <SpaceBetween size="l">
            <Box variant="p">
              {isEmail ? "An e-mail with a code of six digits is on its way to " : "A code of six digits is on its way to "}
              <b>{isEmail ? email : phone}</b>.
            </Box>
            {(isEmail ? terms.logsEmail : terms.logsPhone) && <InTheLog what="The code" />}
            <Refusal attempt={attempt} />
            <Refusal attempt={resend} />
            {isSent && (
              <Alert type="success">Another code was sent. Those before it count no more.</Alert>
            )}
            <CodeField
              label="Verification code"
              value={code}
              onChange={setCode}
              constraint={leftMs > 0 ? `The code counts for another ${clock(leftMs)}.` : undefined}
              error={leftMs > 0 ? undefined : "This code has expired. Send another one."}
            />
            <SendButton attempt={attempt} isReady={isCode(code) && leftMs > 0}>
              Verify
            </SendButton>
          </SpaceBetween>
        </form>
        <SpaceBetween size="s">
          <form onSubmit={resend.onSubmit}>
            <Button fullWidth loading={resend.isBusy} disabled={resend.waitS > 0}>
              Resend code
            </Button>
          </form>
          <Act onAct={() => onAdvance(undefined)}>Begin again with other details</Act>
        </SpaceBetween>
      </SpaceBetween>
    </Entrance>
  );
}

/** The server's words name its addresses; a page has a button there. */
function plain(failure: Failure): Failure {
  if (failure.code !== "TooManyTries") return failure;
  return new Failure({
    code: failure.code,
    status: failure.status,
    message: "This code was tried too often. Send another one.",
  });
}

function clock(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} min`;
}
