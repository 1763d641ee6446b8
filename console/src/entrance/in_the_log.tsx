/** Where codes are on a server that sends none. */

import Alert from "@cloudscape-design/components/alert";

/** Says that the operator has what would have been sent. */
export function InTheLog({ what }: { what: string }) {
  return (
    <Alert type="info" header="This server hands messages to its operator">
      {what} is in the server’s log, in the line “a message to be handed on”. Your operator finds it
      there. To have it sent, the operator sets <code>[delivery]</code> in the configuration.
    </Alert>
  );
}
