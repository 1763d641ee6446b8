/** Sets an MFA device right whose clock is off. */

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useId, useState } from "react";

import { Refusal, useAttempt } from "../parts/attempt";
import { CodeField, isCode } from "../parts/code_field";
import { useSay } from "../shell/notes";
import type { MfaDevice, OwnMfa } from "./own_mfa";

interface Props {
  mfa: OwnMfa;
  device: MfaDevice;
  onClose: () => void;
}

/** Asks for two codes that follow each other. */
export function ResyncMfaDevice({ mfa, device, onClose }: Props) {
  const say = useSay();
  const id = useId();
  const [code1, setCode1] = useState("");
  const [code2, setCode2] = useState("");
  const attempt = useAttempt(async () => {
    await mfa.resync?.(device.serialNumber, code1, code2);
    say("success", `The MFA device ${device.serialNumber} is set right.`);
    onClose();
  });
  return (
    <Modal
      visible
      header="Resync the MFA device"
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
              disabled={!isCode(code1) || !isCode(code2)}
              loading={attempt.isBusy}
            >
              Resync
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form id={id} onSubmit={attempt.onSubmit}>
        <SpaceBetween size="l">
          <Box variant="p">Type two codes of {device.serialNumber} that follow each other.</Box>
          <Refusal attempt={attempt} />
          <CodeField label="MFA code 1" value={code1} onChange={setCode1} />
          <CodeField label="MFA code 2" value={code2} onChange={setCode2} isLater />
          <button type="submit" hidden />
        </SpaceBetween>
      </form>
    </Modal>
  );
}
