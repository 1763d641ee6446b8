/** One group: its users and its permissions. */

import { GetGroupCommand } from "@aws-sdk/client-iam";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";

import { Copyable } from "../parts/code";
import { Moment } from "../parts/moment";
import { ResourcePage } from "../parts/resource_page";
import { AttachedPolicies } from "./attached_policies";
import { useIam } from "./client";
import { GroupUsers } from "./group_users";
import { DeleteGroup } from "./groups";
import { Rename } from "./rename";

/** The page of `/console/iam/groups/:name`. */
export function Group() {
  const { name = "" } = useParams();
  const iam = useIam();
  const navigate = useNavigate();
  const [asked, setAsked] = useState<"rename" | "delete">();
  const close = () => setAsked(undefined);
  const group = useQuery({
    queryKey: ["iam", "group", name, "itself"],
    queryFn: async ({ signal }) => {
      const asked = new GetGroupCommand({ GroupName: name, MaxItems: 1 });
      return (await iam.send(asked, { abortSignal: signal })).Group ?? null;
    },
  });
  return (
    <ResourcePage
      name={name}
      what="group"
      query={group}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button onClick={() => setAsked("delete")}>Delete</Button>
          <Button onClick={() => setAsked("rename")}>Edit</Button>
        </SpaceBetween>
      }
      summary={(group) => [
        { label: "User group name", value: group.GroupName },
        { label: "Created", value: <Moment at={group.CreateDate} /> },
        { label: "ARN", value: <Copyable text={group.Arn ?? ""} label="ARN" /> },
      ]}
      tabs={[
        { id: "users", label: "Users", content: <GroupUsers groupName={name} /> },
        { id: "permissions", label: "Permissions", content: <AttachedPolicies kind="group" name={name} /> },
      ]}
    >
      {asked === "rename" && <Rename kind="group" name={name} onClose={close} />}
      {asked === "delete" && (
        <DeleteGroup name={name} onDeleted={() => void navigate("/console/iam/groups")} onClose={close} />
      )}
    </ResourcePage>
  );
}
