/** A new virtual MFA device: made, put into an app, shown to work. */

import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { Dialog } from "../parts/dialog";
import { FailureAlert } from "../parts/failure_alert";
import { Secret } from "../parts/secret";
import { useSay } from "../shell/notes";
import type { Mfa, NewMfaDevice } from "./mfa";
import { MfaCodes, areCodes } from "./mfa_codes";
import type { Codes } from "./mfa_codes";
import { NameField } from "./name_field";
import { deviceNameFault } from "./names";

import "./mfa.css";

interface Props {
  mfa: Mfa;
  /** How many devices there are already. */
  count: number;
  onClose: () => void;
}

/** Two steps: the name, where it has one, then the picture and two codes. */
export function AssignMfaDevice({ mfa, count, onClose }: Props) {
  const say = useSay();
  const { userName } = mfa;
  // Policies for one's own devices expect the user's name.
  const [name, setName] = useState(count === 0 ? (userName ?? "") : `${userName ?? ""}-${count + 1}`);
  const [isTried, setTried] = useState(false);
  const [named, setNamed] = useState<NewMfaDevice>();
  const [codes, setCodes] = useState<Codes>(["", ""]);
  // A device without a name is made when the dialogue opens.
  const nameless = useQuery({
    queryKey: ["new-mfa-device"],
    enabled: userName === undefined,
    gcTime: 0,
    staleTime: Infinity,
    retry: false,
    queryFn: () => mfa.create(""),
  });
  const made = named ?? nameless.data;
  const isNaming = !made && userName !== undefined;
  const act = async () => {
    if (!made) {
      setNamed(await mfa.create(name));
      return;
    }
    await mfa.enable(made.serialNumber, ...codes);
    say("success", "The MFA device is assigned. Signing in asks for one of its codes from now on.");
    onClose();
  };
  const cancel = () => {
    // A device that was never shown to work is of no use to anybody, and its name would be taken.
    if (made) void mfa.discard(made.serialNumber).catch(() => undefined);
    onClose();
  };
  return (
    <Dialog
      isStep
      isKept
      title="Assign MFA device"
      action={isNaming ? "Next" : "Add MFA"}
      isReady={isNaming || (made !== undefined && areCodes(codes))}
      check={() => {
        setTried(true);
        return !isNaming || deviceNameFault(name) === undefined;
      }}
      onAct={act}
      onClose={cancel}
    >
      {isNaming && (
        <NameField
          kind="device"
          description="What it will be known by; it is part of the device's ARN. An app on a phone or computer will show its codes."
          name={name}
          onChange={setName}
          isTried={isTried}
        />
      )}
      {nameless.error && <FailureAlert error={nameless.error} />}
      {!made && !isNaming && !nameless.error && <Spinner />}
      {made && <Enter made={made} codes={codes} onCodes={setCodes} />}
    </Dialog>
  );
}

interface EnterProps {
  made: NewMfaDevice;
  codes: Codes;
  onCodes: (codes: Codes) => void;
}

function Enter({ made, codes, onCodes }: EnterProps) {
  return (
    <SpaceBetween size="m">
      <Box variant="p">
        1. In an authenticator app on a phone or computer, add an account and take a picture of
        this code, or type the secret.
      </Box>
      <img className="mfa-picture" src={made.picture} alt="QR code with the secret of the device" />
      <div>
        <Box variant="awsui-key-label">Secret configuration key</Box>
        <Secret value={made.secret} label="secret configuration key" />
      </div>
      <Box variant="p">2. Type two codes of the app that follow each other.</Box>
      <MfaCodes codes={codes} onChange={onCodes} />
    </SpaceBetween>
  );
}
