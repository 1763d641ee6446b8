/** Creates or edits an inline policy. */

import Modal from "@cloudscape-design/components/modal";
import Spinner from "@cloudscape-design/components/spinner";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { Dialog } from "../parts/dialog";
import { FailureAlert } from "../parts/failure_alert";
import { useSay } from "../shell/notes";
import { useIam } from "./client";
import { EMPTY_DOCUMENT, documentFault, indented } from "./documents";
import { inlineDocument, putInline } from "./entity_policies";
import type { Kind } from "./entity_policies";
import { NameField } from "./name_field";
import { policyNameFault } from "./names";
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
  const nameFault = policyNameFault(newName);
  const textFault = documentFault(text);
  const save = async () => {
    await putInline(iam, kind, name, newName, text);
    say("success", `The inline policy ${newName} is saved.`);
    onSaved();
  };
  return (
    <Dialog
      isLarge
      isForm={false}
      title={policyName === undefined ? "Create inline policy" : `Edit ${policyName}`}
      action={policyName === undefined ? "Create policy" : "Save changes"}
      check={() => {
        setTried(true);
        return nameFault === undefined && textFault === undefined;
      }}
      onAct={save}
      onClose={onClose}
    >
      {policyName === undefined && (
        <NameField kind="policy" name={newName} onChange={setNewName} isTried={isTried} />
      )}
      <PolicyEditor
        label="Policy document"
        kind="identity"
        sizeMax={POLICY_SIZE_MAX[kind]}
        value={text}
        onChange={setText}
        refused={isTried ? textFault : undefined}
      />
    </Dialog>
  );
}
