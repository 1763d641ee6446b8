/** Data retention: how it is entered, and what call changes it. */

/** Units that retention is entered in, hours of each. */
export const UNITS = [
  { value: "hours", label: "hours", hours: 1 },
  { value: "days", label: "days", hours: 24 },
  { value: "years", label: "years", hours: 8760 },
] as const;

export type Unit = (typeof UNITS)[number]["value"];

/** What stands in the form: text, as it may be anything while it is typed. */
export interface RetentionEntry {
  amount: string;
  unit: Unit;
}

/** Hours of what was entered, or why it is none. */
export function hoursOf(entry: RetentionEntry): { hours: number } | { problem: string } {
  if (!/^\d+$/.test(entry.amount.trim())) {
    return { problem: "Enter a whole number; 0 keeps nothing." };
  }
  const unit = UNITS.find(({ value }) => value === entry.unit);
  const hours = Number(entry.amount) * (unit?.hours ?? 1);
  if (hours > RETENTION_HOURS_MAX) return { problem: "At most 10 years: 87,600 hours." };
  return { hours };
}

/** Retention as it is entered: in the largest unit that divides it. */
export function entryOf(hours: number): RetentionEntry {
  const units = [...UNITS].reverse();
  const unit = units.find((unit) => hours > 0 && hours % unit.hours === 0) ?? UNITS[1];
  return { amount: String(hours / unit.hours), unit: unit.value };
}

/** What UpdateDataRetention is asked for; `undefined` if there is nothing to change. */
export function planRetention(nowHours: number, wantedHours: number) {
  const change = wantedHours - nowHours;
  if (change === 0) return undefined;
  return {
    Operation: change > 0 ? ("INCREASE_DATA_RETENTION" as const) : ("DECREASE_DATA_RETENTION" as const),
    DataRetentionChangeInHours: Math.abs(change),
  };
}

/** Ten years. */
export const RETENTION_HOURS_MAX = 87_600;
