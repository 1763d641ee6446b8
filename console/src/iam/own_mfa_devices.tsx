/** One's own MFA devices. */

import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";

import { FailureAlert } from "../parts/failure_alert";
import { Moment } from "../parts/moment";
import type { Session } from "../session/forms";
import { AssignMfaDevice } from "./assign_mfa_device";
import { useIam } from "./client";
import { ownMfa } from "./own_mfa";
import type { MfaDevice } from "./own_mfa";
import { RemoveMfaDevice } from "./remove_mfa_device";
import { ResyncMfaDevice } from "./resync_mfa_device";

type Asked = "assign" | "remove" | "resync";

/** The panel; for root without one it says so plainly. */
export function OwnMfaDevices({ session }: { session: Session }) {
  const iam = useIam();
  const queries = useQueryClient();
  const mfa = useMemo(() => ownMfa(session, iam), [session, iam]);
  const [asked, setAsked] = useState<Asked>();
  const [chosen, setChosen] = useState<MfaDevice[]>([]);
  const devices = useQuery({
    queryKey: ["own-mfa-devices"],
    queryFn: ({ signal }) => mfa.list(signal),
  });
  const [device] = chosen;
  const close = () => {
    setAsked(undefined);
    setChosen([]);
    void queries.invalidateQueries({ queryKey: ["own-mfa-devices"] });
    void queries.invalidateQueries({ queryKey: ["iam"] });
  };
  if (devices.error && !devices.data) {
    return (
      <FailureAlert
        error={devices.error}
        header="The MFA devices cannot be shown"
        onRetry={() => void devices.refetch()}
      />
    );
  }
  const assign = <Button onClick={() => setAsked("assign")}>Assign MFA device</Button>;
  const isMissing = devices.data?.length === 0;
  return (
    <SpaceBetween size="s">
      {isMissing && session.type === "Root" && (
        <Alert type="warning" header="You do not have MFA assigned">
          A password alone protects all of this account. Assign an MFA device to the root user.
        </Alert>
      )}
      <Table
        variant="container"
        items={devices.data ?? []}
        loading={devices.isPending}
        loadingText="Loading MFA devices"
        trackBy="serialNumber"
        selectionType="single"
        selectedItems={chosen}
        onSelectionChange={({ detail }) => setChosen(detail.selectedItems)}
        ariaLabels={{
          tableLabel: "Multi-factor authentication (MFA)",
          selectionGroupLabel: "Choose an MFA device",
          itemSelectionLabel: (_, item) => `Choose ${item.serialNumber}`,
        }}
        columnDefinitions={[
          {
            id: "identifier",
            header: "Identifier",
            isRowHeader: true,
            cell: (item) => item.serialNumber,
          },
          { id: "type", header: "Type", cell: () => "Virtual" },
          { id: "enabled", header: "Assigned", cell: (item) => <Moment at={item.enabled} /> },
        ]}
        header={
          <Header
            variant="h2"
            counter={devices.data && `(${devices.data.length})`}
            description="Use MFA to increase the security of your account. Signing in then also takes a code of one of these devices, of which there can be eight."
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button disabled={!device} onClick={() => setAsked("remove")}>
                  Remove
                </Button>
                {mfa.resync && (
                  <Button disabled={!device} onClick={() => setAsked("resync")}>
                    Resync
                  </Button>
                )}
                {assign}
              </SpaceBetween>
            }
          >
            Multi-factor authentication (MFA)
          </Header>
        }
        empty={
          <Box textAlign="center" padding="s">
            <SpaceBetween size="s">
              <b>No MFA devices</b>
              {assign}
            </SpaceBetween>
          </Box>
        }
      />
      {asked === "assign" && <AssignMfaDevice mfa={mfa} session={session} onClose={close} />}
      {asked === "remove" && device && <RemoveMfaDevice mfa={mfa} device={device} onClose={close} />}
      {asked === "resync" && device && <ResyncMfaDevice mfa={mfa} device={device} onClose={close} />}
    </SpaceBetween>
  );
}
