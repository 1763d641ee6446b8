/** Whether media arrives. */


import { StatusIndicator } from "../parts/status_indicator";
import { bitrate } from "../words";
import { isLive } from "./state";
import type { StreamState } from "./state";

/** "Live" with its bitrate, or that nobody sends. */
export function LiveBadge({ live }: { live: StreamState["live"] }) {
  if (!isLive({ live })) return <StatusIndicator type="stopped">Not live</StatusIndicator>;
  const rate = live.bitsPerSecond > 0 ? bitrate(live.bitsPerSecond) : "no data";
  return (
    <StatusIndicator type="success">
      Live, {rate}
      {live.connections > 1 && `, ${live.connections} producers`}
    </StatusIndicator>
  );
}

/** ACTIVE or DELETING, in words. */
export function StatusWord({ status }: { status: StreamState["status"] }) {
  return status === "ACTIVE" ? (
    <StatusIndicator type="success">Active</StatusIndicator>
  ) : (
    <StatusIndicator type="pending">Deleting</StatusIndicator>
  );
}
