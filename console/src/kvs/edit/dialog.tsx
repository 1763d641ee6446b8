/** A dialogue that changes a stream's settings. */

import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { ReactNode } from "react";

import { Failure } from "../../api/failure";
import { FailureAlert } from "../../parts/failure_alert";

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
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const save = async () => {
    if (!isReady || isBusy) return;
    setBusy(true);
    setError(undefined);
    try {
      await onSave();
      await queries.invalidateQueries({ queryKey: ["kvs"] });
      onClose();
    } catch (error) {
      setError(error);
      setBusy(false);
      void queries.invalidateQueries({ queryKey: ["kvs"] });
    }
  };
  return (
    <Modal
      visible
      header={title}
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" disabled={!isReady} loading={isBusy} onClick={() => void save()}>
              Save
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <SpaceBetween size="m">
          {children}
          {error !== undefined && <Refused error={error} />}
        </SpaceBetween>
      </form>
    </Modal>
  );
}

function Refused({ error }: { error: unknown }) {
  if (Failure.of(error).code !== "VersionMismatchException") return <FailureAlert error={error} />;
  return (
    <Alert type="warning" header="The stream was changed meanwhile">
      Somebody changed its settings after this dialogue was opened, so nothing was overwritten. Close it
      and open it again to start from the present settings.
    </Alert>
  );
}
