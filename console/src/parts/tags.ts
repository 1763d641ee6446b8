/** Tags as an editor holds them and as calls send them. */

/** A tag as the services tell it. */
export interface Tag {
  Key: string;
  Value: string;
}

/** A tag in the editor. */
export interface EditedTag {
  key: string;
  value: string;
  /** It was there before. */
  existing: boolean;
  markedForRemoval?: boolean;
}

/** What to do so that a thing has the tags of the editor. */
export interface TagChanges {
  /** To be added or overwritten. */
  set: Tag[];
  /** Keys to be taken away. */
  removed: string[];
}

/** For the editor, from what a service tells. */
export function edited(tags: readonly { Key?: string | undefined; Value?: string | undefined }[]): EditedTag[] {
  return tags.map(({ Key, Value }) => ({ key: Key ?? "", value: Value ?? "", existing: true }));
}

/** The tags that the editor leaves, for a thing that is to be created. */
export function wanted(tags: readonly EditedTag[]): Tag[] {
  return tags.filter((tag) => !tag.markedForRemoval).map(({ key, value }) => ({ Key: key.trim(), Value: value }));
}

/** The calls' worth of difference between what was there and what the editor has. */
export function changes(before: readonly EditedTag[], after: readonly EditedTag[]): TagChanges {
  const left = wanted(after);
  const old = new Map(before.map(({ key, value }) => [key, value]));
  const kept = new Set(left.map(({ Key }) => Key));
  return {
    set: left.filter(({ Key, Value }) => old.get(Key) !== Value),
    removed: before.map(({ key }) => key).filter((key) => !kept.has(key)),
  };
}

/** Keys that are one to IAM, which does not tell apart upper and lower case. */
export function doubled(tags: readonly EditedTag[]): string | undefined {
  const seen = new Set<string>();
  for (const { Key } of wanted(tags)) {
    const folded = Key.toLowerCase();
    if (seen.has(folded)) return Key;
    seen.add(folded);
  }
  return undefined;
}

/** A thing has this many tags at most. */
export const TAGS_MAX = 50;
