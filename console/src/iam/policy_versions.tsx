/** The versions of a policy: which one counts, and which can go. */

import {
  DeletePolicyVersionCommand,
  ListPolicyVersionsCommand,
  SetDefaultPolicyVersionCommand,
} from "@aws-sdk/client-iam";
import type { PolicyVersion } from "@aws-sdk/client-iam";
import Badge from "@cloudscape-design/components/badge";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Confirm } from "../parts/confirm";
import { Link } from "../parts/link";
import { List } from "../parts/list";
import { Moment } from "../parts/moment";
import { useSay } from "../shell/notes";
import { allPages, useIam } from "./client";

/** The versions of a policy, newest first. */
export function usePolicyVersions(arn: string) {
  const iam = useIam();
  return useQuery({
    queryKey: ["iam", "policy-versions", arn],
    queryFn: async ({ signal }) => {
      const versions = await allPages<PolicyVersion>(async (Marker) => {
        const asked = new ListPolicyVersionsCommand({ PolicyArn: arn, Marker });
        const page = await iam.send(asked, { abortSignal: signal });
        return { items: page.Versions, next: page.Marker };
      });
      return versions.sort((a, b) => numberOf(b) - numberOf(a));
    },
  });
}

/** The list, with **Set as default** and **Delete**. */
export function PolicyVersions({ arn, isOwn }: { arn: string; isOwn: boolean }) {
  const iam = useIam();
  const queries = useQueryClient();
  const say = useSay();
  const versions = usePolicyVersions(arn);
  const [chosen, setChosen] = useState<PolicyVersion[]>([]);
  const [asked, setAsked] = useState<"default" | "delete">();
  const id = chosen[0]?.VersionId ?? "";
  const isFree = id !== "" && !chosen[0]?.IsDefaultVersion;
  const changed = async () => {
    setChosen([]);
    await Promise.all([
      queries.invalidateQueries({ queryKey: ["iam", "policies"] }),
      queries.invalidateQueries({ queryKey: ["iam", "policy-versions", arn] }),
      queries.invalidateQueries({ queryKey: ["iam", "managed-policy", arn] }),
    ]);
  };
  const address = `/console/iam/policies/${encodeURIComponent(arn)}`;
  return (
    <>
      <List<PolicyVersion>
        isPart
        one="version"
        several="versions"
        title="Policy versions"
        description="The default version is the one that counts. There can be 5."
        items={versions.data}
        error={versions.error}
        onRetry={() => void versions.refetch()}
        id={(version) => version.VersionId ?? ""}
        columns={[
          {
            id: "version",
            header: "Version",
            isRowHeader: true,
            value: numberOf,
            cell: (version) => (
              <>
                <Link href={`${address}?tab=permissions&version=${version.VersionId ?? ""}`}>{version.VersionId}</Link>{" "}
                {version.IsDefaultVersion && <Badge color="green">Default</Badge>}
              </>
            ),
          },
          {
            id: "created",
            header: "Creation time",
            value: (version) => version.CreateDate?.getTime() ?? 0,
            cell: (version) => <Moment at={version.CreateDate} />,
          },
        ]}
        {...(isOwn && { selection: { type: "single" as const, items: chosen, onChange: setChosen } })}
        actions={
          isOwn && (
            <SpaceBetween direction="horizontal" size="xs">
              <Button disabled={!isFree} onClick={() => setAsked("delete")}>
                Delete
              </Button>
              <Button disabled={!isFree} onClick={() => setAsked("default")}>
                Set as default
              </Button>
            </SpaceBetween>
          )
        }
      />
      {asked === "default" && (
        <Confirm
          title={`Set ${id} as default?`}
          action="Set as default"
          onClose={() => setAsked(undefined)}
          onConfirm={async () => {
            await iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn: arn, VersionId: id }));
            say("success", `Version ${id} counts from now on.`);
            await changed();
          }}
        >
          It counts at once for everybody the policy is attached to.
        </Confirm>
      )}
      {asked === "delete" && (
        <Confirm
          title={`Delete the version ${id}?`}
          typed={id}
          action="Delete"
          onClose={() => setAsked(undefined)}
          onConfirm={async () => {
            await iam.send(new DeletePolicyVersionCommand({ PolicyArn: arn, VersionId: id }));
            say("success", `Version ${id} is deleted.`);
            await changed();
          }}
        >
          Its document is gone then. Its number is not used again.
        </Confirm>
      )}
    </>
  );
}

function numberOf({ VersionId = "" }: PolicyVersion): number {
  return Number(VersionId.replace(/^v/, ""));
}
