/** Edits tags: 50 at most, keys and values by AWS's rules. */

import Alert from "@cloudscape-design/components/alert";
import SpaceBetween from "@cloudscape-design/components/space-between";
import TagEditor from "@cloudscape-design/components/tag-editor";
import type { TagEditorProps } from "@cloudscape-design/components/tag-editor";

import { many } from "../words";
import { TAGS_MAX, doubled } from "./tags";
import type { EditedTag } from "./tags";

interface Props {
  tags: readonly EditedTag[];
  onChange: (tags: EditedTag[], isValid: boolean) => void;
  /** Whether keys that differ by case alone are two tags, as they are to Kinesis Video. */
  isCaseSensitive?: boolean;
}

/** The editor; `isValid` of a change says whether it can be sent. */
export function TagsEditor({ tags, onChange, isCaseSensitive = false }: Props) {
  const twice = isCaseSensitive ? undefined : doubled(tags);
  return (
    <SpaceBetween size="s">
      <TagEditor
        tags={tags}
        tagLimit={TAGS_MAX}
        i18nStrings={STRINGS}
        onChange={({ detail }) => {
          const after = detail.tags.map((tag) => ({ ...tag }));
          onChange(after, detail.valid && (isCaseSensitive || doubled(after) === undefined));
        }}
      />
      {twice !== undefined && (
        <Alert type="error">There is more than one tag “{twice}”: upper and lower case are one.</Alert>
      )}
    </SpaceBetween>
  );
}

const STRINGS: TagEditorProps.I18nStrings = {
  keyPlaceholder: "Enter a key",
  valuePlaceholder: "Enter a value",
  addButton: "Add new tag",
  removeButton: "Remove",
  undoButton: "Undo",
  undoPrompt: "This tag will be removed when the changes are saved",
  loading: "Loading the tags",
  keyHeader: "Key",
  valueHeader: "Value",
  optional: "optional",
  keySuggestion: "Your own key",
  valueSuggestion: "Your own value",
  emptyTags: "No tags.",
  tooManyKeysSuggestion: "There are more keys than can be shown",
  tooManyValuesSuggestion: "There are more values than can be shown",
  keysSuggestionLoading: "Loading keys",
  keysSuggestionError: "The keys cannot be read",
  valuesSuggestionLoading: "Loading values",
  valuesSuggestionError: "The values cannot be read",
  emptyKeyError: "A tag needs a key.",
  maxKeyCharLengthError: "A key has 128 characters at most.",
  maxValueCharLengthError: "A value has 256 characters at most.",
  duplicateKeyError: "There is another tag with this key.",
  invalidKeyError: "Letters, digits, spaces and _ . : / = + - @ are accepted.",
  invalidValueError: "Letters, digits, spaces and _ . : / = + - @ are accepted.",
  awsPrefixError: "Keys that begin with aws: are AWS's own.",
  errorIconAriaLabel: "Error",
  clearAriaLabel: "Clear",
  itemRemovedAriaLive: "The tag was removed.",
  tagLimit: (left, max) =>
    left === max ? `Up to ${many(max, "tag")} can be added.` : `${many(left, "more tag")} can be added.`,
  tagLimitReached: (max) => `There are ${max} tags, which is the most.`,
  tagLimitExceeded: (max) => `There are more than ${max} tags, which is the most.`,
  enteredKeyLabel: (key) => `Use "${key}"`,
  enteredValueLabel: (value) => `Use "${value}"`,
  removeButtonAriaLabel: (tag) => `Remove the tag ${tag.key}`,
};
