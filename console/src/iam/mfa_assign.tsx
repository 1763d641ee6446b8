/** Assigns a virtual MFA device: an app on a phone that scans a picture. */

import {
  CreateVirtualMFADeviceCommand,
  DeleteVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
} from "@aws-sdk/client-iam";
import type { VirtualMFADevice } from "@aws-sdk/client-iam";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { FailureAlert } from "../parts/failure_alert";
import { Secret } from "../parts/secret";
import { useSay } from "../shell/notes";
import { useIam } from "./client";
import { Codes, codesFault } from "./mfa_codes";
import { NAME_RULE, deviceNameFault } from "./names";

interface Props {
  userName: string;
  onAssigned: () => void;
  onClose: () => void;
}

/** The dialogue: a name, then the picture and two codes. A device that is not assigned is deleted again. */
export function AssignDevice({ userName, onAssigned, onClose }: Props) {
  const iam = useIam();
  const say = useSay();
  const [name, setName] = useState(`${userName}-phone`);
  const [device, setDevice] = useState<VirtualMFADevice>();
  const [codes, setCodes] = useState<[string, string]>(["", ""]);
  const [isTried, setTried] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const fault = device ? codesFault(codes) : deviceNameFault(name);
  const create = async () => {
    const answer = await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: name }));
    setDevice(answer.VirtualMFADevice);
    setTried(false);
  };
  const enable = async (SerialNumber: string | undefined) => {
    const [AuthenticationCode1, AuthenticationCode2] = codes;
    const asked = { UserName: userName, SerialNumber, AuthenticationCode1, AuthenticationCode2 };
    await iam.send(new EnableMFADeviceCommand(asked));
    say("success", `The MFA device is assigned to ${userName}.`);
    onAssigned();
    onClose();
  };
  const next = async () => {
    setTried(true);
    if (fault || isBusy) return;
    setBusy(true);
    setError(undefined);
    try {
      await (device ? enable(device.SerialNumber) : create());
    } catch (error) {
      setError(error);
    }
    setBusy(false);
  };
  const cancel = () => {
    if (device) {
      // Nobody would find it again, and its name would be taken.
      iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber: device.SerialNumber })).catch(() => undefined);
    }
    onClose();
  };
  return (
    <Modal
      visible
      header="Assign MFA device"
      closeAriaLabel="Close"
      onDismiss={cancel}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={cancel}>
              Cancel
            </Button>
            <Button variant="primary" loading={isBusy} onClick={() => void next()}>
              {device ? "Add MFA" : "Next"}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {device ? (
          <>
            <Box variant="p">Scan the picture with an authenticator app, or enter the secret key there.</Box>
            {device.QRCodePNG && <QrCode png={device.QRCodePNG} />}
            <FormField label="Secret key">
              <Secret value={new TextDecoder().decode(device.Base32StringSeed)} label="secret key" />
            </FormField>
            <Codes codes={codes} onChange={setCodes} fault={isTried ? fault : undefined} />
          </>
        ) : (
          <FormField
            label="Device name"
            description="What it will be known by. An authenticator app on a phone or computer will show its codes."
            constraintText={`Up to 128 characters. ${NAME_RULE}`}
            errorText={isTried && fault}
          >
            <Input
              value={name}
              autoComplete={false}
              onChange={({ detail }) => setName(detail.value)}
              onKeyDown={({ detail }) => {
                if (detail.key === "Enter") void next();
              }}
            />
          </FormField>
        )}
        {error !== undefined && <FailureAlert error={error} />}
      </SpaceBetween>
    </Modal>
  );
}

/** On white in either theme: cameras need it. */
function QrCode({ png }: { png: Uint8Array }) {
  const [address] = useState(() => `data:image/png;base64,${btoa(String.fromCharCode(...png))}`);
  return <img src={address} alt="QR code of the device's secret key" width={200} height={200} style={QUIET} />;
}

const QUIET = { background: "#fff", padding: 8, imageRendering: "pixelated" } as const;
