/** The password that must be set before anything else. */

import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { Entrance } from "../entrance/frame";
import { SendButton } from "../entrance/send_button";
import { Act } from "../parts/act";
import { Refusal, useAttempt } from "../parts/attempt";
import { NewPasswordFields, arePaired } from "../parts/new_password_fields";
import { send } from "../session/forms";
import type { SignInAnswer } from "../session/forms";

interface Props {
  challenge: string;
  onAnswer: (answer: SignInAnswer) => void;
  onCancel: () => void;
}

/** Asks for it, twice. The account's policy is not known yet; a refusal tells it. */
export function NewPassword({ challenge, onAnswer, onCancel }: Props) {
  const [password, setPassword] = useState("");
  const [repeated, setRepeated] = useState("");
  const attempt = useAttempt(async () => {
    onAnswer(await send<SignInAnswer>("/signin/password", { challenge, newPassword: password }));
  });
  return (
    <Entrance
      title="You must change your password to continue"
      description="Your administrator asks for it, or your password has expired."
    >
      <form onSubmit={attempt.onSubmit}>
        <SpaceBetween size="l">
          <Refusal attempt={attempt} />
          <NewPasswordFields
            password={password}
            repeated={repeated}
            onPassword={setPassword}
            onRepeated={setRepeated}
            isFirst
          />
          <SendButton attempt={attempt} isReady={arePaired(password, repeated)}>
            Confirm password change
          </SendButton>
          <Act onAct={onCancel}>Cancel</Act>
        </SpaceBetween>
      </form>
    </Entrance>
  );
}
