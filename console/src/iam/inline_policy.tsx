/** Creates or edits an inline policy. */

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { FailureAlert } from "../parts/failure_alert";
import { useSay } from "../shell/notes";
import { useIam } from "./client";
import { EMPTY_DOCUMENT, documentFault, indented } from "./documents";
import { inlineDocument, putInline } from "./entity_policies";
import type { Kind } from "./entity_policies";
import { NAME_RULE, policyNameFault } from "./names";
import { POLICY_SIZE_MAX } from "./policy_document";
import { PolicyEditor } from "./policy_editor";

interface Props {
  kind: Kind;
  /** Of the user, group or role. */
  name: string;
  /** The policy that is edited; a new one without it. */
  policyName?: string | undefined;
  /** What a new policy begins with. */
  startText?: string;
  onSaved: () => void;
  onClose: () => void;
}

/** The dialogue; for a policy that exists, when its document is read. */
export function InlinePolicy(props: Props) {
  const { kind, name, policyName, onClose } = props;
  const iam = useIam();
  const document = useQuery({
    queryKey: ["iam", "inline-policy", kind, name, policyName ?? ""],
    enabled: policyName !== undefined,
    gcTime: 0,
    staleTime: Infinity,
    queryFn: ({ signal }) => inlineDocument(iam, kind, name, policyName ?? "", signal),
  });
  if (policyName === undefined) return <Editor {...props} text={props.startText ?? EMPTY_DOCUMENT} />;
  if (document.data !== undefined) return <Editor {...props} text={indented(document.data)} />;
  return (
    <Modal visible size="large" header={`Edit ${policyName}`} closeAriaLabel="Close" onDismiss={onClose}>
      {document.error ? <FailureAlert error={document.error} header="The policy cannot be read" /> : <Spinner />}
    </Modal>
  );
}

function Editor({ kind, name, policyName, onSaved, onClose, text: given }: Props & { text: string }) {
  const iam = useIam();
  const say = useSay();
  const [newName, setNewName] = useState(policyName ?? "");
  const [text, setText] = useState(given);
  const [isTried, setTried] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const nameFault = policyNameFault(newName);
  const textFault = documentFault(text);
  const save = async () => {
    setTried(true);
    if (nameFault || textFault || isBusy) return;
    setBusy(true);
    setError(undefined);
    try {
      await putInline(iam, kind, name, newName, text);
      say("success", `The inline policy ${newName} is saved.`);
      onSaved();
      onClose();
    } catch (error) {
      setError(error);
      setBusy(false);
    }
  };
  return (
    <Modal
      visible
      size="large"
      header={policyName === undefined ? "Create inline policy" : `Edit ${policyName}`}
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" loading={isBusy} onClick={() => void save()}>
              {policyName === undefined ? "Create policy" : "Save changes"}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {policyName === undefined && (
          <FormField label="Policy name" constraintText={`Up to 128 characters. ${NAME_RULE}`} errorText={isTried && nameFault}>
            <Input value={newName} autoComplete={false} onChange={({ detail }) => setNewName(detail.value)} />
          </FormField>
        )}
        <PolicyEditor
          label="Policy document"
          kind="identity"
          sizeMax={POLICY_SIZE_MAX[kind]}
          value={text}
          onChange={setText}
          refused={isTried ? textFault : undefined}
        />
        {error !== undefined && <FailureAlert error={error} />}
      </SpaceBetween>
    </Modal>
  );
}
