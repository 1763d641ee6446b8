/** Create policy: its document, then its name, description and tags. */

import { CreatePolicyCommand } from "@aws-sdk/client-iam";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate, useSearchParams } from "react-router";

import { FailureAlert } from "../parts/failure_alert";
import { wanted } from "../parts/tags";
import type { EditedTag } from "../parts/tags";
import { TagsEditor } from "../parts/tags_editor";
import { useSigned } from "../session/provider";
import { useSay } from "../shell/notes";
import { useIam } from "./client";
import { NameField } from "./name_field";
import { policyNameFault } from "./names";
import { POLICY_SIZE_MAX, checkPolicy, errorsOf } from "./policy_document";
import { PolicyEditor } from "./policy_editor";
import { startingPoints } from "./starting_points";
import { StartingPointButton } from "./starting_point_button";

/** The page. `?from=` names a starting point. */
export function CreatePolicy() {
  const iam = useIam();
  const { session } = useSigned();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const say = useSay();
  const [search] = useSearchParams();
  const points = startingPoints(session.region, session.accountId);
  const first = points.find(({ id }) => id === search.get("from")) ?? points[0];
  const [document, setDocument] = useState(first?.document ?? "");
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [tags, setTags] = useState<EditedTag[]>([]);
  const [areTagsValid, setTagsValid] = useState(true);
  const [isAsked, setAsked] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const submit = async () => {
    setAsked(true);
    const faults = errorsOf(checkPolicy(document, "identity", POLICY_SIZE_MAX.managed));
    if (policyNameFault(name) !== undefined || faults !== undefined || !areTagsValid || isBusy) return;
    setBusy(true);
    setError(undefined);
    try {
      const made = await iam.send(
        new CreatePolicyCommand({
          PolicyName: name,
          PolicyDocument: document,
          ...(description && { Description: description }),
          ...(tags.length > 0 && { Tags: wanted(tags) }),
        }),
      );
      await queries.invalidateQueries({ queryKey: ["iam", "policies"] });
      say("success", `The policy ${name} is created.`);
      void navigate(`/console/iam/policies/${encodeURIComponent(made.Policy?.Arn ?? "")}`);
    } catch (error) {
      setError(error);
      setBusy(false);
    }
  };
  return (
    <ContentLayout
      header={
        <Header variant="h1" description="What is allowed or denied, to be attached to users, groups and roles.">
          Create policy
        </Header>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Form
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" formAction="none" onClick={() => void navigate("/console/iam/policies")}>
                Cancel
              </Button>
              <Button variant="primary" loading={isBusy}>
                Create policy
              </Button>
            </SpaceBetween>
          }
        >
          <SpaceBetween size="l">
            <Container
              header={
                <Header variant="h2" actions={<StartingPointButton points={points} onChoose={setDocument} />}>
                  Specify permissions
                </Header>
              }
            >
              <PolicyEditor
                label="Policy document"
                value={document}
                onChange={setDocument}
                kind="identity"
                sizeMax={POLICY_SIZE_MAX.managed}
              />
            </Container>
            <Container header={<Header variant="h2">Policy details</Header>}>
              <SpaceBetween size="l">
                <NameField kind="policy" name={name} onChange={setName} isTried={isAsked} />
                <FormField label="Description - optional" constraintText="Up to 1,000 characters. It cannot be changed later.">
                  <Textarea value={description} rows={2} onChange={({ detail }) => setDescription(detail.value)} />
                </FormField>
              </SpaceBetween>
            </Container>
            <Container header={<Header variant="h2">Add tags - optional</Header>}>
              <TagsEditor
                tags={tags}
                onChange={(tags, isValid) => {
                  setTags(tags);
                  setTagsValid(isValid);
                }}
              />
            </Container>
            {error !== undefined && <FailureAlert error={error} header="The policy is not created" />}
          </SpaceBetween>
        </Form>
      </form>
    </ContentLayout>
  );
}
