/** A point in time: in the person's zone, with UTC when pointed at. */

import { ago } from "../words";
import { useNow } from "./now";

interface Props {
  /** A date or milliseconds since the epoch; nothing shows as a dash. */
  at: Date | number | string | undefined | null;
  /** Milliseconds matter. */
  isExact?: boolean;
  /** How long ago it was instead of when. */
  isRelative?: boolean;
}

/** Shows a point in time. */
export function Moment({ at, isExact = false, isRelative = false }: Props) {
  if (at === undefined || at === null) return <>–</>;
  const date = new Date(at);
  const title = `${date.toISOString()} (UTC)`;
  return (
    <time dateTime={date.toISOString()} title={title}>
      {isRelative ? <Ago ms={date.getTime()} /> : local(date, isExact)}
    </time>
  );
}

function Ago({ ms }: { ms: number }) {
  return <>{ago(ms, useNow(1000))}</>;
}

/** A point in time in the person's zone and language. */
export function local(date: Date, isExact = false): string {
  const text = date.toLocaleString(undefined, {
    year: "numeric",
    month: "short",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hour12: false,
  });
  return isExact ? `${text}.${String(date.getMilliseconds()).padStart(3, "0")}` : text;
}
