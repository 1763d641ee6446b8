/** A user's account, name and password: the form of the special sign-in address. */

import Box from "@cloudscape-design/components/box";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { SendButton } from "../entrance/send_button";
import { Act } from "../parts/act";
import { Refusal, useAttempt } from "../parts/attempt";
import { PasswordField } from "../parts/password_field";
import { send } from "../session/forms";
import type { SignInAnswer } from "../session/forms";

interface Props {
  /** What stands in the field at first. */
  account: string;
  onAnswer: (answer: SignInAnswer, account: string) => void;
  onRoot: () => void;
}

/** Asks for them. An account that does not exist looks like any other. */
export function UserPassword({ account: first, onAnswer, onRoot }: Props) {
  const [account, setAccount] = useState(first);
  const [userName, setUserName] = useState("");
  const [password, setPassword] = useState("");
  const attempt = useAttempt(async () => {
    const fields = { account: account.trim(), userName, password };
    onAnswer(await send<SignInAnswer>("/signin/user", fields), account.trim());
  });
  return (
    <form onSubmit={attempt.onSubmit}>
      <SpaceBetween size="l">
        <Refusal attempt={attempt} />
        <FormField label="Account ID (12 digits) or account alias">
          <Input
            name="account"
            autoComplete="organization"
            autoFocus={first === ""}
            ariaRequired
            spellcheck={false}
            value={account}
            onChange={({ detail }) => setAccount(detail.value)}
          />
        </FormField>
        <FormField label="IAM user name">
          <Input
            name="username"
            autoComplete="username"
            autoFocus={first !== ""}
            ariaRequired
            spellcheck={false}
            value={userName}
            onChange={({ detail }) => setUserName(detail.value)}
          />
        </FormField>
        <PasswordField value={password} onChange={setPassword} />
        <SendButton attempt={attempt}>Sign in</SendButton>
        <SpaceBetween size="xs">
          <Act onAct={onRoot}>Sign in using root user e-mail</Act>
          <ExpandableSection headerText="Forgot password?">
            <Box variant="p">
              Account owners, return to the main sign-in page and sign in using your e-mail address.
              IAM users, only your administrator can reset your password.
            </Box>
          </ExpandableSection>
        </SpaceBetween>
      </SpaceBetween>
    </form>
  );
}
