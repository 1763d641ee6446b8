/** The account: its id, its alias, the address at which its users sign in. */

import { CreateAccountAliasCommand, DeleteAccountAliasCommand } from "@aws-sdk/client-iam";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { Copyable } from "../parts/code";
import { Confirm } from "../parts/confirm";
import { Dialog } from "../parts/dialog";
import { useSigned } from "../session/provider";
import { useSay } from "../shell/notes";
import { useIam } from "./client";
import { aliasFault } from "./names";
import { signInUrl } from "./signin_url";

/** The panel, with what gives the account another alias or takes it away. */
export function AccountAlias() {
  const iam = useIam();
  const say = useSay();
  const { session, refresh } = useSigned();
  const [asked, setAsked] = useState<"set" | "delete">();
  const alias = session.accountAlias;
  return (
    <Container header={<Header variant="h2">AWS Account</Header>}>
      <KeyValuePairs
        columns={1}
        items={[
          { label: "Account ID", value: <Copyable text={session.accountId} label="account ID" /> },
          {
            label: "Account Alias",
            value: (
              <SpaceBetween direction="horizontal" size="xs" alignItems="center">
                {alias ? <Copyable text={alias} label="account alias" /> : <span>None</span>}
                <Button variant="inline-link" onClick={() => setAsked("set")}>
                  {alias ? "Edit" : "Create"}
                </Button>
                {alias && (
                  <Button variant="inline-link" onClick={() => setAsked("delete")}>
                    Delete
                  </Button>
                )}
              </SpaceBetween>
            ),
          },
          {
            label: "Sign-in URL for IAM users in this account",
            value: <Copyable text={signInUrl(session)} label="sign-in URL" />,
          },
        ]}
      />
      {asked === "set" && <SetAlias onClose={() => setAsked(undefined)} />}
      {asked === "delete" && alias && (
        <Confirm
          title="Delete the account alias?"
          action="Delete"
          onConfirm={async () => {
            await iam.send(new DeleteAccountAliasCommand({ AccountAlias: alias }));
            await refresh();
            say("success", `The account alias ${alias} is deleted.`);
          }}
          onClose={() => setAsked(undefined)}
        >
          The sign-in URL with {alias} no longer works, and others may take the name. The one with
          the account ID goes on to work.
        </Confirm>
      )}
    </Container>
  );
}

function SetAlias({ onClose }: { onClose: () => void }) {
  const iam = useIam();
  const say = useSay();
  const { session, refresh } = useSigned();
  const [before] = useState(session.accountAlias);
  const [alias, setAlias] = useState(before ?? "");
  const [isTried, setTried] = useState(false);
  const fault = aliasFault(alias);
  const save = async () => {
    if (alias === before) return;
    await iam.send(new CreateAccountAliasCommand({ AccountAlias: alias }));
    await refresh();
    say("success", `Users can sign in at the address with ${alias}.`);
  };
  return (
    <Dialog
      title={before ? "Edit the account alias" : "Create alias for this account"}
      action={before ? "Save changes" : "Create alias"}
      check={() => {
        setTried(true);
        return fault === undefined;
      }}
      onAct={save}
      onClose={onClose}
    >
      <FormField
        label="Preferred alias"
        description="A name for the sign-in URL, instead of the account ID."
        constraintText="3 to 63 lower-case letters, digits and hyphens."
        errorText={isTried && fault}
      >
        <Input
          value={alias}
          autoComplete={false}
          spellcheck={false}
          onChange={({ detail }) => setAlias(detail.value)}
        />
      </FormField>
      <FormField label="New sign-in URL">
        <span style={ANYWHERE}>{signInUrl({ ...session, accountAlias: fault === undefined ? alias : null })}</span>
      </FormField>
      {before && (
        <Box variant="small">The address with {before} will no longer work.</Box>
      )}
    </Dialog>
  );
}

const ANYWHERE = { overflowWrap: "anywhere" } as const;
