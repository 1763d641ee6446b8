/** The MFA devices of a user. */

import {
  DeactivateMFADeviceCommand,
  DeleteVirtualMFADeviceCommand,
  ResyncMFADeviceCommand,
} from "@aws-sdk/client-iam";
import type { MFADevice } from "@aws-sdk/client-iam";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Confirm } from "../parts/confirm";
import { FailureAlert } from "../parts/failure_alert";
import { List } from "../parts/list";
import type { Column } from "../parts/list";
import { Moment } from "../parts/moment";
import { useSay } from "../shell/notes";
import { useIam } from "./client";
import { AssignDevice } from "./mfa_assign";
import { Codes, codesFault } from "./mfa_codes";
import { useDevicesOf } from "./user_facts";

type Asked = "assign" | "resync" | "remove";

/** The list, with **Assign MFA device**, **Resync** and **Remove**. */
export function MfaDevices({ userName }: { userName: string }) {
  const iam = useIam();
  const queries = useQueryClient();
  const say = useSay();
  const devices = useDevicesOf(userName);
  const [chosen, setChosen] = useState<MFADevice[]>([]);
  const [asked, setAsked] = useState<Asked>();
  const serial = devices.data?.find((device) => device.SerialNumber === chosen[0]?.SerialNumber)?.SerialNumber;
  const changed = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: ["iam", "user", userName, "mfa"] }),
      queries.invalidateQueries({ queryKey: ["iam", "summary"] }),
    ]);
  const remove = async (SerialNumber: string) => {
    try {
      await iam.send(new DeactivateMFADeviceCommand({ UserName: userName, SerialNumber }));
      if (SerialNumber.startsWith("arn:")) await iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }));
      setChosen([]);
      say("success", "The MFA device is removed.");
    } finally {
      await changed();
    }
  };
  const assign = (
    <Button
      disabled={(devices.data?.length ?? 0) >= DEVICES_MAX}
      disabledReason={`A user can have ${DEVICES_MAX} MFA devices at most.`}
      onClick={() => setAsked("assign")}
    >
      Assign MFA device
    </Button>
  );
  return (
    <>
      <List<MFADevice>
        isPart
        title="Multi-factor authentication (MFA)"
        one="MFA device"
        several="MFA devices"
        description="After the password, a code of one of these is asked for at sign-in. There can be eight."
        items={devices.data}
        error={devices.error}
        onRetry={() => void devices.refetch()}
        id={(device) => device.SerialNumber ?? ""}
        columns={COLUMNS}
        selection={{ type: "single", items: serial ? chosen : [], onChange: setChosen }}
        emptyText="No MFA devices"
        emptyAction={assign}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={!serial} disabledReason="Choose a device first." onClick={() => setAsked("resync")}>
              Resync
            </Button>
            <Button disabled={!serial} disabledReason="Choose a device first." onClick={() => setAsked("remove")}>
              Remove
            </Button>
            {assign}
          </SpaceBetween>
        }
      />
      {asked === "assign" && (
        <AssignDevice
          userName={userName}
          onAssigned={() => void changed()}
          onClose={() => setAsked(undefined)}
        />
      )}
      {asked === "resync" && serial && (
        <Resync userName={userName} serial={serial} onClose={() => setAsked(undefined)} />
      )}
      {asked === "remove" && serial && (
        <Confirm
          title="Remove the MFA device?"
          action="Remove"
          onConfirm={() => remove(serial)}
          onClose={() => setAsked(undefined)}
        >
          {userName} no longer needs {serial} to sign in. The device is deleted and its codes are worth nothing.
        </Confirm>
      )}
    </>
  );
}

function Resync({ userName, serial, onClose }: { userName: string; serial: string; onClose: () => void }) {
  const iam = useIam();
  const say = useSay();
  const [codes, setCodes] = useState<[string, string]>(["", ""]);
  const [isTried, setTried] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const fault = codesFault(codes);
  const resync = async () => {
    setTried(true);
    if (fault || isBusy) return;
    setBusy(true);
    setError(undefined);
    try {
      const [AuthenticationCode1, AuthenticationCode2] = codes;
      const asked = { UserName: userName, SerialNumber: serial, AuthenticationCode1, AuthenticationCode2 };
      await iam.send(new ResyncMFADeviceCommand(asked));
      say("success", "The MFA device is in step again.");
      onClose();
    } catch (error) {
      setError(error);
      setBusy(false);
    }
  };
  return (
    <Modal
      visible
      header="Resync MFA device"
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" loading={isBusy} onClick={() => void resync()}>
              Resync
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Box variant="p">A device whose clock is off shows codes that are refused. Two codes in a row set it right.</Box>
        <Codes codes={codes} onChange={setCodes} fault={isTried ? fault : undefined} />
        {error !== undefined && <FailureAlert error={error} />}
      </SpaceBetween>
    </Modal>
  );
}

const DEVICES_MAX = 8;
const COLUMNS: Column<MFADevice>[] = [
  { id: "type", header: "Type", cell: () => "Virtual" },
  {
    id: "serial",
    header: "Identifier",
    isRowHeader: true,
    value: (device) => device.SerialNumber ?? "",
    cell: (device) => device.SerialNumber,
  },
  {
    id: "created",
    header: "Assigned",
    value: (device) => device.EnableDate?.getTime() ?? 0,
    cell: (device) => <Moment at={device.EnableDate} />,
  },
];
