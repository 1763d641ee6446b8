/** The access keys of a user, or of whoever is signed in. */

import {
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  ListAccessKeysCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import type { AccessKeyMetadata } from "@aws-sdk/client-iam";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Copyable } from "../parts/code";
import { Confirm } from "../parts/confirm";
import { FailureAlert } from "../parts/failure_alert";
import { Moment } from "../parts/moment";
import { StatusIndicator } from "../parts/status_indicator";
import { useSigned } from "../session/provider";
import { useSay } from "../shell/notes";
import { CreateAccessKey } from "./access_key_create";
import { useIam } from "./client";
import { readUserTags } from "./user_tags";

interface Props {
  /** `undefined` for the caller itself, root as well. */
  userName: string | undefined;
}

type Asked = "create" | { act: "Activate" | "Deactivate" | "Delete"; id: string };

/** The keys, what they were last used for, and what can be done with them. */
export function AccessKeys({ userName }: Props) {
  const iam = useIam();
  const queries = useQueryClient();
  const say = useSay();
  const { session } = useSigned();
  const [asked, setAsked] = useState<Asked>();
  const owner = userName ?? session.userName;
  const keys = useQuery({
    queryKey: ["iam", "access-keys", userName ?? ""],
    queryFn: async ({ signal }) => {
      const answer = await iam.send(new ListAccessKeysCommand({ UserName: userName }), { abortSignal: signal });
      const found = answer.AccessKeyMetadata ?? [];
      return found.sort((a, b) => (a.CreateDate?.getTime() ?? 0) - (b.CreateDate?.getTime() ?? 0));
    },
  });
  // The description of a key is a tag of its user's, named by the key: so does AWS.
  const tags = useQuery({
    queryKey: ["iam", "user", owner ?? "", "tags"],
    enabled: owner !== undefined && (keys.data?.length ?? 0) > 0,
    queryFn: ({ signal }) => readUserTags(iam, owner ?? "", signal),
  });
  const changed = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: ["iam", "access-keys"] }),
      queries.invalidateQueries({ queryKey: ["iam", "user", owner ?? "", "tags"] }),
      queries.invalidateQueries({ queryKey: ["iam", "user", owner ?? "", "keys"] }),
      queries.invalidateQueries({ queryKey: ["iam", "summary"] }),
    ]);
  const apply = async (act: "Activate" | "Deactivate" | "Delete", id: string) => {
    const whose = { UserName: userName, AccessKeyId: id };
    if (act === "Delete") await iam.send(new DeleteAccessKeyCommand(whose));
    else await iam.send(new UpdateAccessKeyCommand({ ...whose, Status: act === "Activate" ? "Active" : "Inactive" }));
    say("success", `The access key ${id} is ${DONE[act]}.`);
    await changed();
  };
  const isFull = (keys.data?.length ?? 0) >= KEYS_MAX;
  const create = (
    <Button
      disabled={isFull}
      disabledReason={`There can be ${KEYS_MAX} access keys at most. Delete one to create another.`}
      onClick={() => setAsked("create")}
    >
      Create access key
    </Button>
  );
  return (
    <Container
      header={
        <Header
          variant="h2"
          counter={keys.data && `(${keys.data.length})`}
          description="Use access keys to send programmatic calls from the AWS CLI, the SDKs, producers and players. There can be two at a time, active or inactive."
          actions={create}
        >
          Access keys
        </Header>
      }
    >
      {keys.isPending && <Spinner />}
      {keys.error && !keys.data && (
        <FailureAlert
          error={keys.error}
          header="The access keys cannot be shown"
          onRetry={() => void keys.refetch()}
        />
      )}
      {keys.data?.length === 0 && (
        <Box textAlign="center" padding="s">
          <SpaceBetween size="s">
            <b>No access keys</b>
            <Box variant="p">
              Without one, the API can be called only with temporary credentials.
            </Box>
            {create}
          </SpaceBetween>
        </Box>
      )}
      <SpaceBetween size="l">
        {keys.data?.map((key) => (
          <Key
            key={key.AccessKeyId}
            data={key}
            description={tags.data?.find((tag) => tag.Key === key.AccessKeyId)?.Value}
            onAsk={setAsked}
          />
        ))}
      </SpaceBetween>
      {asked === "create" && (
        <CreateAccessKey
          userName={userName}
          owner={owner}
          onClose={() => {
            setAsked(undefined);
            void changed();
          }}
        />
      )}
      {typeof asked === "object" && (
        <Confirm
          title={`${asked.act} ${asked.id}?`}
          action={asked.act}
          {...(asked.act === "Delete" && { typed: asked.id })}
          onConfirm={() => apply(asked.act, asked.id)}
          onClose={() => setAsked(undefined)}
        >
          {MEANING[asked.act]}
        </Confirm>
      )}
    </Container>
  );
}

interface KeyProps {
  data: AccessKeyMetadata;
  description: string | undefined;
  onAsk: (asked: Asked) => void;
}

function Key({ data, description, onAsk }: KeyProps) {
  const iam = useIam();
  const id = data.AccessKeyId ?? "";
  const used = useQuery({
    queryKey: ["iam", "access-keys", "last-used", id],
    queryFn: async ({ signal }) => {
      const answer = await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: id }), { abortSignal: signal });
      return answer.AccessKeyLastUsed ?? null;
    },
  });
  const isActive = data.Status === "Active";
  const at = used.data?.LastUsedDate;
  const last = (value: string | undefined) => (used.isSuccess ? (value ?? "N/A") : "–");
  return (
    <div role="group" aria-label={`Access key ${id}`}>
      <SpaceBetween size="s">
        <Header
          variant="h3"
          actions={
            <ButtonDropdown
              ariaLabel={`Actions for ${id}`}
              items={[
                isActive
                  ? { id: "Deactivate", text: "Deactivate" }
                  : { id: "Activate", text: "Activate" },
                {
                  id: "Delete",
                  text: "Delete",
                  disabled: isActive,
                  disabledReason: "Deactivate the access key first.",
                },
              ]}
              onItemClick={({ detail }) => onAsk({ act: detail.id as keyof typeof MEANING, id })}
            >
              Actions
            </ButtonDropdown>
          }
        >
          <Copyable text={id} label="access key ID" />
        </Header>
        <KeyValuePairs
          columns={4}
          minColumnWidth={150}
          items={[
            {
              label: "Status",
              value: (
                <StatusIndicator type={isActive ? "success" : "stopped"}>
                  {isActive ? "Active" : "Inactive"}
                </StatusIndicator>
              ),
            },
            { label: "Description", value: description || "–" },
            { label: "Created", value: <Moment at={data.CreateDate} /> },
            {
              label: "Last used",
              value: used.isError ? (
                <Box color="text-status-inactive">Not known: reading it failed</Box>
              ) : at ? (
                <Moment at={at} isRelative />
              ) : used.isPending ? (
                "–"
              ) : (
                "Never"
              ),
            },
            { label: "Last used region", value: last(used.data?.Region) },
            { label: "Last used service", value: last(used.data?.ServiceName) },
          ]}
        />
      </SpaceBetween>
    </div>
  );
}

const KEYS_MAX = 2;
const DONE = { Activate: "active", Deactivate: "inactive", Delete: "deleted" } as const;
const MEANING = {
  Activate: "Calls signed with this key will be accepted again.",
  Deactivate:
    "Calls signed with this key will be refused from now on. It can be activated again at any time.",
  Delete: "Whatever still uses this key will stop working, and its id and secret never come back.",
} as const;
