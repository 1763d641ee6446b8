/** What has to be called so that tags become what was entered. */

interface Entered {
  key: string;
  value: string;
  markedForRemoval?: boolean;
}

/** Tags to set and keys to remove, so that `now` becomes `entered`. */
export function changes(now: Record<string, string>, entered: readonly Entered[]) {
  const wanted = new Map(
    entered.filter((tag) => !tag.markedForRemoval && tag.key !== "").map((tag) => [tag.key, tag.value]),
  );
  const set = Object.fromEntries([...wanted].filter(([key, value]) => now[key] !== value));
  const removed = Object.keys(now).filter((key) => !wanted.has(key));
  return { set, removed };
}
