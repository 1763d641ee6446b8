/** The MFA devices of a user or of root. */

import type { MFADevice } from "@aws-sdk/client-iam";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";

import { List } from "../parts/list";
import type { Column } from "../parts/list";
import { Moment } from "../parts/moment";
import { AssignMfaDevice } from "./assign_mfa_device";
import { useIam } from "./client";
import { mfaOfUser } from "./mfa";
import type { Mfa } from "./mfa";
import { RemoveMfaDevice } from "./remove_mfa_device";
import { ResyncMfaDevice } from "./resync_mfa_device";

/** The devices of a user. */
export function UserMfaDevices({ userName }: { userName: string }) {
  const iam = useIam();
  const mfa = useMemo(() => mfaOfUser(userName, iam), [userName, iam]);
  return <MfaDevices mfa={mfa} />;
}

/** The list, with **Assign MFA device**, **Resync** and **Remove**. */
export function MfaDevices({ mfa }: { mfa: Mfa }) {
  const queries = useQueryClient();
  const [chosen, setChosen] = useState<MFADevice[]>([]);
  const [asked, setAsked] = useState<"assign" | "resync" | "remove">();
  const devices = useQuery({ queryKey: mfa.queryKey, queryFn: ({ signal }) => mfa.list(signal) });
  const serial = devices.data?.find((device) => device.SerialNumber === chosen[0]?.SerialNumber)?.SerialNumber;
  const close = () => {
    setAsked(undefined);
    void queries.invalidateQueries({ queryKey: mfa.queryKey });
    void queries.invalidateQueries({ queryKey: ["iam", "summary"] });
  };
  const count = devices.data?.length ?? 0;
  const assign = (
    <Button
      disabled={count >= DEVICES_MAX}
      disabledReason={`There can be ${DEVICES_MAX} MFA devices at most.`}
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
        description="After the password, signing in asks for a code of one of these. There can be eight."
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
            {mfa.resync && (
              <Button disabled={!serial} disabledReason="Choose a device first." onClick={() => setAsked("resync")}>
                Resync
              </Button>
            )}
            <Button disabled={!serial} disabledReason="Choose a device first." onClick={() => setAsked("remove")}>
              Remove
            </Button>
            {assign}
          </SpaceBetween>
        }
      />
      {asked === "assign" && <AssignMfaDevice mfa={mfa} count={count} onClose={close} />}
      {asked === "resync" && serial && mfa.resync && (
        <ResyncMfaDevice serialNumber={serial} onResync={mfa.resync.bind(mfa, serial)} onClose={close} />
      )}
      {asked === "remove" && serial && <RemoveMfaDevice mfa={mfa} serialNumber={serial} onClose={close} />}
    </>
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
