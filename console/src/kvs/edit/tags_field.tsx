/** The field that tags are entered in. */

import TagEditor from "@cloudscape-design/components/tag-editor";
import type { TagEditorProps } from "@cloudscape-design/components/tag-editor";

interface Props {
  tags: readonly TagEditorProps.Tag[];
  /** `isRight`: whether they can be saved as they are. */
  onChange: (tags: readonly TagEditorProps.Tag[], isRight: boolean) => void;
  isLoading?: boolean;
}

/** Keys and values, at most fifty. */
export function TagsField({ tags, onChange, isLoading = false }: Props) {
  return (
    <TagEditor
      tags={tags}
      tagLimit={TAGS_MAX}
      loading={isLoading}
      onChange={({ detail }) => onChange(detail.tags, detail.valid)}
      i18nStrings={WORDS}
    />
  );
}

const TAGS_MAX = 50;

const WORDS: TagEditorProps.I18nStrings = {
  keyPlaceholder: "Enter key",
  valuePlaceholder: "Enter value",
  addButton: "Add new tag",
  removeButton: "Remove",
  removeButtonAriaLabel: (tag) => `Remove the tag ${tag.key}`,
  undoButton: "Undo",
  undoPrompt: "This tag will be removed when you save.",
  loading: "Loading tags",
  keyHeader: "Key",
  valueHeader: "Value",
  optional: "optional",
  keySuggestion: "Custom tag key",
  valueSuggestion: "Custom tag value",
  emptyTags: "No tags.",
  tooManyKeysSuggestion: "There are more keys than can be shown",
  tooManyValuesSuggestion: "There are more values than can be shown",
  keysSuggestionLoading: "Loading keys",
  keysSuggestionError: "The keys cannot be loaded",
  valuesSuggestionLoading: "Loading values",
  valuesSuggestionError: "The values cannot be loaded",
  emptyKeyError: "Enter a key.",
  maxKeyCharLengthError: "At most 128 characters.",
  maxValueCharLengthError: "At most 256 characters.",
  duplicateKeyError: "Another tag has this key.",
  invalidKeyError: "Letters, digits, spaces and _ . : / = + - @ only.",
  invalidValueError: "Letters, digits, spaces and _ . : / = + - @ only.",
  awsPrefixError: "A key cannot begin with aws:",
  clearAriaLabel: "Clear",
  tagLimit: (available, limit) => {
    if (available === limit) return `At most ${limit} tags.`;
    return available === 1 ? "1 more tag is possible." : `${available} more tags are possible.`;
  },
  tagLimitReached: (limit) => `${limit} tags are the most there can be.`,
  tagLimitExceeded: (limit) => `${limit} tags are the most there can be: remove some.`,
  enteredKeyLabel: (text) => `Use "${text}"`,
  enteredValueLabel: (text) => `Use "${text}"`,
};
