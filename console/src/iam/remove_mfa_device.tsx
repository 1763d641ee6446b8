/** Takes an MFA device away. */

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useId, useState } from "react";

import { Refusal, useAttempt } from "../parts/attempt";
import { CodeField, isCode } from "../parts/code_field";
import { Confirm } from "../parts/confirm";
import { useSay } from "../shell/notes";
import type { MfaDevice, OwnMfa } from "./own_mfa";

interface Props {
  mfa: OwnMfa;
  device: MfaDevice;
  onClose: () => void;
}

/** Asks first; root has to show a code of it, so that a session left open is not enough. */
export function RemoveMfaDevice({ mfa, device, onClose }: Props) {
  const say = useSay();
  const { serialNumber } = device;
  const remove = async (code: string) => {
    await mfa.remove(serialNumber, code);
    say("success", `The MFA device ${serialNumber} is removed.`);
  };
  if (mfa.asksCode) return <WithCode onRemove={remove} serialNumber={serialNumber} onClose={onClose} />;
  return (
    <Confirm
      title="Remove the MFA device?"
      action="Remove"
      onConfirm={() => remove("")}
      onClose={onClose}
    >
      Signing in no longer asks for a code of {serialNumber}, and the device itself is deleted.
    </Confirm>
  );
}

interface WithCodeProps {
  serialNumber: string;
  onRemove: (code: string) => Promise<void>;
  onClose: () => void;
}

function WithCode({ serialNumber, onRemove, onClose }: WithCodeProps) {
  const id = useId();
  const [code, setCode] = useState("");
  const attempt = useAttempt(async () => {
    await onRemove(code);
    onClose();
  });
  return (
    <Modal
      visible
      header="Remove the MFA device?"
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button
              variant="primary"
              form={id}
              disabled={!isCode(code) || attempt.waitS > 0}
              loading={attempt.isBusy}
            >
              Remove
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form id={id} onSubmit={attempt.onSubmit}>
        <SpaceBetween size="l">
          <Box variant="p">
            Signing in no longer asks for a code of {serialNumber}, and the device itself is deleted.
          </Box>
          <Refusal attempt={attempt} />
          <CodeField
            label="MFA code"
            value={code}
            onChange={setCode}
            description="A code of one of your devices that was not used yet."
          />
          <button type="submit" hidden />
        </SpaceBetween>
      </form>
    </Modal>
  );
}
