/** One's own MFA devices. */

import Alert from "@cloudscape-design/components/alert";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import type { Session } from "../session/forms";
import { mfaOfRoot } from "./mfa";
import { MfaDevices, UserMfaDevices } from "./mfa_devices";

/** The panel; for root without one it says so plainly. */
export function OwnMfaDevices({ session }: { session: Session }) {
  if (session.type === "User") return <UserMfaDevices userName={session.userName ?? ""} />;
  return <RootMfaDevices csrf={session.csrfToken} />;
}

function RootMfaDevices({ csrf }: { csrf: string }) {
  const mfa = useMemo(() => mfaOfRoot(csrf), [csrf]);
  const devices = useQuery({ queryKey: mfa.queryKey, queryFn: ({ signal }) => mfa.list(signal) });
  return (
    <SpaceBetween size="s">
      {devices.data?.length === 0 && (
        <Alert type="warning" header="You do not have MFA assigned">
          A password alone protects all of this account. Assign an MFA device to the root user.
        </Alert>
      )}
      <MfaDevices mfa={mfa} />
    </SpaceBetween>
  );
}
