/** The tags of a thing, and the dialogue that changes them. */

import Button from "@cloudscape-design/components/button";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { useSay } from "../shell/notes";
import { Dialog } from "./dialog";
import { List } from "./list";
import { changes, edited } from "./tags";
import type { EditedTag, Tag, TagChanges } from "./tags";
import { TagsEditor } from "./tags_editor";

interface Props {
  /** Under what the tags are remembered. */
  queryKey: readonly string[];
  read: (signal: AbortSignal) => Promise<readonly { Key?: string | undefined; Value?: string | undefined }[]>;
  write: (changes: TagChanges) => Promise<void>;
  /** What has the tags: "user", "role", "stream". */
  of: string;
  isCaseSensitive?: boolean;
}

/** A list with **Manage tags**. */
export function TagsPanel({ queryKey, read, write, of, isCaseSensitive = false }: Props) {
  const queries = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const tags = useQuery({ queryKey, queryFn: ({ signal }) => read(signal) });
  const manage = (
    <Button disabled={!tags.data} onClick={() => setOpen(true)}>
      Manage tags
    </Button>
  );
  return (
    <>
      <List<Tag>
        isPart
        one="tag"
        several="tags"
        description={`Names and values of your own. Policies can refer to them; this ${of} can have 50.`}
        items={tags.data?.map(({ Key, Value }) => ({ Key: Key ?? "", Value: Value ?? "" }))}
        error={tags.error}
        onRetry={() => void tags.refetch()}
        id={(tag) => tag.Key}
        columns={[
          { id: "key", header: "Key", isRowHeader: true, value: (tag) => tag.Key, cell: (tag) => tag.Key },
          { id: "value", header: "Value", value: (tag) => tag.Value, cell: (tag) => tag.Value || "–" },
        ]}
        actions={manage}
        emptyText={`No tags on this ${of}`}
      />
      {isOpen && tags.data && (
        <ManageTags
          before={edited(tags.data)}
          isCaseSensitive={isCaseSensitive}
          onClose={() => setOpen(false)}
          onSave={async (changes) => {
            try {
              await write(changes);
            } finally {
              // Part of it may have been done.
              await queries.invalidateQueries({ queryKey });
            }
          }}
        />
      )}
    </>
  );
}

interface ManageProps {
  before: EditedTag[];
  isCaseSensitive: boolean;
  onClose: () => void;
  onSave: (changes: TagChanges) => Promise<void>;
}

function ManageTags({ before: given, isCaseSensitive, onClose, onSave }: ManageProps) {
  const say = useSay();
  const [before] = useState(given);
  const [tags, setTags] = useState<EditedTag[]>(before);
  const [isValid, setValid] = useState(true);
  const save = async () => {
    await onSave(changes(before, tags));
    say("success", "The tags are saved.");
  };
  return (
    <Dialog
      isLarge
      isForm={false}
      title="Manage tags"
      action="Save changes"
      isReady={isValid}
      onAct={save}
      onClose={onClose}
    >
      <TagsEditor
        tags={tags}
        isCaseSensitive={isCaseSensitive}
        onChange={(tags, isValid) => {
          setTags(tags);
          setValid(isValid);
        }}
      />
    </Dialog>
  );
}
