/** Tags of what is made or changed. */

import TagEditor from "@cloudscape-design/components/tag-editor";
import type { TagEditorProps } from "@cloudscape-design/components/tag-editor";
import type { Tag } from "@aws-sdk/client-iam";

/** A tag as the editor has it: marked when it is to be removed. */
export type EditedTag = TagEditorProps.Tag;

/** Fields for keys and values. */
export function TagFields({ tags, onChange }: { tags: EditedTag[]; onChange: (tags: EditedTag[]) => void }) {
  return (
    <TagEditor
      tags={tags}
      tagLimit={TAGS_MAX}
      onChange={({ detail }) => onChange([...detail.tags])}
      i18nStrings={WORDS}
    />
  );
}

/** The tags that stay or come. */
export function tagsOf(tags: readonly EditedTag[]): Tag[] {
  return tags.filter((tag) => !tag.markedForRemoval && tag.key !== "").map(({ key, value }) => ({ Key: key, Value: value }));
}

/** What must be written and removed to get from some tags to others. */
export function tagChanges(before: readonly Tag[], after: readonly Tag[]): { put: Tag[]; remove: string[] } {
  const known = new Map(before.map(({ Key, Value }) => [Key ?? "", Value ?? ""]));
  const put = after.filter(({ Key, Value }) => known.get(Key ?? "") !== (Value ?? ""));
  const kept = new Set(after.map(({ Key }) => Key ?? ""));
  return { put, remove: [...known.keys()].filter((key) => !kept.has(key)) };
}

const TAGS_MAX = 50;

const WORDS: TagEditorProps.I18nStrings = {
  keyPlaceholder: "Enter a key",
  valuePlaceholder: "Enter a value",
  addButton: "Add new tag",
  removeButton: "Remove",
  undoButton: "Undo",
  undoPrompt: "This tag is removed when you save",
  loading: "Loading tags",
  keyHeader: "Key",
  valueHeader: "Value",
  optional: "optional",
  keySuggestion: "Tag keys",
  valueSuggestion: "Tag values",
  emptyTags: "No tags.",
  tooManyKeysSuggestion: "There are more keys than can be shown",
  tooManyValuesSuggestion: "There are more values than can be shown",
  keysSuggestionLoading: "Loading keys",
  keysSuggestionError: "The keys cannot be read",
  valuesSuggestionLoading: "Loading values",
  valuesSuggestionError: "The values cannot be read",
  emptyKeyError: "A tag needs a key",
  maxKeyCharLengthError: "A key has up to 128 characters",
  maxValueCharLengthError: "A value has up to 256 characters",
  duplicateKeyError: "There is another tag with this key",
  invalidKeyError: "Use letters, digits, spaces and _ . : / = + - @",
  invalidValueError: "Use letters, digits, spaces and _ . : / = + - @",
  awsPrefixError: "Keys cannot begin with aws:",
  tagLimit: (available) => (available === 0 ? "No more tags can be added." : `${available} more tags can be added.`),
  tagLimitReached: (limit) => `${limit} tags is the most.`,
  tagLimitExceeded: (limit) => `There are more than ${limit} tags.`,
  enteredKeyLabel: (key) => `Use "${key}"`,
  enteredValueLabel: (value) => `Use "${value}"`,
  clearAriaLabel: "Clear",
  itemRemovedAriaLive: "A tag was removed",
};
