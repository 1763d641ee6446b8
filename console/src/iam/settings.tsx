/** Account settings: what passwords of users must be like. */

import { DeleteAccountPasswordPolicyCommand } from "@aws-sdk/client-iam";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Confirm } from "../parts/confirm";
import { FailureAlert } from "../parts/failure_alert";
import { useSay } from "../shell/notes";
import { useIam } from "./client";
import { EditPasswordPolicy } from "./edit_password_policy";
import { PASSWORD_POLICY_KEY, usePasswordPolicy } from "./password_policy";
import { requirementsOf } from "./password_rules";

/** The page. */
export function Settings() {
  const iam = useIam();
  const queries = useQueryClient();
  const say = useSay();
  const [asked, setAsked] = useState<"edit" | "delete">();
  const policy = usePasswordPolicy();
  const changed = () => queries.invalidateQueries({ queryKey: PASSWORD_POLICY_KEY });
  const isCustom = policy.data !== null && policy.data !== undefined;
  return (
    <ContentLayout header={<Header variant="h1">Account settings</Header>}>
      <Container
        header={
          <Header
            variant="h2"
            description="Requirements for the passwords of the IAM users in this account. They count when a password is set the next time."
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                {isCustom && <Button onClick={() => setAsked("delete")}>Delete</Button>}
                <Button disabled={policy.data === undefined} onClick={() => setAsked("edit")}>
                  Edit
                </Button>
              </SpaceBetween>
            }
          >
            Password policy
          </Header>
        }
      >
        {policy.error && policy.data === undefined ? (
          <FailureAlert
            error={policy.error}
            header="The password policy cannot be shown"
            onRetry={() => void policy.refetch()}
          />
        ) : policy.data === undefined ? (
          <Spinner />
        ) : (
          <SpaceBetween size="s">
            <div>
              {isCustom
                ? "This account has the following custom password policy:"
                : "This account has the default password policy of IAM:"}
            </div>
            <ul>
              {requirementsOf(policy.data).map((text) => (
                <li key={text}>{text}</li>
              ))}
            </ul>
          </SpaceBetween>
        )}
      </Container>
      {asked === "edit" && policy.data !== undefined && (
        <EditPasswordPolicy
          policy={policy.data}
          onClose={() => setAsked(undefined)}
          onSaved={changed}
        />
      )}
      {asked === "delete" && (
        <Confirm
          title="Delete the custom password policy?"
          action="Delete custom"
          onClose={() => setAsked(undefined)}
          onConfirm={async () => {
            await iam.send(new DeleteAccountPasswordPolicyCommand({}));
            await changed();
            say("success", "The account has the default password policy again.");
          }}
        >
          The default password policy of IAM counts from then on. Passwords that exist stay as they are.
        </Confirm>
      )}
    </ContentLayout>
  );
}
