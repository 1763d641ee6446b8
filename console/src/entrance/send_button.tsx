/** The button that sends a form of the pages outside. */

import Button from "@cloudscape-design/components/button";

import type { Attempt } from "../parts/attempt";

interface Props {
  attempt: Attempt;
  isReady?: boolean;
  children: string;
}

/** As wide as its form; disabled while another try would not be heard. */
export function SendButton({ attempt, isReady = true, children }: Props) {
  return (
    <Button variant="primary" fullWidth loading={attempt.isBusy} disabled={!isReady || attempt.waitS > 0}>
      {children}
    </Button>
  );
}
