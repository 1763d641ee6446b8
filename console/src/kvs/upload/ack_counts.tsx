/** How far the server is with what was sent. */

import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";

import { FailureAlert } from "../../parts/failure_alert";
import { Link } from "../../parts/link";
import { StatusIndicator } from "../../parts/status_indicator";
import { count } from "../../words";
import { errorInWords } from "./acks";
import type { Tally } from "./acks";
import { Refused } from "./sender";

/** Acknowledgements by their kind. */
export function AckCounts({ tally }: { tally: Tally }) {
  return (
    <KeyValuePairs
      columns={4}
      items={[
        { label: "Arriving (BUFFERING)", value: count(tally.BUFFERING) },
        { label: "Received (RECEIVED)", value: count(tally.RECEIVED) },
        { label: "Stored (PERSISTED)", value: count(tally.PERSISTED) },
        { label: "Refused (ERROR)", value: count(tally.ERROR) },
      ]}
    />
  );
}

/** The connection broke, which need not be the end. */
export function Retrying() {
  return (
    <div role="status">
      <StatusIndicator type="warning">The connection broke. Trying again.</StatusIndicator>
      <Box color="text-body-secondary">
        What is stored stays. The rest is sent as soon as the server can be reached; keep this page open.
      </Box>
    </div>
  );
}

/** Why sending ended. */
export function SendFailure({ error, name }: { error: unknown; name: string }) {
  if (!(error instanceof Refused)) return <FailureAlert error={error} header="Sending has ended" />;
  const findings = `/console/kinesisvideo/streams/${encodeURIComponent(name)}/findings`;
  return (
    <Alert type="error" header="The server refused a fragment">
      {errorInWords(error.ack)} <Link href={findings}>Findings</Link> tell where it is and what cures it.
    </Alert>
  );
}
