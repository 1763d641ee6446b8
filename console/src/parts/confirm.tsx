/** Asks before something is destroyed, by having its name typed where it cannot come back. */

import { useState } from "react";
import type { ReactNode } from "react";

import { Dialog } from "./dialog";
import { TypedName } from "./typed_name";

interface Props {
  /** "Delete the user Alice?" */
  title: string;
  /** What will be gone, and what will stop working. */
  children: ReactNode;
  /** What must be typed; nothing need be typed without it. */
  typed?: string;
  /** The button's text, such as "Delete". */
  action: string;
  onConfirm: () => Promise<void>;
  onClose: () => void;
}

/** A dialogue that does what it says when confirmed, and stays with the reason when that fails. */
export function Confirm({ title, children, typed, action, onConfirm, onClose }: Props) {
  const [text, setText] = useState("");
  return (
    <Dialog
      title={title}
      action={action}
      isReady={typed === undefined || text === typed}
      onAct={onConfirm}
      onClose={onClose}
    >
      <div>{children}</div>
      {typed !== undefined && <TypedName name={typed} value={text} onChange={setText} />}
    </Dialog>
  );
}
