/** A dialogue that does one thing: busy while it does, and staying with the reason when that fails. */

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useId } from "react";
import type { ReactNode } from "react";

import type { Failure } from "../api/failure";
import { Refusal, useAttempt } from "./attempt";
import { FailureAlert } from "./failure_alert";

interface Props {
  title: string;
  children: ReactNode;
  /** The button's text. */
  action: string;
  /** Whether what was entered can be sent; the button is disabled until then. */
  isReady?: boolean;
  /** Says what is wrong with what was entered; nothing is done if it answers `false`. */
  check?: () => boolean;
  /** Does it. The dialogue closes afterwards, or shows what was thrown. */
  onAct: () => Promise<void>;
  onClose: () => void;
  /** There is another step: it does not close after this one. */
  isStep?: boolean;
  /** It shows what never comes back, so a click beside it does not close it. */
  isKept?: boolean;
  /**
   * Its fields are a form, which Enter sends. Lists and editors have fields of their own in
   * which Enter means something else.
   */
  isForm?: boolean;
  isLarge?: boolean;
  /** What did not work, above the reason. */
  failedHeader?: string | undefined;
  /** Shows a failure in words of its own; nothing for the usual ones. */
  refused?: (failure: Failure) => ReactNode;
}

/** The dialogue, with **Cancel**. It is not left while it works: nobody would hear how it ended. */
export function Dialog(props: Props) {
  const { isReady = true, isForm = true, check, onAct, onClose } = props;
  const id = useId();
  const attempt = useAttempt(async () => {
    if (!isReady || check?.() === false) return;
    await onAct();
    if (!props.isStep) onClose();
  });
  const { failure, isBusy } = attempt;
  const close = () => {
    if (!isBusy) onClose();
  };
  const body = (
    <SpaceBetween size="m">
      {props.children}
      {failure &&
        (props.refused?.(failure) ||
          (failure.retryAfterS > 0 ? (
            <Refusal attempt={attempt} />
          ) : (
            <FailureAlert error={failure} {...(props.failedHeader && { header: props.failedHeader })} />
          )))}
    </SpaceBetween>
  );
  return (
    <Modal
      visible
      size={props.isLarge ? "large" : "medium"}
      header={props.title}
      closeAriaLabel="Close"
      onDismiss={({ detail }) => {
        if (!props.isKept || detail.reason !== "overlay") close();
      }}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" disabled={isBusy} onClick={close}>
              Cancel
            </Button>
            <Button
              variant="primary"
              disabled={!isReady || attempt.waitS > 0}
              loading={isBusy}
              {...(isForm ? { form: id } : { onClick: attempt.send })}
            >
              {props.action}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      {isForm ? (
        <form id={id} onSubmit={attempt.onSubmit}>
          {body}
          {/* With several fields, Enter takes a button within the form. */}
          <button type="submit" hidden />
        </form>
      ) : (
        body
      )}
    </Modal>
  );
}
