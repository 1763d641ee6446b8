/** Creates a user group: its name, its users and its policies. */

import { AddUserToGroupCommand, CreateGroupCommand } from "@aws-sdk/client-iam";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";

import { Failure } from "../api/failure";
import { FailureAlert } from "../parts/failure_alert";
import { useSay } from "../shell/notes";
import { useIam } from "./client";
import { attach } from "./entity_policies";
import { MemberPicker } from "./member_picker";
import { NAME_RULE, groupNameFault } from "./names";
import { PolicyPicker } from "./policy_picker";

/** The page. */
export function CreateGroup() {
  const iam = useIam();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const say = useSay();
  const [name, setName] = useState("");
  const [members, setMembers] = useState<string[]>([]);
  const [policies, setPolicies] = useState<string[]>([]);
  const [isTried, setTried] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const fault = groupNameFault(name);
  const create = async () => {
    setTried(true);
    if (fault !== undefined) return;
    setBusy(true);
    setError(undefined);
    try {
      await iam.send(new CreateGroupCommand({ GroupName: name }));
    } catch (error) {
      setError(error);
      setBusy(false);
      return;
    }
    // The group is there now; what does not go on from here is done on its page.
    try {
      for (const UserName of members) await iam.send(new AddUserToGroupCommand({ GroupName: name, UserName }));
      for (const arn of policies) await attach(iam, "group", name, arn);
      say("success", `User group ${name} created.`);
    } catch (error) {
      say("warning", `User group ${name} was created, but not all was added: ${Failure.of(error).message}`);
    }
    await queries.invalidateQueries({ queryKey: ["iam"] });
    void navigate(`/console/iam/groups/${encodeURIComponent(name)}`);
  };
  return (
    <ContentLayout header={<Header variant="h1">Create user group</Header>}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void create();
        }}
      >
        <Form
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button formAction="none" variant="link" onClick={() => void navigate("/console/iam/groups")}>
                Cancel
              </Button>
              <Button variant="primary" loading={isBusy}>
                Create group
              </Button>
            </SpaceBetween>
          }
        >
          <SpaceBetween size="l">
            {error !== undefined && <FailureAlert error={error} header="The group could not be created" />}
            <Container header={<Header variant="h2">Name the group</Header>}>
              <FormField
                label="User group name"
                constraintText={NAME_RULE}
                errorText={isTried ? fault : undefined}
              >
                <Input
                  autoFocus
                  value={name}
                  autoComplete={false}
                  onChange={({ detail }) => setName(detail.value)}
                />
              </FormField>
            </Container>
            <MemberPicker chosen={members} onChange={setMembers} />
            <PolicyPicker title="Attach permissions policies" chosen={policies} onChange={setPolicies} />
          </SpaceBetween>
        </Form>
      </form>
    </ContentLayout>
  );
}
