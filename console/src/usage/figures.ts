/** What the server counts of an account's streams, and what that would cost. */

/** The answer of `GET /_kinora/usage`. */
export interface Usage {
  fromMs: number;
  toMs: number;
  nowMs: number;
  streams: StreamUsage[];
  figures: Record<string, string>;
  prices: {
    source: string;
    currency: string;
    bytesPerGb: number;
    items: { meter: string; unit: string; usd: string | null }[];
  };
  freeTier: { known: boolean; allowances: { meter: string; amount: number; unit: string; text?: string }[] };
  notes: string[];
  next?: string;
}

export interface StreamUsage {
  streamName: string;
  storageTier: "HOT" | "WARM";
  retentionHours: number;
  complete: boolean;
  stored: { bytes: number; fragments: number } | null;
  days: { columns: string[]; rows: [number, number, number][] };
}

export interface Day {
  dayMs: number;
  bytes: number;
  fragments: number;
}

/** Sums of all streams by day, of every day of the range, also of those without media. */
export function byDay(usage: Pick<Usage, "fromMs" | "toMs">, streams: readonly StreamUsage[]): Day[] {
  const days = new Map<number, Day>();
  for (let dayMs = usage.fromMs; dayMs < usage.toMs; dayMs += DAY_MS) {
    days.set(dayMs, { dayMs, bytes: 0, fragments: 0 });
  }
  for (const stream of streams) {
    for (const [dayMs, fragments, bytes] of stream.days.rows) {
      const day = days.get(dayMs);
      if (!day) continue;
      day.bytes += bytes;
      day.fragments += fragments;
    }
  }
  return [...days.values()];
}

/** What arrived in the range, of one stream. */
export function arrived(stream: StreamUsage): { bytes: number; fragments: number } {
  return stream.days.rows.reduce(
    (sum, [, fragments, bytes]) => ({ bytes: sum.bytes + bytes, fragments: sum.fragments + fragments }),
    { bytes: 0, fragments: 0 },
  );
}

/** What bytes cost by a meter, US dollars; `undefined` if the price is not known. */
export function cost(prices: Usage["prices"], meter: string, bytes: number): number | undefined {
  const item = prices.items.find((item) => item.meter === meter);
  if (!item || item.usd === null || !item.unit.startsWith("GB")) return undefined;
  return (bytes / prices.bytesPerGb) * Number(item.usd);
}

/** An amount of US dollars, with more digits where it is small. */
export function dollars(amount: number | undefined): string {
  if (amount === undefined) return "–";
  if (amount === 0) return "$0";
  if (amount < 0.0001) return "< $0.0001";
  return `$${amount.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: amount < 1 ? 4 : 2 })}`;
}

const DAY_MS = 86_400_000;
