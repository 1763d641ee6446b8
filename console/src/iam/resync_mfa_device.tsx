/** Sets an MFA device right whose clock is off. */

import Box from "@cloudscape-design/components/box";
import { useState } from "react";

import { Dialog } from "../parts/dialog";
import { useSay } from "../shell/notes";
import { MfaCodes, areCodes } from "./mfa_codes";
import type { Codes } from "./mfa_codes";

interface Props {
  serialNumber: string;
  onResync: (code1: string, code2: string) => Promise<void>;
  onClose: () => void;
}

/** Asks for two codes that follow each other. */
export function ResyncMfaDevice({ serialNumber, onResync, onClose }: Props) {
  const say = useSay();
  const [codes, setCodes] = useState<Codes>(["", ""]);
  const resync = async () => {
    await onResync(...codes);
    say("success", "The MFA device is in step again.");
  };
  return (
    <Dialog title="Resync MFA device" action="Resync" isReady={areCodes(codes)} onAct={resync} onClose={onClose}>
      <Box variant="p">
        A device whose clock is off shows codes that are refused. Two codes of {serialNumber} that follow each other
        set it right.
      </Box>
      <MfaCodes codes={codes} onChange={setCodes} />
    </Dialog>
  );
}
