/** One role: what it may do, who may take it, its tags, and the end of its sessions. */

import {
  DeleteRoleCommand,
  GetRoleCommand,
  ListRoleTagsCommand,
  TagRoleCommand,
  UntagRoleCommand,
} from "@aws-sdk/client-iam";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";

import { serverNow } from "../api/clock";
import { Confirm } from "../parts/confirm";
import { Copyable } from "../parts/code";
import { Link } from "../parts/link";
import { Moment } from "../parts/moment";
import { ResourcePage } from "../parts/resource_page";
import { TagsPanel } from "../parts/tags_panel";
import { useSay } from "../shell/notes";
import { duration } from "../words";
import { AttachedPolicies } from "./attached_policies";
import { allPages, useIam } from "./client";
import { DeleteRole } from "./delete_role";
import { documentOf, nameOfArn } from "./documents";
import { putInline } from "./entity_policies";
import { EditRole } from "./edit_role";
import { RoleTrust } from "./role_trust";
import { REVOKE_NAME, revokePolicy } from "./trusted_entity";

/** The page. `?tab=` is kept in its address. */
export function RolePage() {
  const { name = "" } = useParams();
  const iam = useIam();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const say = useSay();
  const [asked, setAsked] = useState<"delete" | "edit" | "revoke">();
  const queryKey = ["iam", "roles", "one", name];
  const role = useQuery({
    queryKey,
    queryFn: async ({ signal }) =>
      (await iam.send(new GetRoleCommand({ RoleName: name }), { abortSignal: signal })).Role,
  });
  const shown = role.data;
  const used = shown?.RoleLastUsed;
  const boundary = shown?.PermissionsBoundary?.PermissionsBoundaryArn;
  return (
    <ResourcePage
      name={name}
      what="role"
      description={shown?.Description}
      query={role}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button disabled={!shown} onClick={() => setAsked("delete")}>
            Delete
          </Button>
          <Button disabled={!shown} onClick={() => setAsked("edit")}>
            Edit
          </Button>
        </SpaceBetween>
      }
      summary={(shown) => [
        { label: "ARN", value: <Copyable text={shown.Arn ?? ""} label="ARN" /> },
        { label: "Creation date", value: <Moment at={shown.CreateDate} /> },
        {
          label: "Last activity",
          value: used?.LastUsedDate ? (
            <>
              <Moment at={used.LastUsedDate} /> {used.Region && `in ${used.Region}`}
            </>
          ) : (
            "None yet"
          ),
        },
        { label: "Maximum session duration", value: duration((shown.MaxSessionDuration ?? 3600) * 1000) },
        { label: "Unique ID", value: <Copyable text={shown.RoleId ?? ""} label="unique ID" /> },
        {
          label: "Permissions boundary",
          value: boundary ? (
            <Link href={`/console/iam/policies/${encodeURIComponent(boundary)}`}>{nameOfArn(boundary)}</Link>
          ) : (
            "None"
          ),
        },
      ]}
      tabs={[
        { id: "permissions", label: "Permissions", content: <AttachedPolicies kind="role" name={name} /> },
        {
          id: "trust",
          label: "Trust relationships",
          content: shown && <RoleTrust name={name} document={documentOf(shown.AssumeRolePolicyDocument)} />,
        },
        {
          id: "tags",
          label: "Tags",
          content: (
            <TagsPanel
              of="role"
              queryKey={["iam", "role-tags", name]}
              read={(abortSignal) =>
                allPages(async (Marker) => {
                  const page = await iam.send(new ListRoleTagsCommand({ RoleName: name, Marker }), { abortSignal });
                  return { items: page.Tags, next: page.Marker };
                })
              }
              write={async ({ set, removed }) => {
                if (removed.length > 0) {
                  await iam.send(new UntagRoleCommand({ RoleName: name, TagKeys: removed }));
                }
                if (set.length > 0) await iam.send(new TagRoleCommand({ RoleName: name, Tags: set }));
              }}
            />
          ),
        },
        {
          id: "sessions",
          label: "Revoke sessions",
          content: (
            <Container
              header={
                <Header
                  variant="h2"
                  actions={
                    <Button disabled={!shown} onClick={() => setAsked("revoke")}>
                      Revoke active sessions
                    </Button>
                  }
                >
                  Revoke active sessions
                </Header>
              }
            >
              <Box>
                Sessions that began before now are denied everything, by the inline policy {REVOKE_NAME}. Who is
                trusted can take the role anew; to prevent that, change the trust policy.
              </Box>
            </Container>
          ),
        },
      ]}
    >
      {asked === "delete" && (
        <DeleteRole
          name={name}
          onClose={() => setAsked(undefined)}
          onDelete={async () => {
            await iam.send(new DeleteRoleCommand({ RoleName: name }));
            queries.removeQueries({ queryKey });
            void queries.invalidateQueries({ queryKey: ["iam", "roles"], exact: true });
            say("success", `The role ${name} is deleted.`);
            void navigate("/console/iam/roles");
          }}
        />
      )}
      {asked === "edit" && shown && <EditRole role={shown} onClose={() => setAsked(undefined)} />}
      {asked === "revoke" && (
        <Confirm
          title="Revoke active sessions?"
          typed="revoke"
          action="Revoke active sessions"
          onClose={() => setAsked(undefined)}
          onConfirm={async () => {
            await putInline(iam, "role", name, REVOKE_NAME, revokePolicy(new Date(serverNow())));
            await queries.invalidateQueries({ queryKey: ["iam", "policies-of", "role", name] });
            say("success", "Sessions that began before now are denied everything.");
          }}
        >
          Whatever uses the role now is refused until it takes the role anew.
        </Confirm>
      )}
    </ResourcePage>
  );
}
