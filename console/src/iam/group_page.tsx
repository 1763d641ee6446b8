/** One user group: its users and its permissions. */

import { AddUserToGroupCommand, RemoveUserFromGroupCommand, UpdateGroupCommand } from "@aws-sdk/client-iam";
import type { User } from "@aws-sdk/client-iam";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ContentLayout from "@cloudscape-design/components/content-layout";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";

import { Copyable } from "../parts/code";
import { Confirm } from "../parts/confirm";
import { FailureAlert } from "../parts/failure_alert";
import { Link } from "../parts/link";
import { List } from "../parts/list";
import type { Column } from "../parts/list";
import { Moment } from "../parts/moment";
import { useSay } from "../shell/notes";
import { many } from "../words";
import { AttachedPolicies } from "./attached_policies";
import { useIam } from "./client";
import { DeleteGroup } from "./group_delete";
import { readGroup } from "./group_list";
import { MemberPicker } from "./member_picker";
import { NAME_RULE, groupNameFault } from "./names";

/** The page. */
export function GroupPage() {
  const { name = "" } = useParams();
  return <OneGroup key={name} name={name} />;
}

function OneGroup({ name }: { name: string }) {
  const iam = useIam();
  const navigate = useNavigate();
  const [query, setQuery] = useSearchParams();
  const [asked, setAsked] = useState<"delete" | "rename">();
  const group = useQuery({
    queryKey: ["iam", "group", name],
    queryFn: ({ signal }) => readGroup(iam, name, signal),
  });
  const facts = group.data?.group;
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button onClick={() => setAsked("rename")}>Rename</Button>
              <Button onClick={() => setAsked("delete")}>Delete</Button>
            </SpaceBetween>
          }
        >
          {name}
        </Header>
      }
    >
      <SpaceBetween size="l">
        {group.error && !group.data && (
          <FailureAlert
            error={group.error}
            header="The group cannot be shown"
            onRetry={() => void group.refetch()}
          />
        )}
        {facts && (
          <Container header={<Header variant="h2">Summary</Header>}>
            <KeyValuePairs
              columns={3}
              items={[
                { label: "Group name", value: facts.GroupName },
                { label: "Created", value: <Moment at={facts.CreateDate} /> },
                { label: "ARN", value: <Copyable label="ARN" text={facts.Arn ?? ""} /> },
              ]}
            />
          </Container>
        )}
        <Tabs
          ariaLabel="Parts of the group"
          activeTabId={query.get("tab") ?? "users"}
          onChange={({ detail }) => setQuery({ tab: detail.activeTabId }, { replace: true })}
          tabs={[
            { id: "users", label: "Users", content: <Members name={name} group={group} /> },
            {
              id: "permissions",
              label: "Permissions",
              content: <AttachedPolicies kind="group" name={name} />,
            },
          ]}
          i18nStrings={{ scrollLeftAriaLabel: "Earlier tabs", scrollRightAriaLabel: "Later tabs" }}
        />
        {asked === "delete" && (
          <DeleteGroup
            name={name}
            onDeleted={() => void navigate("/console/iam/groups")}
            onClose={() => setAsked(undefined)}
          />
        )}
        {asked === "rename" && <Rename name={name} onClose={() => setAsked(undefined)} />}
      </SpaceBetween>
    </ContentLayout>
  );
}

interface MembersProps {
  name: string;
  group: { data?: { users: User[] } | undefined; error: unknown };
}

function Members({ name, group }: MembersProps) {
  const iam = useIam();
  const queries = useQueryClient();
  const say = useSay();
  const [chosen, setChosen] = useState<User[]>([]);
  const [asked, setAsked] = useState<"add" | "remove">();
  const changed = () => queries.invalidateQueries({ queryKey: ["iam"] });
  const add = (
    <Button variant="primary" onClick={() => setAsked("add")}>
      Add users
    </Button>
  );
  return (
    <>
      <List<User>
        isPart
        one="user"
        several="users"
        title="Users in this group"
        items={group.data?.users}
        error={group.error}
        columns={COLUMNS}
        id={(user) => user.UserName ?? ""}
        selection={{ type: "multi", items: chosen, onChange: setChosen }}
        emptyAction={add}
        actions={
          <>
            <Button
              disabled={chosen.length === 0}
              disabledReason="Choose users first."
              onClick={() => setAsked("remove")}
            >
              Remove
            </Button>
            {add}
          </>
        }
      />
      {asked === "add" && (
        <AddMembers
          name={name}
          without={(group.data?.users ?? []).map((user) => user.UserName ?? "")}
          onClose={() => setAsked(undefined)}
        />
      )}
      {asked === "remove" && (
        <Confirm
          title={`Remove ${many(chosen.length, "user")} from ${name}?`}
          action="Remove"
          onClose={() => setAsked(undefined)}
          onConfirm={async () => {
            try {
              for (const { UserName } of chosen) {
                await iam.send(new RemoveUserFromGroupCommand({ GroupName: name, UserName }));
              }
            } finally {
              await changed();
            }
            say("success", `${many(chosen.length, "user")} removed from ${name}.`);
            setChosen([]);
          }}
        >
          They lose the permissions they have by this group: {chosen.map((user) => user.UserName).join(", ")}.
        </Confirm>
      )}
    </>
  );
}

function AddMembers({ name, without, onClose }: { name: string; without: string[]; onClose: () => void }) {
  const iam = useIam();
  const queries = useQueryClient();
  const say = useSay();
  const [chosen, setChosen] = useState<string[]>([]);
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const add = async () => {
    setBusy(true);
    setError(undefined);
    try {
      for (const UserName of chosen) await iam.send(new AddUserToGroupCommand({ GroupName: name, UserName }));
      say("success", `${many(chosen.length, "user")} added to ${name}.`);
      onClose();
    } catch (error) {
      setError(error);
      setBusy(false);
    } finally {
      await queries.invalidateQueries({ queryKey: ["iam"] });
    }
  };
  return (
    <Modal
      visible
      size="large"
      header={`Add users to ${name}`}
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Footer action="Add users" isBusy={isBusy} isReady={chosen.length > 0} onAct={add} onClose={onClose} />
      }
    >
      <SpaceBetween size="m">
        <MemberPicker chosen={chosen} onChange={setChosen} without={without} />
        {error !== undefined && <FailureAlert error={error} />}
      </SpaceBetween>
    </Modal>
  );
}

function Rename({ name, onClose }: { name: string; onClose: () => void }) {
  const iam = useIam();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [text, setText] = useState(name);
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const fault = groupNameFault(text);
  const rename = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await iam.send(new UpdateGroupCommand({ GroupName: name, NewGroupName: text }));
      await queries.invalidateQueries({ queryKey: ["iam"] });
      void navigate(`/console/iam/groups/${encodeURIComponent(text)}`, { replace: true });
    } catch (error) {
      setError(error);
      setBusy(false);
    }
  };
  return (
    <Modal
      visible
      header={`Rename ${name}`}
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Footer
          action="Rename"
          isBusy={isBusy}
          isReady={fault === undefined && text !== name}
          onAct={rename}
          onClose={onClose}
        />
      }
    >
      <SpaceBetween size="m">
        <FormField label="User group name" constraintText={NAME_RULE} errorText={fault}>
          <Input value={text} autoComplete={false} onChange={({ detail }) => setText(detail.value)} />
        </FormField>
        {error !== undefined && <FailureAlert error={error} />}
      </SpaceBetween>
    </Modal>
  );
}

interface FooterProps {
  action: string;
  isBusy: boolean;
  isReady: boolean;
  onAct: () => Promise<void>;
  onClose: () => void;
}

function Footer({ action, isBusy, isReady, onAct, onClose }: FooterProps) {
  return (
    <Box float="right">
      <SpaceBetween direction="horizontal" size="xs">
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
        <Button variant="primary" disabled={!isReady} loading={isBusy} onClick={() => void onAct()}>
          {action}
        </Button>
      </SpaceBetween>
    </Box>
  );
}

const COLUMNS: Column<User>[] = [
  {
    id: "name",
    header: "User name",
    isRowHeader: true,
    value: (user) => user.UserName ?? "",
    cell: (user) => (
      <Link href={`/console/iam/users/${encodeURIComponent(user.UserName ?? "")}`}>{user.UserName}</Link>
    ),
  },
  {
    id: "created",
    header: "Created",
    value: (user) => user.CreateDate?.getTime() ?? 0,
    cell: (user) => <Moment at={user.CreateDate} />,
  },
];
