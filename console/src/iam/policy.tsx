/** One managed policy: what it says, its versions, whom it is attached to, its tags. */

import {
  DeletePolicyCommand,
  GetPolicyCommand,
  ListPolicyTagsCommand,
  TagPolicyCommand,
  UntagPolicyCommand,
} from "@aws-sdk/client-iam";
import Button from "@cloudscape-design/components/button";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";

import { Copyable } from "../parts/code";
import { Moment } from "../parts/moment";
import { ResourcePage } from "../parts/resource_page";
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
  const [search] = useSearchParams();
  const [isDeleting, setDeleting] = useState(false);
  const policy = useQuery({
    queryKey: ["iam", "policies", "one", arn],
    queryFn: async ({ signal }) =>
      (await iam.send(new GetPolicyCommand({ PolicyArn: arn }), { abortSignal: signal })).Policy,
  });
  const shown = policy.data;
  const isOwn = !isAwsManaged(arn);
  return (
    <ResourcePage
      name={nameOfArn(arn)}
      what="policy"
      description={shown?.Description}
      query={policy}
      actions={
        isOwn && (
          <Button disabled={!shown} onClick={() => setDeleting(true)}>
            Delete
          </Button>
        )
      }
      summaryTitle="Policy details"
      columns={2}
      summary={(shown) => [
        { label: "ARN", value: <Copyable text={arn} label="ARN" /> },
        { label: "Type", value: policyType(arn) },
        { label: "Creation time", value: <Moment at={shown.CreateDate} /> },
        { label: "Edited time", value: <Moment at={shown.UpdateDate} /> },
      ]}
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
    >
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
    </ResourcePage>
  );
}
