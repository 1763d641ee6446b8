/** A user's access to the console: its sign-in address, its password. */

import {
  AttachUserPolicyCommand,
  CreateLoginProfileCommand,
  DeleteLoginProfileCommand,
  UpdateLoginProfileCommand,
} from "@aws-sdk/client-iam";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Modal from "@cloudscape-design/components/modal";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Copyable } from "../parts/code";
import { Dialog } from "../parts/dialog";
import { FailureAlert } from "../parts/failure_alert";
import { Moment } from "../parts/moment";
import { StatusIndicator } from "../parts/status_indicator";
import { useSigned } from "../session/provider";
import { useSay } from "../shell/notes";
import { useIam } from "./client";
import { FIRST_CHOICE, PasswordChoice, isFine, passwordOf } from "./password_choice";
import type { Choice } from "./password_choice";
import { usePasswordPolicy } from "./password_policy";
import { PasswordTold } from "./password_told";
import { signInUrl } from "./signin_url";
import { useLoginOf } from "./user_facts";

interface Props {
  userName: string;
  /** `null` for never; `undefined` while it is not known. */
  lastSignIn: Date | null | undefined;
}

/** The panel, with **Manage console access**. */
export function ConsoleAccess({ userName, lastSignIn }: Props) {
  const { session } = useSigned();
  const login = useLoginOf(userName);
  const [isOpen, setOpen] = useState(false);
  const has = login.data;
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={<Button onClick={() => setOpen(true)}>{has === null ? "Enable console access" : "Manage console access"}</Button>}
        >
          Console sign-in
        </Header>
      }
    >
      <SpaceBetween size="m">
        {login.error && has === undefined && (
          <FailureAlert error={login.error} header="Whether the user has a password cannot be read" />
        )}
        <KeyValuePairs
          columns={3}
          minColumnWidth={180}
          items={[
            {
              label: "Console sign-in link",
              value: <Copyable text={signInUrl(session)} label="console sign-in link" />,
            },
            {
              label: "Console password",
              value:
                has === undefined ? (
                  "–"
                ) : has === null ? (
                  <StatusIndicator type="stopped">Not enabled</StatusIndicator>
                ) : (
                  <>
                    <StatusIndicator type="success">Enabled</StatusIndicator>
                    <Box variant="small" display="block">
                      Since <Moment at={has.CreateDate} />
                      {has.PasswordResetRequired && ". A new one must be created at the next sign-in"}
                    </Box>
                  </>
                ),
            },
            { label: "Last console sign-in", value: lastSignIn === null ? "Never" : <Moment at={lastSignIn} /> },
          ]}
        />
      </SpaceBetween>
      {isOpen && <Manage userName={userName} isEnabled={has !== null} onClose={() => setOpen(false)} />}
    </Container>
  );
}

type Act = "set" | "change" | "disable";

/** Its password is state of this dialogue alone. */
function Manage({ userName, isEnabled: given, onClose }: { userName: string; isEnabled: boolean; onClose: () => void }) {
  const iam = useIam();
  const queries = useQueryClient();
  const say = useSay();
  const { session } = useSigned();
  // Where it cannot be read, the server says what is wrong.
  const policy = usePasswordPolicy().data ?? null;
  const [isEnabled] = useState(given);
  const [act, setAct] = useState<Act>("set");
  const [choice, setChoice] = useState<Choice>(FIRST_CHOICE);
  const [isTried, setTried] = useState(false);
  const [told, setTold] = useState<string>();
  const [granting, setGranting] = useState<unknown>();
  const set = async () => {
    const Password = passwordOf(choice, policy);
    const fields = { UserName: userName, Password, PasswordResetRequired: choice.mustChange };
    if (isEnabled) await iam.send(new UpdateLoginProfileCommand(fields));
    else await iam.send(new CreateLoginProfileCommand(fields));
    if (choice.mustChange && !policy?.AllowUsersToChangePassword) {
      const grant = { UserName: userName, PolicyArn: CHANGE_PASSWORD_ARN };
      await iam.send(new AttachUserPolicyCommand(grant)).catch(setGranting);
      void queries.invalidateQueries({ queryKey: ["iam", "policies-of", "user", userName] });
    }
    setTold(Password);
  };
  const apply = async () => {
    try {
      if (act === "set") await set();
      else if (act === "change") {
        await iam.send(new UpdateLoginProfileCommand({ UserName: userName, PasswordResetRequired: true }));
        say("success", `${userName} must create a new password at the next sign-in.`);
      } else {
        await iam.send(new DeleteLoginProfileCommand({ UserName: userName }));
        say("success", `${userName} can no longer sign in to the console.`);
      }
    } finally {
      void queries.invalidateQueries({ queryKey: ["iam", "user", userName, "login"] });
    }
  };
  if (told !== undefined) {
    return (
      <Modal
        visible
        header="Console password"
        closeAriaLabel="Close"
        onDismiss={({ detail }) => {
          if (detail.reason !== "overlay") onClose();
        }}
        footer={
          <Box float="right">
            <Button variant="primary" onClick={onClose}>
              Done
            </Button>
          </Box>
        }
      >
        <SpaceBetween size="m">
          <PasswordTold userName={userName} password={told} />
          {granting !== undefined && (
            <FailureAlert error={granting} header="The password is set, but the user was not allowed to change it" />
          )}
        </SpaceBetween>
      </Modal>
    );
  }
  return (
    <Dialog
      title={isEnabled ? "Manage console access" : "Enable console access"}
      action={BUTTONS[isEnabled ? act : "enable"]}
      isStep={act === "set"}
      check={() => {
        setTried(true);
        return act !== "set" || isFine(choice, policy, userName);
      }}
      onAct={apply}
      onClose={onClose}
    >
      {isEnabled && (
        <RadioGroup
          ariaLabel="What to do"
          value={act}
          onChange={({ detail }) => setAct(detail.value as Act)}
          items={[
            {
              value: "set",
              label: "Reset password",
              description: "The old password no longer works, and the user's console sessions end.",
            },
            {
              value: "change",
              label: "Have the user create a new password at next sign-in",
              description: "The password stays as it is until then.",
            },
            {
              value: "disable",
              label: "Disable console access",
              description: "The password is deleted and the user's console sessions end. Access keys go on to work.",
            },
          ]}
        />
      )}
      {act === "set" && (
        <PasswordChoice
          choice={choice}
          onChange={setChoice}
          userName={userName}
          policy={policy}
          isTried={isTried}
        />
      )}
      {userName === session.userName && act !== "change" && (
        <Box variant="p">These are your own: you will have to sign in again.</Box>
      )}
    </Dialog>
  );
}

const BUTTONS = { set: "Reset password", change: "Apply", disable: "Disable console access", enable: "Enable console access" };

/** Lets a user change its own password. */
export const CHANGE_PASSWORD_ARN = "arn:aws:iam::aws:policy/IAMUserChangePassword";
