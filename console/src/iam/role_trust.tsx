/** Who may take a role: its trust policy, to be read and edited. */

import { UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { FailureAlert } from "../parts/failure_alert";
import { JsonView } from "../parts/json_view";
import { useSay } from "../shell/notes";
import { useIam } from "./client";
import { indented } from "./documents";
import { POLICY_SIZE_MAX, checkPolicy, errorsOf } from "./policy_document";
import { PolicyEditor } from "./policy_editor";
import { trustedOf } from "./trusted_entity";

/** The policy, with **Edit trust policy**. */
export function RoleTrust({ name, document }: { name: string; document: string }) {
  const iam = useIam();
  const queries = useQueryClient();
  const say = useSay();
  const [text, setText] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const save = async () => {
    if (text === undefined || isBusy) return;
    if (errorsOf(checkPolicy(text, "trust", POLICY_SIZE_MAX.trust)) !== undefined) return;
    setBusy(true);
    setError(undefined);
    try {
      await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: name, PolicyDocument: text }));
      await queries.invalidateQueries({ queryKey: ["iam", "roles"] });
      say("success", "The trust policy is saved.");
      setText(undefined);
    } catch (error) {
      setError(error);
    } finally {
      setBusy(false);
    }
  };
  if (text === undefined) {
    const trusted = trustedOf(document).join(", ");
    return (
      <Container
        header={
          <Header
            variant="h2"
            description={trusted === "" ? "Who may take this role." : `May take this role: ${trusted}`}
            actions={<Button onClick={() => setText(indented(document))}>Edit trust policy</Button>}
          >
            Trusted entities
          </Header>
        }
      >
        <JsonView label="Trust policy" text={indented(document)} />
      </Container>
    );
  }
  return (
    <Container
      header={<Header variant="h2">Edit trust policy</Header>}
      footer={
        <SpaceBetween direction="horizontal" size="xs">
          <Button variant="primary" loading={isBusy} onClick={() => void save()}>
            Update policy
          </Button>
          <Button
            variant="link"
            onClick={() => {
              setText(undefined);
              setError(undefined);
            }}
          >
            Cancel
          </Button>
        </SpaceBetween>
      }
    >
      <SpaceBetween size="m">
        <PolicyEditor
          label="Trust policy"
          value={text}
          onChange={setText}
          kind="trust"
          sizeMax={POLICY_SIZE_MAX.trust}
        />
        {error !== undefined && <FailureAlert error={error} header="The trust policy is not saved" />}
      </SpaceBetween>
    </Container>
  );
}
