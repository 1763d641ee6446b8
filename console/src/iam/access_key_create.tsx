/** Creates an access key and shows its secret, this once. */

import { CreateAccessKeyCommand, TagUserCommand } from "@aws-sdk/client-iam";
import type { AccessKey } from "@aws-sdk/client-iam";
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { Copyable } from "../parts/code";
import { Dialog } from "../parts/dialog";
import { download } from "../parts/download";
import { FailureAlert } from "../parts/failure_alert";
import { Secret } from "../parts/secret";
import { useIam } from "./client";
import { accessKeyFile } from "./files";
import { tagValueFault } from "./names";

interface Props {
  /** `undefined` for the caller itself. */
  userName: string | undefined;
  /** The user who gets the key; `undefined` for root. */
  owner: string | undefined;
  onClose: () => void;
}

/**
 * Two steps: a description, then the key. The secret is state of this dialogue and of
 * nothing else: it is gone when the dialogue is.
 */
export function CreateAccessKey({ userName, owner, onClose }: Props) {
  const iam = useIam();
  const [description, setDescription] = useState("");
  const [made, setMade] = useState<AccessKey>();
  const [tagging, setTagging] = useState<unknown>();
  const fault = tagValueFault(description);
  const create = async () => {
    const answer = await iam.send(new CreateAccessKeyCommand({ UserName: userName }));
    setMade(answer.AccessKey);
    const id = answer.AccessKey?.AccessKeyId;
    if (owner !== undefined && id && description.trim()) {
      const Tags = [{ Key: id, Value: description.trim() }];
      // The key is there whether or not it can be described.
      await iam.send(new TagUserCommand({ UserName: owner, Tags })).catch(setTagging);
    }
  };
  if (made) return <Retrieve made={made} owner={owner} tagging={tagging} onClose={onClose} />;
  return (
    <Dialog
      isStep
      title="Create access key"
      action="Create access key"
      isReady={fault === undefined}
      onAct={create}
      onClose={onClose}
    >
      {owner === undefined ? (
        <Alert type="warning" header="Access keys of the root user are not recommended">
          Nothing limits what they may do. Create a user for the task and an access key for that
          user instead.
        </Alert>
      ) : (
        <Box variant="p">
          The key lets a program act as {owner}. Devices and programs that can use a role are
          better off with temporary credentials.
        </Box>
      )}
      {owner !== undefined && (
        <FormField
          label={
            <>
              Description tag value <i>- optional</i>
            </>
          }
          description="Where the key is used, to know later which one to take away."
          errorText={fault}
        >
          <Input
            value={description}
            placeholder="Camera gateway in the warehouse"
            autoComplete={false}
            onChange={({ detail }) => setDescription(detail.value)}
          />
        </FormField>
      )}
    </Dialog>
  );
}

interface RetrieveProps {
  made: AccessKey;
  owner: string | undefined;
  tagging: unknown;
  onClose: () => void;
}

function Retrieve({ made, owner, tagging, onClose }: RetrieveProps) {
  const id = made.AccessKeyId ?? "";
  const secret = made.SecretAccessKey ?? "";
  return (
    <Modal
      visible
      header="Retrieve access keys"
      closeAriaLabel="Close"
      // Not by a click beside it: what it shows never comes back.
      onDismiss={({ detail }) => {
        if (detail.reason !== "overlay") onClose();
      }}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button iconName="download" onClick={() => download(accessKeyFile(owner, id, secret))}>
              Download .csv file
            </Button>
            <Button variant="primary" onClick={onClose}>
              Done
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Alert type="warning" header="This is the only time that the secret access key can be seen">
          It cannot be recovered later. If it is lost, create another key and delete this one.
        </Alert>
        <KeyValuePairs
          columns={1}
          items={[
            { label: "Access key ID", value: <Copyable text={id} label="access key ID" /> },
            { label: "Secret access key", value: <Secret value={secret} label="secret access key" /> },
          ]}
        />
        {tagging !== undefined && (
          <FailureAlert error={tagging} header="The key was created, but its description was not kept" />
        )}
        <Box variant="small">
          Never keep an access key in plain text, in a code repository, or in code. Deactivate it
          when it is no longer needed, and replace it from time to time.
        </Box>
      </SpaceBetween>
    </Modal>
  );
}
