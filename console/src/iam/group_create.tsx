/** Creates a group: its name, its users, its policies. */

import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Form from "@cloudscape-design/components/form";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";

import { FailureAlert } from "../parts/failure_alert";
import { useSay } from "../shell/notes";
import { useIam } from "./client";
import { createGroup } from "./group_creation";
import { GROUP_NAME_HINT } from "./group_dialog";
import { NameField } from "./name_field";
import { groupNameFault } from "./names";
import { PolicyPicker } from "./policy_picker";
import { UserPicker } from "./user_picker";

/** The page of `/console/iam/groups/create`. */
export function CreateGroup() {
  const iam = useIam();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const say = useSay();
  const [name, setName] = useState("");
  const [users, setUsers] = useState<string[]>([]);
  const [policies, setPolicies] = useState<string[]>([]);
  const [isTried, setTried] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const create = async () => {
    setTried(true);
    if (groupNameFault(name) || isBusy) return;
    setBusy(true);
    setError(undefined);
    try {
      const shortfalls = await createGroup(iam, { name, policies, users });
      for (const { text, failure } of shortfalls) say("error", `${text}: ${failure.message}`);
      say("success", `The user group ${name} is created.`);
      void queries.invalidateQueries({ queryKey: ["iam"] });
      void navigate(`/console/iam/groups/${encodeURIComponent(name)}`);
    } catch (error) {
      setError(error);
      setBusy(false);
    }
  };
  return (
    <ContentLayout header={<Header variant="h1">Create user group</Header>}>
      <Form
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={() => void navigate("/console/iam/groups")}>
              Cancel
            </Button>
            <Button variant="primary" loading={isBusy} onClick={() => void create()}>
              Create user group
            </Button>
          </SpaceBetween>
        }
      >
        <SpaceBetween size="l">
          <Container header={<Header variant="h2">Name the group</Header>}>
            <NameField
              kind="group"
              description={GROUP_NAME_HINT}
              name={name}
              onChange={setName}
              isTried={isTried}
            />
          </Container>
          <UserPicker title="Add users to the group - optional" chosen={users} onChange={setUsers} />
          <PolicyPicker title="Attach permissions policies - optional" chosen={policies} onChange={setPolicies} />
          {error !== undefined && <FailureAlert error={error} header="The group was not created" />}
        </SpaceBetween>
      </Form>
    </ContentLayout>
  );
}
