/** One managed policy: what it says, its versions, whom it is attached to, its tags. */

import {
  DeletePolicyCommand,
  GetPolicyCommand,
  ListPolicyTagsCommand,
  TagPolicyCommand,
  UntagPolicyCommand,
} from "@aws-sdk/client-iam";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import Tabs from "@cloudscape-design/components/tabs";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";

import { Copyable } from "../parts/code";
import { FailureAlert } from "../parts/failure_alert";
import { Moment } from "../parts/moment";
import { TagsPanel } from "../parts/tags_panel";
import { useSay } from "../shell/notes";
import { allPages, useIam } from "./client";
import { DeletePolicy } from "./delete_policy";
import { isAwsManaged, nameOfArn } from "./documents";
import { PolicyEntities } from "./policy_entities";
import { PolicyPermissions } from "./policy_permissions";
import { policyType } from "./policy_picker";
import { PolicyVersions } from "./policy_versions";

/** The page. `?tab=` and `?version=` are kept in its address. */
export function PolicyPage() {
  const { arn = "" } = useParams();
  const iam = useIam();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const say = useSay();
  const [search, setSearch] = useSearchParams();
  const [isDeleting, setDeleting] = useState(false);
  const policy = useQuery({
    queryKey: ["iam", "policies", "one", arn],
    queryFn: async ({ signal }) =>
      (await iam.send(new GetPolicyCommand({ PolicyArn: arn }), { abortSignal: signal })).Policy,
  });
  const shown = policy.data;
  const isOwn = !isAwsManaged(arn);
  const tab = search.get("tab") ?? "permissions";
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description={shown?.Description}
          actions={
            isOwn && (
              <Button disabled={!shown} onClick={() => setDeleting(true)}>
                Delete
              </Button>
            )
          }
        >
          {nameOfArn(arn)}
        </Header>
      }
    >
      <SpaceBetween size="l">
        {policy.error && !shown && (
          <FailureAlert error={policy.error} header="The policy cannot be shown" onRetry={() => void policy.refetch()} />
        )}
        {policy.isPending && <Spinner />}
        {shown && (
          <Container header={<Header variant="h2">Policy details</Header>}>
            <KeyValuePairs
              columns={2}
              items={[
                { label: "ARN", value: <Copyable text={arn} label="ARN" /> },
                { label: "Type", value: policyType(arn) },
                { label: "Creation time", value: <Moment at={shown.CreateDate} /> },
                { label: "Edited time", value: <Moment at={shown.UpdateDate} /> },
              ]}
            />
          </Container>
        )}
        <Tabs
          ariaLabel="About the policy"
          activeTabId={tab}
          onChange={({ detail }) => setSearch({ tab: detail.activeTabId }, { replace: true })}
          tabs={[
            {
              id: "permissions",
              label: "Permissions",
              content: shown && (
                <PolicyPermissions
                  arn={arn}
                  defaultVersion={shown.DefaultVersionId ?? ""}
                  isOwn={isOwn}
                  wanted={search.get("version") ?? undefined}
                />
              ),
            },
            { id: "entities", label: "Entities attached", content: <PolicyEntities arn={arn} /> },
            {
              id: "versions",
              label: "Policy versions",
              content: <PolicyVersions arn={arn} isOwn={isOwn} />,
            },
            ...(isOwn
              ? [
                  {
                    id: "tags",
                    label: "Tags",
                    content: (
                      <TagsPanel
                        of="policy"
                        queryKey={["iam", "policy-tags", arn]}
                        read={(abortSignal) =>
                          allPages(async (Marker) => {
                            const asked = new ListPolicyTagsCommand({ PolicyArn: arn, Marker });
                            const page = await iam.send(asked, { abortSignal });
                            return { items: page.Tags, next: page.Marker };
                          })
                        }
                        write={async ({ set, removed }) => {
                          if (removed.length > 0) {
                            await iam.send(new UntagPolicyCommand({ PolicyArn: arn, TagKeys: removed }));
                          }
                          if (set.length > 0) await iam.send(new TagPolicyCommand({ PolicyArn: arn, Tags: set }));
                        }}
                      />
                    ),
                  },
                ]
              : []),
          ]}
        />
      </SpaceBetween>
      {isDeleting && shown && (
        <DeletePolicy
          policy={shown}
          onClose={() => setDeleting(false)}
          onDelete={async () => {
            await iam.send(new DeletePolicyCommand({ PolicyArn: arn }));
            queries.removeQueries({ queryKey: ["iam", "policies", "one", arn] });
            void queries.invalidateQueries({ queryKey: ["iam", "policies", "All"] });
            say("success", `The policy ${nameOfArn(arn)} is deleted.`);
            void navigate("/console/iam/policies");
          }}
        />
      )}
    </ContentLayout>
  );
}
