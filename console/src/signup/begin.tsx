/** The first step: who, and a password. */

import Alert from "@cloudscape-design/components/alert";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { Entrance } from "../entrance/frame";
import { SendButton } from "../entrance/send_button";
import { Refusal, useAttempt } from "../parts/attempt";
import { NewPasswordFields, arePaired } from "../parts/new_password_fields";
import { send } from "../session/forms";
import type { SignUpAnswer, SignUpTerms } from "../session/forms";
import { rootPasswordRules } from "../session/passwords";
import { isPhone, progressed } from "./progress";
import type { Progress } from "./progress";
import { ToSignIn } from "./to_sign_in";

interface Props {
  terms: SignUpTerms;
  /** Why the one before came to nothing. */
  lost: string | undefined;
  onAdvance: (progress: Progress) => void;
}

/** The form. What is wrong with a field is said when it was left. */
export function Begin({ terms, lost, onAdvance }: Props) {
  const [email, setEmail] = useState("");
  const [accountName, setAccountName] = useState("");
  const [password, setPassword] = useState("");
  const [repeated, setRepeated] = useState("");
  const [phone, setPhone] = useState("");
  const [invitation, setInvitation] = useState("");
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const leave = (name: string) => setLeft((left) => new Set(left).add(name));
  const attempt = useAttempt(async () => {
    const answer = await send<SignUpAnswer>("/signup", {
      email,
      accountName,
      password,
      ...(terms.verifiesPhone && { phone }),
      ...(terms.signUp === "invite" && { invitation }),
    });
    onAdvance(progressed(answer, email.trim(), phone.trim()));
  });
  const rules = rootPasswordRules(password, email, accountName);
  const faults = {
    email: /^\S+@\S+\.\S+$|^\S+@\S{2,}$/.test(email.trim())
      ? undefined
      : "Enter an e-mail address, such as username@example.com.",
    phone:
      !terms.verifiesPhone || isPhone(phone)
        ? undefined
        : "Enter the number with its country, such as +1 555 0100.",
  };
  const said = (name: keyof typeof faults, value: string) =>
    left.has(name) && value.trim() !== "" ? faults[name] : undefined;
  const isReady =
    !faults.email &&
    !faults.phone &&
    accountName.trim() !== "" &&
    rules.every((rule) => rule.isKept) &&
    arePaired(password, repeated) &&
    (terms.signUp !== "invite" || invitation.trim() !== "");
  return (
    <Entrance
      title="Sign up for Kinora"
      description="Make an account of your own. Its root user signs in with this e-mail address."
      links={<ToSignIn />}
    >
      <form onSubmit={attempt.onSubmit}>
        <SpaceBetween size="l">
          {lost !== undefined && !attempt.failure && (
            <Alert type="warning" header="Please begin again">
              {lost}
            </Alert>
          )}
          <Refusal attempt={attempt} />
          {terms.signUp === "invite" && (
            <FormField label="Invitation code" description="To sign up here takes an invitation of the operator.">
              <Input
                name="invitation"
                autoComplete="off"
                autoFocus
                ariaRequired
                spellcheck={false}
                value={invitation}
                onChange={({ detail }) => setInvitation(detail.value)}
              />
            </FormField>
          )}
          <FormField
            label="E-mail address"
            description="Of the root user: for signing in, and to set another password if yours is lost."
            errorText={said("email", email)}
          >
            <Input
              name="email"
              type="text"
              inputMode="email"
              autoComplete="username"
              autoFocus={terms.signUp !== "invite"}
              ariaRequired
              spellcheck={false}
              value={email}
              onBlur={() => leave("email")}
              onChange={({ detail }) => setEmail(detail.value)}
            />
          </FormField>
          <FormField label="Account name" description="What people see; it can be any text of 1 to 50 characters.">
            <Input
              name="account-name"
              autoComplete="organization"
              ariaRequired
              nativeInputAttributes={{ maxLength: 50 }}
              value={accountName}
              onChange={({ detail }) => setAccountName(detail.value)}
            />
          </FormField>
          <NewPasswordFields
            label="Password"
            password={password}
            repeated={repeated}
            onPassword={setPassword}
            onRepeated={setRepeated}
            rules={rules}
          />
          {terms.verifiesPhone && (
            <FormField
              label="Phone number"
              description="A code is sent there, by text message or call."
              constraintText="With the country, such as +1 555 0100."
              errorText={said("phone", phone)}
            >
              <Input
                name="phone"
                type="text"
                inputMode="tel"
                autoComplete="tel"
                ariaRequired
                value={phone}
                onBlur={() => leave("phone")}
                onChange={({ detail }) => setPhone(detail.value)}
              />
            </FormField>
          )}
          <SendButton attempt={attempt} isReady={isReady}>
            Create account
          </SendButton>
        </SpaceBetween>
      </form>
    </Entrance>
  );
}
