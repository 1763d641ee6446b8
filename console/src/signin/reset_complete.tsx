/** Where the link of the recovery mail leads: another password for the root user. */

import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useState } from "react";
import { useNavigate } from "react-router";

import { Entrance } from "../entrance/frame";
import { SendButton } from "../entrance/send_button";
import { Refusal, useAttempt } from "../parts/attempt";
import { CodeField, isCode } from "../parts/code_field";
import { Link } from "../parts/link";
import { NewPasswordFields, arePaired } from "../parts/new_password_fields";
import { send } from "../session/forms";
import { rootPasswordRules } from "../session/passwords";

/** Asks for the password, for the token where the link did not bring it, and for an MFA code. */
export function ResetComplete() {
  const navigate = useNavigate();
  const [fromLink] = useState(() => window.location.hash.slice(1));
  const [token, setToken] = useState(fromLink);
  const [password, setPassword] = useState("");
  const [repeated, setRepeated] = useState("");
  const [code, setCode] = useState("");
  const [asksCode, setAsksCode] = useState(false);
  const [isDone, setDone] = useState(false);
  useEffect(() => {
    // Once read, the token need not stand in the address bar and the history.
    if (fromLink) void navigate("/signin/reset/complete", { replace: true });
  }, [fromLink, navigate]);
  const attempt = useAttempt(async () => {
    const fields = { token: token.trim(), newPassword: password, ...(asksCode && { code }) };
    const { status } = await send<{ status: string }>("/signin/reset/complete", fields);
    if (status === "MfaRequired") setAsksCode(true);
    else setDone(true);
  });
  if (isDone) {
    return (
      <Entrance title="Password recovery">
        <SpaceBetween size="l">
          <Alert type="success" header="Your password has been changed">
            All sessions of the root user have ended.
          </Alert>
          <Button variant="primary" fullWidth onClick={() => void navigate("/signin?type=root")}>
            Sign in
          </Button>
        </SpaceBetween>
      </Entrance>
    );
  }
  const isReady =
    token.trim() !== "" && arePaired(password, repeated) && (!asksCode || isCode(code));
  return (
    <Entrance
      title="Password recovery"
      description="Set another password for the root user of your account."
      links={<Link href="/signin/reset">Ask for another link</Link>}
    >
      <form onSubmit={attempt.onSubmit}>
        <SpaceBetween size="l">
          <Refusal attempt={attempt} />
          {!fromLink && (
            <FormField label="Token" description="As it stands in the message.">
              <Input
                name="token"
                autoComplete="off"
                autoFocus
                ariaRequired
                spellcheck={false}
                value={token}
                onChange={({ detail }) => setToken(detail.value)}
              />
            </FormField>
          )}
          <NewPasswordFields
            password={password}
            repeated={repeated}
            onPassword={setPassword}
            onRepeated={setRepeated}
            // Whose password it is is not known here; the server knows what it must not be.
            rules={rootPasswordRules(password, "", "").slice(0, 2)}
            isFirst={fromLink !== ""}
          />
          {asksCode && (
            <CodeField
              label="MFA code"
              value={code}
              onChange={setCode}
              description="Your account is secured by an MFA device, which is asked for here as well."
            />
          )}
          <SendButton attempt={attempt} isReady={isReady}>Reset password</SendButton>
        </SpaceBetween>
      </form>
    </Entrance>
  );
}
