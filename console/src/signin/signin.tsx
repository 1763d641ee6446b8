/** Signing in. */

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";

import { FailureAlert } from "../parts/failure_alert";
import { send } from "../session/forms";
import type { SignInAnswer } from "../session/forms";
import { useKnownSession } from "../session/provider";

/** Root by e-mail address, a user by the account and its name. */
export function SignIn() {
  const { "*": account = "" } = useParams();
  const [query] = useSearchParams();
  const { enter } = useKnownSession();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [error, setError] = useState<unknown>();
  const submit = async () => {
    try {
      const fields = account ? { account, userName: name, password } : { email: name, password };
      const answer = await send<SignInAnswer>(account ? "/signin/user" : "/signin/root", fields);
      if (answer.status === "SignedIn") {
        enter(answer);
        void navigate(query.get("next") ?? "/console/");
      }
    } catch (error) {
      setError(error);
    }
  };
  return (
    <Box padding="xxl">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Form actions={<Button variant="primary">Sign in</Button>}>
          <Container header={<Header>Sign in</Header>}>
            <SpaceBetween size="m">
              <FormField label={account ? "User name" : "Root user e-mail address"}>
                <Input value={name} onChange={({ detail }) => setName(detail.value)} />
              </FormField>
              <FormField label="Password">
                <Input type="password" value={password} onChange={({ detail }) => setPassword(detail.value)} />
              </FormField>
              {error !== undefined && <FailureAlert error={error} />}
            </SpaceBetween>
          </Container>
        </Form>
      </form>
    </Box>
  );
}
