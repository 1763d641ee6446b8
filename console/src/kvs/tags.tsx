/** A stream's tags, to be changed in place. */

import {
  ListTagsForStreamCommand,
  TagStreamCommand,
  UntagStreamCommand,
} from "@aws-sdk/client-kinesis-video";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { TagEditorProps } from "@cloudscape-design/components/tag-editor";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { FailureAlert } from "../parts/failure_alert";
import { useSay } from "../shell/notes";
import { useKinesisVideo } from "./client";
import { changes } from "./edit/tag_changes";
import { TagsField } from "./edit/tags_field";

/** The tab "Tags". */
export function Tags({ name }: { name: string }) {
  const control = useKinesisVideo();
  const queries = useQueryClient();
  const say = useSay();
  const [edited, setEdited] = useState<readonly TagEditorProps.Tag[]>();
  const [isRight, setRight] = useState(true);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const queryKey = ["kvs", "stream", name, "tags"];
  const tags = useQuery({
    queryKey,
    queryFn: async ({ signal }) => {
      const command = new ListTagsForStreamCommand({ StreamName: name });
      return (await control.send(command, { abortSignal: signal })).Tags ?? {};
    },
  });
  const kept = Object.entries(tags.data ?? {}).map(([key, value]) => ({ key, value, existing: true }));
  const { set, removed } = changes(tags.data ?? {}, edited ?? kept);
  const isChanged = Object.keys(set).length > 0 || removed.length > 0;
  const save = async () => {
    setBusy(true);
    setError(undefined);
    try {
      // Removed first: the new ones may need the room.
      if (removed.length > 0) {
        await control.send(new UntagStreamCommand({ StreamName: name, TagKeyList: removed }));
      }
      if (Object.keys(set).length > 0) {
        await control.send(new TagStreamCommand({ StreamName: name, Tags: set }));
      }
      await queries.invalidateQueries({ queryKey });
      setEdited(undefined);
      say("success", `The tags of ${name} were saved.`);
    } catch (error) {
      setError(error);
      void queries.invalidateQueries({ queryKey });
    }
    setBusy(false);
  };
  if (tags.error && !tags.data) {
    return <FailureAlert error={tags.error} header="The tags cannot be shown" />;
  }
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Keys and values of your own. Policies can allow and deny by them."
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button disabled={!isChanged || isBusy} onClick={() => setEdited(undefined)}>
                Discard changes
              </Button>
              <Button
                variant="primary"
                disabled={!isChanged || !isRight}
                loading={isBusy}
                onClick={() => void save()}
              >
                Save tags
              </Button>
            </SpaceBetween>
          }
        >
          Tags
        </Header>
      }
    >
      <SpaceBetween size="m">
        <TagsField
          tags={edited ?? kept}
          isLoading={tags.isPending}
          onChange={(tags, isRight) => {
            setEdited(tags);
            setRight(isRight);
          }}
        />
        {error !== undefined && <FailureAlert error={error} header="The tags were not saved" />}
      </SpaceBetween>
    </Container>
  );
}
