/** A dialogue that changes a stream's settings. */

import Alert from "@cloudscape-design/components/alert";
import { useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { Dialog } from "../../parts/dialog";

interface Props {
  title: string;
  children: ReactNode;
  /** Whether what was entered can be saved. */
  isReady: boolean;
  onSave: () => Promise<void>;
  onClose: () => void;
}

/** Saves when asked, and stays with the reason when that fails. */
export function EditDialog({ title, children, isReady, onSave, onClose }: Props) {
  const queries = useQueryClient();
  return (
    <Dialog
      title={title}
      action="Save"
      isReady={isReady}
      onAct={() => onSave().finally(() => queries.invalidateQueries({ queryKey: ["kvs"] }))}
      onClose={onClose}
      refused={({ code }) => code === "VersionMismatchException" && CHANGED_MEANWHILE}
    >
      {children}
    </Dialog>
  );
}

const CHANGED_MEANWHILE = (
  <Alert type="warning" header="The stream was changed meanwhile">
    Somebody changed its settings after this dialogue was opened, so nothing was overwritten. Close it
    and open it again to start from the present settings.
  </Alert>
);
