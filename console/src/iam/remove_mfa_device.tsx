/** Takes an MFA device away. */

import { useState } from "react";

import { CodeField, isCode } from "../parts/code_field";
import { Dialog } from "../parts/dialog";
import { useSay } from "../shell/notes";
import type { Mfa } from "./mfa";

interface Props {
  mfa: Mfa;
  serialNumber: string;
  onClose: () => void;
}

/** Asks first; root has to show a code of it, so that a session left open is not enough. */
export function RemoveMfaDevice({ mfa, serialNumber, onClose }: Props) {
  const say = useSay();
  const [code, setCode] = useState("");
  const remove = async () => {
    await mfa.remove(serialNumber, code);
    say("success", "The MFA device is removed.");
  };
  return (
    <Dialog
      title="Remove the MFA device?"
      action="Remove"
      isReady={!mfa.asksCode || isCode(code)}
      onAct={remove}
      onClose={onClose}
    >
      <div>
        {mfa.userName === undefined ? "Signing in" : `Signing in as ${mfa.userName}`} no longer asks for a code of{" "}
        {serialNumber}, and the device itself is deleted.
      </div>
      {mfa.asksCode && (
        <CodeField
          label="MFA code"
          value={code}
          onChange={setCode}
          description="A code of one of your devices that was not used yet."
        />
      )}
    </Dialog>
  );
}
