/** Creates a video stream, as the guide says it. */

import { CreateStreamCommand } from "@aws-sdk/client-kinesis-video";
import type { CreateStreamCommandInput } from "@aws-sdk/client-kinesis-video";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { TagEditorProps } from "@cloudscape-design/components/tag-editor";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";

import { FailureAlert } from "../parts/failure_alert";
import { useSay } from "../shell/notes";
import { useKinesisVideo } from "./client";
import { DeviceField, MediaTypeField } from "./edit/description";
import { hoursOf } from "./edit/retention";
import type { RetentionEntry } from "./edit/retention";
import { RetentionField } from "./edit/retention_field";
import { deviceProblem, mediaTypeProblem, nameProblem } from "./edit/rules";
import { TagsField } from "./edit/tags_field";
import { TierField } from "./edit/tier";

/** The page "Create a new video stream". */
export function CreateStream() {
  const control = useKinesisVideo();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const say = useSay();
  const [name, setName] = useState("");
  const [configuration, setConfiguration] = useState<"default" | "custom">("default");
  const [custom, setCustom] = useState<Custom>(FIRST);
  const [isTagsRight, setTagsRight] = useState(true);
  const [isAsked, setAsked] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const change = (fields: Partial<Custom>) => setCustom((custom) => ({ ...custom, ...fields }));
  const isCustomRight =
    "hours" in hoursOf(custom.retention) &&
    !mediaTypeProblem(custom.mediaType) &&
    !deviceProblem(custom.device) &&
    isTagsRight;
  const isRight = !nameProblem(name) && (configuration === "default" || isCustomRight);
  const create = async () => {
    setAsked(true);
    if (!isRight || isBusy) return;
    setBusy(true);
    setError(undefined);
    const asked = configuration === "default" ? { DataRetentionInHours: 24 } : inputOf(custom);
    try {
      await control.send(new CreateStreamCommand({ StreamName: name, ...asked }));
    } catch (error) {
      setError(error);
      setBusy(false);
      return;
    }
    void queries.invalidateQueries({ queryKey: ["kvs", "streams"] });
    say("success", `The video stream ${name} was created.`);
    void navigate(`/console/kinesisvideo/streams/${encodeURIComponent(name)}`);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void create();
      }}
    >
      <Form
        header={<Header variant="h1">Create a new video stream</Header>}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button
              variant="link"
              formAction="none"
              onClick={() => void navigate("/console/kinesisvideo/streams")}
            >
              Cancel
            </Button>
            <Button variant="primary" loading={isBusy}>
              Create video stream
            </Button>
          </SpaceBetween>
        }
      >
        <SpaceBetween size="l">
          <Container header={<Header variant="h2">Stream name and configuration</Header>}>
            <SpaceBetween size="l">
              <FormField
                label="Video stream name"
                constraintText="1 to 256 characters: letters (A–Z, a–z), digits, and _ . -"
                errorText={(isAsked || name !== "") && nameProblem(name)}
              >
                <Input
                  value={name}
                  autoFocus
                  placeholder="ExampleStream"
                  onChange={({ detail }) => setName(detail.value)}
                />
              </FormField>
              <FormField label="Configuration" stretch>
                <RadioGroup
                  ariaLabel="Configuration"
                  value={configuration}
                  onChange={({ detail }) => setConfiguration(detail.value as typeof configuration)}
                  items={[
                    {
                      value: "default",
                      label: "Default configuration",
                      description: "Media is kept for 1 day. Everything but the key can be changed later.",
                    },
                    {
                      value: "custom",
                      label: "Custom configuration",
                      description: "Choose retention, storage tier, key, description and tags.",
                    },
                  ]}
                />
              </FormField>
              {configuration === "default" && <Defaults />}
            </SpaceBetween>
          </Container>
          {configuration === "custom" && (
            <CustomFields custom={custom} onChange={change} onTagsRight={setTagsRight} />
          )}
          {error !== undefined && (
            <FailureAlert error={error} header="The video stream could not be created" />
          )}
        </SpaceBetween>
      </Form>
    </form>
  );
}

interface Custom {
  retention: RetentionEntry;
  tier: "HOT" | "WARM";
  key: string;
  mediaType: string;
  device: string;
  tags: readonly TagEditorProps.Tag[];
}

const FIRST: Custom = {
  retention: { amount: "1", unit: "days" },
  tier: "HOT",
  key: "",
  mediaType: "",
  device: "",
  tags: [],
};

function inputOf(custom: Custom): Omit<CreateStreamCommandInput, "StreamName"> {
  const read = hoursOf(custom.retention);
  const tags = Object.fromEntries(custom.tags.map(({ key, value }) => [key, value]));
  return {
    DataRetentionInHours: "hours" in read ? read.hours : 0,
    StreamStorageConfiguration: { DefaultStorageTier: custom.tier },
    ...(custom.key && { KmsKeyId: custom.key }),
    ...(custom.mediaType && { MediaType: custom.mediaType }),
    ...(custom.device && { DeviceName: custom.device }),
    ...(custom.tags.length > 0 && { Tags: tags }),
  };
}

function Defaults() {
  return (
    <KeyValuePairs
      columns={3}
      items={[
        { label: "Data retention period", value: "1 day" },
        { label: "Storage tier", value: "Hot" },
        { label: "Tags", value: "None" },
      ]}
    />
  );
}

interface CustomProps {
  custom: Custom;
  onChange: (fields: Partial<Custom>) => void;
  onTagsRight: (isRight: boolean) => void;
}

function CustomFields({ custom, onChange, onTagsRight }: CustomProps) {
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">Storage</Header>}>
        <SpaceBetween size="l">
          <RetentionField entry={custom.retention} onChange={(retention) => onChange({ retention })} />
          <TierField tier={custom.tier} onChange={(tier) => onChange({ tier })} />
          <FormField
            label={
              <>
                KMS key <i>- optional</i>
              </>
            }
            description="The id, alias or ARN of a key. This server has no key management service: it keeps and reports what you enter, and encrypts all media with the server's own key. It cannot be changed later."
          >
            <Input
              value={custom.key}
              placeholder="alias/aws/kinesisvideo"
              spellcheck={false}
              onChange={({ detail }) => onChange({ key: detail.value.slice(0, 2048) })}
            />
          </FormField>
        </SpaceBetween>
      </Container>
      <Container header={<Header variant="h2">Description</Header>}>
        <SpaceBetween size="l">
          <MediaTypeField value={custom.mediaType} onChange={(mediaType) => onChange({ mediaType })} />
          <DeviceField value={custom.device} onChange={(device) => onChange({ device })} />
        </SpaceBetween>
      </Container>
      <Container
        header={
          <Header variant="h2" description="Policies can allow and deny by tags.">
            Tags <Box variant="small">optional</Box>
          </Header>
        }
      >
        <TagsField
          tags={custom.tags}
          onChange={(tags, isRight) => {
            onChange({ tags });
            onTagsRight(isRight);
          }}
        />
      </Container>
    </SpaceBetween>
  );
}
