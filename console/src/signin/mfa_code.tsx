/** The second page for who has an MFA device. */

import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { Entrance } from "../entrance/frame";
import { SendButton } from "../entrance/send_button";
import { Act } from "../parts/act";
import { Refusal, useAttempt } from "../parts/attempt";
import { CodeField, isCode } from "../parts/code_field";
import { send } from "../session/forms";
import type { SignInAnswer } from "../session/forms";

interface Props {
  /** What the right password was answered with. */
  challenge: string;
  onAnswer: (answer: SignInAnswer) => void;
  onCancel: () => void;
}

/** Asks for the code of any of the devices; for two of one whose clock is off. */
export function MfaCode({ challenge, onAnswer, onCancel }: Props) {
  const [code, setCode] = useState("");
  const [code2, setCode2] = useState("");
  const [isOff, setOff] = useState(false);
  const attempt = useAttempt(async () => {
    try {
      const fields = isOff ? { challenge, code, code2 } : { challenge, code };
      onAnswer(await send<SignInAnswer>("/signin/mfa", fields));
    } catch (error) {
      setCode("");
      setCode2("");
      throw error;
    }
  });
  const isReady = isCode(code) && (!isOff || isCode(code2));
  return (
    <Entrance
      title="Multi-factor authentication"
      description="Your account is secured using multi-factor authentication (MFA). To finish signing in, turn on or view your MFA device and type the authentication code below."
    >
      <form onSubmit={attempt.onSubmit}>
        <SpaceBetween size="l">
          <Refusal attempt={attempt} />
          <CodeField
            label={isOff ? "MFA code 1" : "MFA code"}
            value={code}
            onChange={setCode}
            constraint="Six digits; they change every 30 seconds."
          />
          {isOff && (
            <CodeField
              label="MFA code 2"
              value={code2}
              onChange={setCode2}
              constraint="The code that the device shows after the first."
              isLater
            />
          )}
          <SendButton attempt={attempt} isReady={isReady}>Submit</SendButton>
          <SpaceBetween size="xs">
            {!isOff && (
              <Act onAct={() => setOff(true)}>The code is refused again and again</Act>
            )}
            <Act onAct={onCancel}>Cancel</Act>
          </SpaceBetween>
        </SpaceBetween>
      </form>
    </Entrance>
  );
}
