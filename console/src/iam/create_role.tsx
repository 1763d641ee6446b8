/** Create role: whom it is for, what it may do, what it is called. */

import { AttachRolePolicyCommand, CreateRoleCommand } from "@aws-sdk/client-iam";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import Wizard from "@cloudscape-design/components/wizard";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";

import { Failure } from "../api/failure";
import { FailureAlert } from "../parts/failure_alert";
import { JsonView } from "../parts/json_view";
import { wanted } from "../parts/tags";
import type { EditedTag } from "../parts/tags";
import { TagsEditor } from "../parts/tags_editor";
import { useSigned } from "../session/provider";
import { useSay } from "../shell/notes";
import { useIam } from "./client";
import { indented, nameOfArn } from "./documents";
import { NameField } from "./name_field";
import { roleNameFault } from "./names";
import { PolicyPicker } from "./policy_picker";
import { POLICY_SIZE_MAX, checkPolicy, errorsOf } from "./policy_document";
import { SESSION_LENGTHS } from "./session_lengths";
import { trustFaults, trustPolicy } from "./trusted_entity";
import type { Trusted } from "./trusted_entity";
import { TrustedEntityFields } from "./trusted_entity_fields";

/** The wizard. */
export function CreateRole() {
  const iam = useIam();
  const { session } = useSigned();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const say = useSay();
  const [step, setStep] = useState(0);
  const [tried, setTried] = useState(-1);
  const [trusted, setTrusted] = useState<Trusted>({
    kind: "account",
    accountId: session.accountId,
    externalId: "",
    isMfaRequired: false,
  });
  const [policies, setPolicies] = useState<string[]>([]);
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [seconds, setSeconds] = useState("3600");
  const [tags, setTags] = useState<EditedTag[]>([]);
  const [areTagsValid, setTagsValid] = useState(true);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const document = trustPolicy(trusted);
  const isTrustFine =
    Object.keys(trustFaults(trusted)).length === 0 &&
    errorsOf(checkPolicy(document, "trust", POLICY_SIZE_MAX.trust)) === undefined;
  const nameFault = roleNameFault(name);
  const isFine = [isTrustFine, true, nameFault === undefined && areTagsValid];
  const submit = async () => {
    setTried(2);
    if (!isFine.every(Boolean) || isBusy) return;
    setBusy(true);
    setError(undefined);
    try {
      await iam.send(
        new CreateRoleCommand({
          RoleName: name,
          AssumeRolePolicyDocument: document,
          MaxSessionDuration: Number(seconds),
          ...(description && { Description: description }),
          ...(tags.length > 0 && { Tags: wanted(tags) }),
        }),
      );
    } catch (error) {
      setError(error);
      setBusy(false);
      return;
    }
    say("success", `The role ${name} is created.`);
    for (const PolicyArn of policies) {
      try {
        await iam.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn }));
      } catch (error) {
        // The role is there; its page shows what it lacks.
        say("error", `${nameOfArn(PolicyArn)} was not attached: ${Failure.of(error).message}`);
      }
    }
    await queries.invalidateQueries({ queryKey: ["iam", "roles"] });
    void navigate(`/console/iam/roles/${encodeURIComponent(name)}`);
  };
  const length = SESSION_LENGTHS.find(({ value }) => value === seconds);
  return (
    <Wizard
      i18nStrings={{
        stepNumberLabel: (number) => `Step ${number}`,
        collapsedStepsLabel: (number, count) => `Step ${number} of ${count}`,
        skipToButtonLabel: (step) => `Skip to ${step.title}`,
        navigationAriaLabel: "Steps",
        cancelButton: "Cancel",
        previousButton: "Previous",
        nextButton: "Next",
        submitButton: "Create role",
        optional: "optional",
      }}
      activeStepIndex={step}
      isLoadingNextStep={isBusy}
      onCancel={() => void navigate("/console/iam/roles")}
      onSubmit={() => void submit()}
      onNavigate={({ detail }) => {
        const leaves = detail.requestedStepIndex > step;
        setTried(leaves ? step : -1);
        if (!leaves || isFine[step]) setStep(detail.requestedStepIndex);
      }}
      steps={[
        {
          title: "Select trusted entity",
          description: "Who may take this role.",
          content: (
            <Container>
              <TrustedEntityFields trusted={trusted} onChange={setTrusted} isTried={tried === 0} />
            </Container>
          ),
        },
        {
          title: "Add permissions",
          description: "What whoever takes the role may do. Inline policies can be added afterwards.",
          isOptional: true,
          content: <PolicyPicker chosen={policies} onChange={setPolicies} />,
        },
        {
          title: "Name, review, and create",
          content: (
            <SpaceBetween size="l">
              <Container header={<Header variant="h2">Role details</Header>}>
                <SpaceBetween size="l">
                  <NameField kind="role" name={name} onChange={setName} isTried={tried === 2} />
                  <FormField label="Description - optional" constraintText="Up to 1,000 characters.">
                    <Textarea value={description} rows={2} onChange={({ detail }) => setDescription(detail.value)} />
                  </FormField>
                  <FormField
                    label="Maximum session duration"
                    description="How long credentials of the role can last at most."
                  >
                    <Select
                      options={SESSION_LENGTHS}
                      selectedOption={length ?? null}
                      onChange={({ detail }) => setSeconds(detail.selectedOption.value ?? "3600")}
                    />
                  </FormField>
                </SpaceBetween>
              </Container>
              <Container header={<Header variant="h2">Step 1: Select trusted entities</Header>}>
                <JsonView label="Trust policy" text={indented(document)} isShort />
              </Container>
              <Container header={<Header variant="h2">Step 2: Add permissions</Header>}>
                {policies.length === 0 ? (
                  <Box color="text-body-secondary">No policies: the role may do nothing yet.</Box>
                ) : (
                  <KeyValuePairs items={policies.map((arn) => ({ label: nameOfArn(arn), value: arn }))} />
                )}
              </Container>
              <Container header={<Header variant="h2">Step 3: Add tags - optional</Header>}>
                <TagsEditor
                  tags={tags}
                  onChange={(tags, isValid) => {
                    setTags(tags);
                    setTagsValid(isValid);
                  }}
                />
              </Container>
              {error !== undefined && <FailureAlert error={error} header="The role is not created" />}
            </SpaceBetween>
          ),
        },
      ]}
    />
  );
}
