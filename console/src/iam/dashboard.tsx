/** IAM's first page: the account, its sign-in address, and what would make it safer. */

import {
  CreateAccountAliasCommand,
  DeleteAccountAliasCommand,
  GetAccountSummaryCommand,
  ListAccountAliasesCommand,
  ListEntitiesForPolicyCommand,
} from "@aws-sdk/client-iam";
import Button from "@cloudscape-design/components/button";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import ContentLayout from "@cloudscape-design/components/content-layout";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Copyable } from "../parts/code";
import { Confirm } from "../parts/confirm";
import { FailureAlert } from "../parts/failure_alert";
import { Link } from "../parts/link";
import { useSigned } from "../session/provider";
import { useSay } from "../shell/notes";
import { count } from "../words";
import { useIam } from "./client";
import { aliasFault } from "./names";

/** The page. */
export function Dashboard() {
  return (
    <ContentLayout header={<Header variant="h1">IAM Dashboard</Header>}>
      <SpaceBetween size="l">
        <Recommendations />
        <Account />
        <Resources />
      </SpaceBetween>
    </ContentLayout>
  );
}

/** How many there are of what, and whether root has MFA and keys. */
function useSummary() {
  const iam = useIam();
  return useQuery({
    queryKey: ["iam", "summary"],
    queryFn: async ({ signal }) => {
      const { SummaryMap } = await iam.send(new GetAccountSummaryCommand({}), { abortSignal: signal });
      return SummaryMap ?? {};
    },
  });
}

function Recommendations() {
  const iam = useIam();
  const summary = useSummary();
  const administrators = useQuery({
    queryKey: ["iam", "administrators"],
    queryFn: async ({ signal }) => {
      const asked = new ListEntitiesForPolicyCommand({ PolicyArn: ADMINISTRATOR_ACCESS });
      const { PolicyUsers = [], PolicyGroups = [] } = await iam.send(asked, { abortSignal: signal });
      return PolicyUsers.length + PolicyGroups.length;
    },
  });
  return (
    <Container header={<Header variant="h2">Security recommendations</Header>}>
      <SpaceBetween size="m">
        {summary.error && (
          <FailureAlert error={summary.error} header="The state of the root user cannot be shown" />
        )}
        {summary.data && (
          <>
            <Check
              isGood={summary.data["AccountMFAEnabled"] === 1}
              good="The root user has MFA"
              bad="Add MFA for the root user"
              why="The root user may do everything. A second factor keeps a guessed password from being enough."
              cure={<Link href="/console/security-credentials">Add MFA as the root user</Link>}
            />
            <Check
              isGood={summary.data["AccountAccessKeysPresent"] === 0}
              good="The root user has no access keys"
              bad="The root user has access keys"
              why="A program with such a key may do everything and cannot be limited. Give programs keys of IAM users."
              cure={<Link href="/console/security-credentials">Manage them as the root user</Link>}
            />
          </>
        )}
        {administrators.error && (
          <FailureAlert error={administrators.error} header="Whether there is an administrator cannot be shown" />
        )}
        {administrators.data !== undefined && (
          <Check
            isGood={administrators.data > 0}
            good="There is an administrator besides root"
            bad="Create an administrator"
            why="For daily work sign in as an IAM user with AdministratorAccess, and keep the root user for what only it can do."
            cure={<Link href="/console/iam/users/create">Create user</Link>}
          />
        )}
      </SpaceBetween>
    </Container>
  );
}

interface CheckProps {
  isGood: boolean;
  good: string;
  bad: string;
  why: string;
  cure: React.ReactNode;
}

function Check({ isGood, good, bad, why, cure }: CheckProps) {
  return (
    <div>
      <StatusIndicator type={isGood ? "success" : "warning"}>{isGood ? good : bad}</StatusIndicator>
      {!isGood && (
        <Box variant="p" color="text-body-secondary">
          {why} {cure}
        </Box>
      )}
    </div>
  );
}

function Account() {
  const { session } = useSigned();
  const iam = useIam();
  const [asked, setAsked] = useState<"edit" | "delete">();
  const aliases = useQuery({
    queryKey: ["iam", "alias"],
    queryFn: async ({ signal }) => {
      const { AccountAliases } = await iam.send(new ListAccountAliasesCommand({}), { abortSignal: signal });
      return AccountAliases?.[0] ?? null;
    },
  });
  const alias = aliases.data === undefined ? session.accountAlias : aliases.data;
  const address = (account: string) => `${window.location.origin}/signin/${account}`;
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              {alias !== null && <Button onClick={() => setAsked("delete")}>Delete alias</Button>}
              <Button onClick={() => setAsked("edit")}>{alias === null ? "Create alias" : "Edit alias"}</Button>
            </SpaceBetween>
          }
        >
          Account
        </Header>
      }
    >
      <SpaceBetween size="m">
        <KeyValuePairs
          columns={3}
          items={[
            { label: "Account ID", value: <Copyable label="account ID" text={session.accountId} /> },
            { label: "Account alias", value: alias ?? "none" },
            {
              label: "Sign-in URL for IAM users in this account",
              value: <Copyable label="sign-in URL" text={address(alias ?? session.accountId)} />,
            },
          ]}
        />
        {aliases.error && <FailureAlert error={aliases.error} header="The alias cannot be read" />}
      </SpaceBetween>
      {asked === "edit" && <EditAlias alias={alias} onClose={() => setAsked(undefined)} />}
      {asked === "delete" && alias !== null && (
        <DeleteAlias alias={alias} onClose={() => setAsked(undefined)} />
      )}
    </Container>
  );
}

function useAliasChanged() {
  const queries = useQueryClient();
  const { refresh } = useSigned();
  return async () => {
    await queries.invalidateQueries({ queryKey: ["iam", "alias"] });
    await refresh();
  };
}

function EditAlias({ alias, onClose }: { alias: string | null; onClose: () => void }) {
  const iam = useIam();
  const changed = useAliasChanged();
  const say = useSay();
  const [text, setText] = useState(alias ?? "");
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const fault = text === "" ? undefined : aliasFault(text);
  const save = async () => {
    if (text === "" || fault !== undefined) return;
    setBusy(true);
    setError(undefined);
    try {
      await iam.send(new CreateAccountAliasCommand({ AccountAlias: text }));
      say("success", `The alias is ${text}.`);
      onClose();
      await changed();
    } catch (error) {
      setError(error);
      setBusy(false);
    }
  };
  return (
    <Modal
      visible
      header={alias === null ? "Create alias" : "Edit alias"}
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button
              variant="primary"
              loading={isBusy}
              disabled={text === "" || fault !== undefined || text === alias}
              onClick={() => void save()}
            >
              Save
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <FormField
          label="Account alias"
          description="IAM users sign in with it instead of the account ID. One alias exists once on a server."
          constraintText={`New sign-in URL: ${window.location.origin}/signin/${text}`}
          errorText={fault}
        >
          <Input value={text} autoComplete={false} onChange={({ detail }) => setText(detail.value)} />
        </FormField>
        {error !== undefined && <FailureAlert error={error} />}
      </SpaceBetween>
    </Modal>
  );
}

function DeleteAlias({ alias, onClose }: { alias: string; onClose: () => void }) {
  const iam = useIam();
  const changed = useAliasChanged();
  const say = useSay();
  return (
    <Confirm
      title={`Delete the alias ${alias}?`}
      action="Delete alias"
      onClose={onClose}
      onConfirm={async () => {
        await iam.send(new DeleteAccountAliasCommand({ AccountAlias: alias }));
        say("success", `Alias ${alias} deleted.`);
        await changed();
      }}
    >
      IAM users then sign in with the account ID again. Another account of this server may take the alias.
    </Confirm>
  );
}

function Resources() {
  const summary = useSummary();
  if (summary.error) {
    return <FailureAlert error={summary.error} header="The resources cannot be counted" />;
  }
  return (
    <Container header={<Header variant="h2">IAM resources</Header>}>
      <KeyValuePairs
        columns={4}
        items={RESOURCES.map(([key, text, href]) => ({
          label: text,
          value: (
            <Link href={href} fontSize="display-l">
              {summary.data ? count(summary.data[key] ?? 0) : "–"}
            </Link>
          ),
        }))}
      />
    </Container>
  );
}

const ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess";
const RESOURCES = [
  ["Groups", "User groups", "/console/iam/groups"],
  ["Users", "Users", "/console/iam/users"],
  ["Roles", "Roles", "/console/iam/roles"],
  ["Policies", "Policies", "/console/iam/policies"],
] as const;
