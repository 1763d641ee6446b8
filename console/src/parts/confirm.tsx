/** Asks before something is destroyed, by having its name typed where it cannot come back. */

import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { ReactNode } from "react";

import { FailureAlert } from "./failure_alert";

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
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const isReady = typed === undefined || text === typed;
  const confirm = async () => {
    if (!isReady || isBusy) return;
    setBusy(true);
    setError(undefined);
    try {
      await onConfirm();
      onClose();
    } catch (error) {
      setError(error);
      setBusy(false);
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
            <Button variant="primary" disabled={!isReady} loading={isBusy} onClick={() => void confirm()}>
              {action}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <div>{children}</div>
        {typed !== undefined && (
          <>
            <Alert type="warning">This cannot be undone.</Alert>
            <FormField label={`To confirm, type ${typed}`}>
              <Input
                value={text}
                placeholder={typed}
                autoComplete={false}
                onChange={({ detail }) => setText(detail.value)}
                onKeyDown={({ detail }) => {
                  if (detail.key === "Enter") void confirm();
                }}
              />
            </FormField>
          </>
        )}
        {error !== undefined && <FailureAlert error={error} />}
      </SpaceBetween>
    </Modal>
  );
}
