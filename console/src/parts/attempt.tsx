/** Sending a form of a few fields: busy, refused, to be tried again later. */

import Alert from "@cloudscape-design/components/alert";
import type { AlertProps } from "@cloudscape-design/components/alert";
import { useEffect, useRef, useState } from "react";
import type { FormEvent, ReactNode } from "react";

import { Failure } from "../api/failure";

/** A form that is being filled in and sent. */
export interface Attempt {
  /** Give it to `<form onSubmit>`. */
  onSubmit: (event: FormEvent) => void;
  /** Sends it without a form. */
  send: () => void;
  isBusy: boolean;
  failure: Failure | undefined;
  /** Seconds until another try is heard; 0 if one is. */
  waitS: number;
  /** Forgets the failure. */
  clear: () => void;
}

/** Sends a form by `run`, once at a time, and keeps why it was refused. */
export function useAttempt(run: () => Promise<void>): Attempt {
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const [waitS, setWaitS] = useState(0);
  const isWaiting = waitS > 0;
  useEffect(() => {
    if (!isWaiting) return undefined;
    const timer = setInterval(() => setWaitS((left) => Math.max(0, left - 1)), 1000);
    return () => clearInterval(timer);
  }, [isWaiting]);
  const submit = async () => {
    setBusy(true);
    setFailure(undefined);
    try {
      await run();
    } catch (error) {
      const failure = Failure.of(error);
      setFailure(failure);
      setWaitS(failure.retryAfterS);
    }
    setBusy(false);
  };
  const send = () => {
    if (!isBusy && !isWaiting) void submit();
  };
  return {
    onSubmit: (event) => {
      event.preventDefault();
      // Not to the form of a page around a dialogue.
      event.stopPropagation();
      send();
    },
    send,
    isBusy,
    failure,
    waitS,
    clear: () => {
      setFailure(undefined);
      setWaitS(0);
    },
  };
}

/** Why a form was refused; it takes the focus, so that it is read out. */
export function Refusal({ attempt, header }: { attempt: Attempt; header?: string }) {
  const { failure, waitS } = attempt;
  const alert = useRef<AlertProps.Ref>(null);
  useEffect(() => {
    if (failure) alert.current?.focus();
  }, [failure]);
  if (!failure) return null;
  return (
    <Alert ref={alert} type="error" header={header}>
      {wording(failure, waitS)}
    </Alert>
  );
}

/** What is wrong, with how long to wait counted down. */
function wording(failure: Failure, waitS: number): ReactNode {
  if (failure.retryAfterS === 0) return failure.message;
  const told = failure.message.replace(/ Please try again in \d+ seconds?\.$/, "");
  return waitS > 0 ? `${told} Please try again in ${spell(waitS)}.` : `${told} You can try again now.`;
}

function spell(seconds: number): string {
  if (seconds < 120) return seconds === 1 ? "1 second" : `${seconds} seconds`;
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
