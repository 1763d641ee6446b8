/** One's own password, and another one in its place. */

import { ChangePasswordCommand, GetAccountPasswordPolicyCommand } from "@aws-sdk/client-iam";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useNavigate } from "react-router";

import { Failure } from "../api/failure";
import { FailureAlert } from "../parts/failure_alert";
import { NewPasswordFields, arePaired } from "../parts/new_password_fields";
import { send } from "../session/forms";
import type { Session, SignInAnswer } from "../session/forms";
import { rootPasswordRules, userPasswordRules } from "../session/passwords";
import type { Rule } from "../session/passwords";
import { useKnownSession } from "../session/provider";
import { useSay } from "../shell/notes";
import { useIam } from "./client";

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
  const id = useId();
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const [repeated, setRepeated] = useState("");
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const rules = useRules(session, password);
  const isReady =
    current !== "" && arePaired(password, repeated) && (rules ?? []).every((rule) => rule.isKept);
  const submit = async () => {
    if (!isReady || isBusy) return;
    setBusy(true);
    setError(undefined);
    try {
      await change(current, password);
      say("success", "Your password has been changed.");
      onClose();
    } catch (error) {
      setError(error);
      setBusy(false);
    }
  };
  return (
    <Modal
      visible
      header="Change password"
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" form={id} disabled={!isReady} loading={isBusy}>
              Change password
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form
        id={id}
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <SpaceBetween size="l">
          {error !== undefined && <FailureAlert error={error} header="The password was not changed" />}
          <FormField label="Current password">
            <Input
              name="password"
              type="password"
              autoComplete="current-password"
              autoFocus
              ariaRequired
              value={current}
              onChange={({ detail }) => setCurrent(detail.value)}
            />
          </FormField>
          <NewPasswordFields
            password={password}
            repeated={repeated}
            onPassword={setPassword}
            onRepeated={setRepeated}
            {...(rules && { rules })}
          />
          {/* Implicit submission by Enter takes a button within the form. */}
          <button type="submit" hidden />
        </SpaceBetween>
      </form>
    </Modal>
  );
}

/** What the password must be; `undefined` where the account's policy cannot be read. */
function useRules(session: Session, password: string): Rule[] | undefined {
  const iam = useIam();
  const isUser = session.type === "User";
  const policy = useQuery({
    queryKey: ["iam", "own-password-policy"],
    enabled: isUser,
    queryFn: async ({ signal }) => {
      try {
        const answer = await iam.send(new GetAccountPasswordPolicyCommand({}), { abortSignal: signal });
        return answer.PasswordPolicy ?? null;
      } catch (error) {
        if (Failure.of(error).isMissing) return null;
        throw error;
      }
    },
  });
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
