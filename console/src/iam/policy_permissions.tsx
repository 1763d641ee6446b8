/** What a policy says, and the editor that writes a new version of it. */

import {
  CreatePolicyVersionCommand,
  DeletePolicyVersionCommand,
  GetPolicyVersionCommand,
} from "@aws-sdk/client-iam";
import type { PolicyVersion } from "@aws-sdk/client-iam";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useSearchParams } from "react-router";

import { FailureAlert } from "../parts/failure_alert";
import { JsonView } from "../parts/json_view";
import { useSay } from "../shell/notes";
import { useIam } from "./client";
import { documentOf, indented } from "./documents";
import { POLICY_SIZE_MAX, checkPolicy, errorsOf } from "./policy_document";
import { PolicyEditor } from "./policy_editor";
import { usePolicyVersions } from "./policy_versions";

interface Props {
  arn: string;
  defaultVersion: string;
  /** The account's own can be edited. */
  isOwn: boolean;
  /** Another version that is to be shown. */
  wanted: string | undefined;
}

/** The document of a version; `?edit=1` opens the editor. */
export function PolicyPermissions({ arn, defaultVersion, isOwn, wanted }: Props) {
  const iam = useIam();
  const [search, setSearch] = useSearchParams();
  const shown = wanted ?? defaultVersion;
  const isDefault = shown === defaultVersion;
  const version = useQuery({
    queryKey: ["iam", "policy-version", arn, shown],
    queryFn: async ({ signal }) => {
      const asked = new GetPolicyVersionCommand({ PolicyArn: arn, VersionId: shown });
      const answer = await iam.send(asked, { abortSignal: signal });
      return documentOf(answer.PolicyVersion?.Document);
    },
  });
  const isEditing = isOwn && search.get("edit") === "1";
  if (version.error && version.data === undefined) {
    return <FailureAlert error={version.error} header="The document cannot be shown" />;
  }
  if (version.data === undefined) return <Spinner />;
  const close = () => setSearch({ tab: "permissions" }, { replace: true });
  if (isEditing) return <NewVersion key={shown} arn={arn} text={indented(version.data)} onDone={close} />;
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={isDefault ? `Version ${shown}, which counts` : `Version ${shown}; version ${defaultVersion} counts`}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              {!isDefault && <Button onClick={close}>Show the default version</Button>}
              {isOwn && (
                <Button
                  onClick={() =>
                    setSearch({ tab: "permissions", edit: "1", ...(wanted && { version: wanted }) }, { replace: true })
                  }
                >
                  Edit
                </Button>
              )}
            </SpaceBetween>
          }
        >
          Permissions defined in this policy
        </Header>
      }
    >
      <JsonView label="Policy document" text={indented(version.data)} />
    </Container>
  );
}

/** Writes a new version, which counts from then on; the sixth takes the place of another. */
function NewVersion({ arn, text: given, onDone }: { arn: string; text: string; onDone: () => void }) {
  const iam = useIam();
  const queries = useQueryClient();
  const say = useSay();
  const [text, setText] = useState(given);
  const [gone, setGone] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const versions = usePolicyVersions(arn);
  const spare = (versions.data ?? []).filter(({ IsDefaultVersion }) => !IsDefaultVersion);
  const isFull = (versions.data?.length ?? 0) >= VERSIONS_MAX;
  const options = spare.map(option).reverse();
  const chosen = options.find(({ value }) => value === gone) ?? options[0];
  const save = async () => {
    if (isBusy || errorsOf(checkPolicy(text, "identity", POLICY_SIZE_MAX.managed)) !== undefined) return;
    setBusy(true);
    setError(undefined);
    try {
      if (isFull && chosen) {
        await iam.send(new DeletePolicyVersionCommand({ PolicyArn: arn, VersionId: chosen.value }));
      }
      await iam.send(new CreatePolicyVersionCommand({ PolicyArn: arn, PolicyDocument: text, SetAsDefault: true }));
      say("success", "The policy is saved. The new version counts from now on.");
      onDone();
    } catch (error) {
      setError(error);
      setBusy(false);
    } finally {
      void queries.invalidateQueries({ queryKey: ["iam", "policies"] });
      void queries.invalidateQueries({ queryKey: ["iam", "policy-versions", arn] });
      void queries.invalidateQueries({ queryKey: ["iam", "managed-policy", arn] });
    }
  };
  return (
    <Container
      header={<Header variant="h2">Edit policy</Header>}
      footer={
        <SpaceBetween direction="horizontal" size="xs">
          <Button variant="primary" loading={isBusy} disabled={text === given} onClick={() => void save()}>
            Save changes
          </Button>
          <Button variant="link" onClick={onDone}>
            Cancel
          </Button>
        </SpaceBetween>
      }
    >
      <SpaceBetween size="m">
        <PolicyEditor
          label="Policy document"
          value={text}
          onChange={setText}
          kind="identity"
          sizeMax={POLICY_SIZE_MAX.managed}
        />
        {isFull && (
          <FormField
            label="Version to delete"
            description={`A policy has ${VERSIONS_MAX} versions at most, and this one has them. One must go before a new one is saved.`}
          >
            <Select
              options={options}
              selectedOption={chosen ?? null}
              onChange={({ detail }) => setGone(detail.selectedOption.value)}
            />
          </FormField>
        )}
        {error !== undefined && <FailureAlert error={error} header="The policy is not saved" />}
      </SpaceBetween>
    </Container>
  );
}

function option({ VersionId = "", CreateDate }: PolicyVersion) {
  return { value: VersionId, label: `${VersionId}, of ${CreateDate?.toLocaleString() ?? "an unknown time"}` };
}

const VERSIONS_MAX = 5;
