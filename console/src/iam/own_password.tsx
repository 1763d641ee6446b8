/** One's own password, and another one in its place. */

import { ChangePasswordCommand } from "@aws-sdk/client-iam";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { useState } from "react";
import { useNavigate } from "react-router";

import { Dialog } from "../parts/dialog";
import { NewPasswordFields, arePaired } from "../parts/new_password_fields";
import { PasswordField } from "../parts/password_field";
import { send } from "../session/forms";
import type { Session, SignInAnswer } from "../session/forms";
import { rootPasswordRules, userPasswordRules } from "../session/passwords";
import type { Rule } from "../session/passwords";
import { useKnownSession } from "../session/provider";
import { useSay } from "../shell/notes";
import { useIam } from "./client";
import { usePasswordPolicy } from "./password_policy";

/** The panel. */
export function OwnPassword({ session }: { session: Session }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="You sign in to the console with it."
          actions={<Button onClick={() => setOpen(true)}>Change password</Button>}
        >
          Console password
        </Header>
      }
    >
      <Box color="text-body-secondary">
        When it changes, all your other sessions end, and so do the temporary credentials that came
        of them. Access keys stay as they are.
      </Box>
      {isOpen && <ChangePassword session={session} onClose={() => setOpen(false)} />}
    </Container>
  );
}

function ChangePassword({ session, onClose }: { session: Session; onClose: () => void }) {
  const say = useSay();
  const change = useChange(session);
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const [repeated, setRepeated] = useState("");
  const rules = useRules(session, password);
  const isReady =
    current !== "" && arePaired(password, repeated) && (rules ?? []).every((rule) => rule.isKept);
  const submit = async () => {
    await change(current, password);
    say("success", "Your password has been changed.");
  };
  return (
    <Dialog
      title="Change password"
      action="Change password"
      isReady={isReady}
      onAct={submit}
      onClose={onClose}
      failedHeader="The password was not changed"
    >
      <PasswordField label="Current password" isFirst value={current} onChange={setCurrent} />
      <NewPasswordFields
        password={password}
        repeated={repeated}
        onPassword={setPassword}
        onRepeated={setRepeated}
        {...(rules && { rules })}
      />
    </Dialog>
  );
}

/** What the password must be; `undefined` where the account's policy cannot be read. */
function useRules(session: Session, password: string): Rule[] | undefined {
  const isUser = session.type === "User";
  const policy = usePasswordPolicy({ enabled: isUser });
  if (!isUser) return rootPasswordRules(password, session.email ?? "", session.accountName ?? "");
  if (policy.data === undefined) return undefined;
  return userPasswordRules(password, session.userName ?? "", policy.data);
}

/** Changes the password and stays signed in, which takes signing in again for a user. */
function useChange(session: Session) {
  const iam = useIam();
  const navigate = useNavigate();
  const { enter } = useKnownSession();
  return async (current: string, password: string) => {
    if (session.type === "Root") {
      const fields = { currentPassword: current, newPassword: password };
      enter(await send<Session>("/signin/password", fields, session.csrfToken));
      return;
    }
    await iam.send(new ChangePasswordCommand({ OldPassword: current, NewPassword: password }));
    const { accountId: account, userName = "" } = session;
    const answer = await send<SignInAnswer>("/signin/user", { account, userName, password });
    if (answer.status === "SignedIn") enter(answer);
    else {
      // The MFA device is asked for as with every new session.
      const next = new URLSearchParams({ next: window.location.pathname });
      await navigate(`/signin?${next.toString()}`, { state: { challenge: answer.challenge } });
    }
  };
}
