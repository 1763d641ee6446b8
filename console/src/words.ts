/** Figures as people read them. */

/** Bytes in binary units: `1.5 MiB`. */
export function bytes(count: number): string {
  return scaled(count, 1024, ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"]);
}

/** Bits per second in decimal units: `2.1 Mbit/s`. */
export function bitrate(bitsPerSecond: number): string {
  return scaled(bitsPerSecond, 1000, ["bit/s", "kbit/s", "Mbit/s", "Gbit/s"]);
}

/** A whole number with separators. */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** One of something, or several: `1 stream`, `2 streams`. */
export function many(value: number, one: string, several = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : several}`;
}

/** A span of time by its two largest units: `3 d 4 h`, `2.4 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${trimmed(ms / 1000)} s`;
  const parts: string[] = [];
  let rest = Math.round(ms / 1000);
  for (const [unit, seconds] of UNITS_S) {
    const whole = Math.floor(rest / seconds);
    rest -= whole * seconds;
    if (whole > 0) parts.push(`${whole} ${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(" ");
}

/** Hours of retention as the console says it. */
export function retention(hours: number): string {
  if (hours === 0) return "none";
  return hours % 24 === 0 ? many(hours / 24, "day") : many(hours, "hour");
}

/** How long ago, roughly: `12 s ago`, `just now`. */
export function ago(ms: number, nowMs: number): string {
  const passed = nowMs - ms;
  if (passed < 2000) return "just now";
  return `${duration(passed).split(" ").slice(0, 2).join(" ")} ago`;
}

function scaled(value: number, step: number, units: readonly string[]): string {
  let at = 0;
  let shown = value;
  while (shown >= step && at < units.length - 1) {
    shown /= step;
    at += 1;
  }
  // 1023.96 KiB would be shown as "1024 KiB".
  if (at > 0 && at < units.length - 1 && Number(shown.toPrecision(4)) >= step) {
    shown /= step;
    at += 1;
  }
  return `${at === 0 ? Math.round(shown) : trimmed(shown)} ${units[at]}`;
}

function trimmed(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: value < 10 ? 2 : 1 });
}

const UNITS_S: readonly [string, number][] = [
  ["y", 365 * 86_400],
  ["d", 86_400],
  ["h", 3600],
  ["min", 60],
  ["s", 1],
];
