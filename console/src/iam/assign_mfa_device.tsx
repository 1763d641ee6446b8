/** A new virtual MFA device: made, put into an app, shown to work. */

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useId, useRef, useState } from "react";

import { FailureAlert } from "../parts/failure_alert";
import { CodeField, isCode } from "../parts/code_field";
import { Secret } from "../parts/secret";
import type { Session } from "../session/forms";
import { useSay } from "../shell/notes";
import type { NewMfaDevice, OwnMfa } from "./own_mfa";

import "./mfa.css";

interface Props {
  mfa: OwnMfa;
  session: Session;
  onClose: () => void;
}

/** Two steps: the name, where it has one, then the picture and two codes. */
export function AssignMfaDevice({ mfa, session, onClose }: Props) {
  const say = useSay();
  const id = useId();
  const [name, setName] = useState(session.userName ?? "");
  const [made, setMade] = useState<NewMfaDevice>();
  const [codes, setCodes] = useState<readonly [string, string]>(["", ""]);
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const isBegun = useRef(false);
  const work = async (what: () => Promise<void>) => {
    setBusy(true);
    setError(undefined);
    try {
      await what();
    } catch (error) {
      setError(error);
    }
    setBusy(false);
  };
  const create = () => work(async () => setMade(await mfa.create(name)));
  useEffect(() => {
    if (mfa.isNamed || isBegun.current) return;
    isBegun.current = true;
    // A device without a name is made when the dialogue opens.
    void work(async () => setMade(await mfa.create("")));
  }, [mfa]);
  const isReady = made ? codes.every(isCode) : NAME.test(name);
  const submit = () => {
    if (!isReady || isBusy) return;
    if (!made) void create();
    else {
      void work(async () => {
        await mfa.enable(made.serialNumber, codes[0], codes[1]);
        say("success", "The MFA device is assigned. Signing in asks for one of its codes from now on.");
        onClose();
      });
    }
  };
  const dismiss = () => {
    // A device that was never shown to work is of no use to anybody.
    if (made) void mfa.discard(made.serialNumber).catch(() => undefined);
    onClose();
  };
  return (
    <Modal
      visible
      header="Assign MFA device"
      closeAriaLabel="Close"
      onDismiss={({ detail }) => {
        if (detail.reason !== "overlay") dismiss();
      }}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={dismiss}>
              Cancel
            </Button>
            <Button variant="primary" form={id} disabled={!isReady} loading={isBusy}>
              {made ?? !mfa.isNamed ? "Add MFA" : "Next"}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form
        id={id}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <SpaceBetween size="l">
          {error !== undefined && <FailureAlert error={error} />}
          {made ? (
            <Enter made={made} codes={codes} onCodes={setCodes} />
          ) : (
            mfa.isNamed && (
              <FormField
                label="Device name"
                description="It is part of the device's ARN. Policies for one's own devices expect the user's name."
                constraintText="Letters, digits and + = , . @ _ -"
                errorText={name === "" || NAME.test(name) ? undefined : "This is no name of a device."}
              >
                <Input
                  name="device-name"
                  autoComplete={false}
                  autoFocus
                  value={name}
                  onChange={({ detail }) => setName(detail.value)}
                />
              </FormField>
            )
          )}
          <button type="submit" hidden />
        </SpaceBetween>
      </form>
    </Modal>
  );
}

interface EnterProps {
  made: NewMfaDevice;
  codes: readonly [string, string];
  onCodes: (codes: readonly [string, string]) => void;
}

function Enter({ made, codes, onCodes }: EnterProps) {
  const [first, second] = codes;
  return (
    <SpaceBetween size="l">
      <Box variant="p">
        1. In an authenticator app on your phone or computer, add an account and take a picture of
        this code, or type the secret.
      </Box>
      <img className="mfa-picture" src={made.picture} alt="QR code with the secret of the device" />
      <div>
        <Box variant="awsui-key-label">Secret configuration key</Box>
        <Secret value={made.secret} label="secret configuration key" />
      </div>
      <Box variant="p">2. Type two codes of the app that follow each other.</Box>
      <CodeField label="MFA code 1" value={first} onChange={(code) => onCodes([code, second])} />
      <CodeField
        label="MFA code 2"
        value={second}
        onChange={(code) => onCodes([first, code])}
        constraint="Wait until the app shows the next one, up to 30 seconds."
        isLater
      />
    </SpaceBetween>
  );
}

const NAME = /^[\w+=,.@-]{1,226}$/;
