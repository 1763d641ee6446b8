/** The root user's password. */

import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate } from "react-router";

import { SendButton } from "../entrance/send_button";
import { Act } from "../parts/act";
import { Refusal, useAttempt } from "../parts/attempt";
import { PasswordField } from "../parts/password_field";
import { send } from "../session/forms";
import type { SignInAnswer } from "../session/forms";

interface Props {
  email: string;
  onAnswer: (answer: SignInAnswer) => void;
  /** Another address, or no root user. */
  onBack: () => void;
}

/** Asks for it. The address stays in the form, so that password managers see both. */
export function RootPassword({ email, onAnswer, onBack }: Props) {
  const navigate = useNavigate();
  const [password, setPassword] = useState("");
  const attempt = useAttempt(async () => {
    onAnswer(await send<SignInAnswer>("/signin/root", { email, password }));
  });
  return (
    <form onSubmit={attempt.onSubmit}>
      <SpaceBetween size="l">
        <Refusal attempt={attempt} />
        <FormField label="E-mail address">
          <Input name="email" autoComplete="username" readOnly value={email} />
        </FormField>
        <PasswordField isFirst value={password} onChange={setPassword} />
        <SendButton attempt={attempt}>Sign in</SendButton>
        <SpaceBetween size="xs">
          <Act onAct={() => void navigate("/signin/reset", { state: { email } })}>Forgot password?</Act>
          <Act onAct={onBack}>Sign in to a different account</Act>
        </SpaceBetween>
      </SpaceBetween>
    </form>
  );
}
