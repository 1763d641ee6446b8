/** Whom a policy is attached to. */

import {
  ListEntitiesForPolicyCommand,
  ListGroupsCommand,
  ListRolesCommand,
  ListUsersCommand,
} from "@aws-sdk/client-iam";
import type { IAMClient } from "@aws-sdk/client-iam";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Confirm } from "../parts/confirm";
import { FailureAlert } from "../parts/failure_alert";
import { Link } from "../parts/link";
import { List } from "../parts/list";
import { useSay } from "../shell/notes";
import { many } from "../words";
import { allPages, useIam } from "./client";
import { attach, detach } from "./entity_policies";
import type { Kind } from "./entity_policies";

interface Entity {
  kind: Kind;
  name: string;
  /** How the policy counts for it. */
  use: "Permissions policy" | "Permissions boundary";
}

/** The list, with **Attach** and **Detach**. */
export function PolicyEntities({ arn }: { arn: string }) {
  const iam = useIam();
  const queries = useQueryClient();
  const say = useSay();
  const [chosen, setChosen] = useState<Entity[]>([]);
  const [asked, setAsked] = useState<"attach" | "detach">();
  const queryKey = ["iam", "policy-entities", arn];
  const entities = useQuery({ queryKey, queryFn: ({ signal }) => readEntities(iam, arn, signal) });
  const changed = async () => {
    setChosen([]);
    await Promise.all(
      [queryKey, ["iam", "policies"], ["iam", "policies-of"]].map((queryKey) =>
        queries.invalidateQueries({ queryKey }),
      ),
    );
  };
  const detachable = chosen.filter(({ use }) => use === "Permissions policy");
  return (
    <>
      <List<Entity>
        isPart
        one="entity"
        several="entities"
        title="Entities attached"
        items={entities.data}
        error={entities.error}
        onRetry={() => void entities.refetch()}
        id={idOf}
        columns={[
          {
            id: "name",
            header: "Name",
            isRowHeader: true,
            value: ({ name }) => name,
            cell: ({ kind, name }) => <Link href={`/console/iam/${kind}s/${encodeURIComponent(name)}`}>{name}</Link>,
          },
          { id: "kind", header: "Type", value: ({ kind }) => KINDS[kind], cell: ({ kind }) => KINDS[kind] },
          { id: "use", header: "Used as", value: ({ use }) => use, cell: ({ use }) => use },
        ]}
        selection={{ type: "multi", items: chosen, onChange: setChosen }}
        emptyText="The policy is attached to nobody"
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={detachable.length === 0} onClick={() => setAsked("detach")}>
              Detach
            </Button>
            <Button onClick={() => setAsked("attach")}>Attach</Button>
          </SpaceBetween>
        }
      />
      {asked === "detach" && (
        <Confirm
          title={`Detach the policy from ${many(detachable.length, "entity", "entities")}?`}
          action="Detach"
          onClose={() => setAsked(undefined)}
          onConfirm={async () => {
            try {
              for (const { kind, name } of detachable) await detach(iam, kind, name, arn);
              say("success", "The policy is detached.");
            } finally {
              await changed();
            }
          }}
        >
          {detachable.map(({ kind, name }) => `${KINDS[kind]} ${name}`).join(", ")} lose what it allows at once.
        </Confirm>
      )}
      {asked === "attach" && (
        <AttachTo
          arn={arn}
          without={entities.data ?? []}
          onClose={() => setAsked(undefined)}
          onChanged={() => void changed()}
        />
      )}
    </>
  );
}

interface AttachProps {
  arn: string;
  without: readonly Entity[];
  onClose: () => void;
  onChanged: () => void;
}

function AttachTo({ arn, without, onClose, onChanged }: AttachProps) {
  const iam = useIam();
  const say = useSay();
  const [chosen, setChosen] = useState<Entity[]>([]);
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const all = useQuery({ queryKey: ["iam", "entities"], queryFn: ({ signal }) => allEntities(iam, signal) });
  const known = new Set(without.filter(({ use }) => use === "Permissions policy").map(idOf));
  const save = async () => {
    setBusy(true);
    setError(undefined);
    try {
      for (const { kind, name } of chosen) await attach(iam, kind, name, arn);
      say("success", `The policy is attached to ${many(chosen.length, "entity", "entities")}.`);
      onClose();
    } catch (error) {
      setError(error);
      setBusy(false);
    } finally {
      onChanged();
    }
  };
  return (
    <Modal
      visible
      size="large"
      header="Attach the policy"
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" disabled={chosen.length === 0} loading={isBusy} onClick={() => void save()}>
              Attach policy
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <List<Entity>
          isPart
          one="entity"
          several="entities"
          title="Users, user groups and roles"
          items={all.data?.filter((entity) => !known.has(idOf(entity)))}
          error={all.error}
          id={idOf}
          columns={[
            { id: "name", header: "Name", isRowHeader: true, value: ({ name }) => name, cell: ({ name }) => name },
            { id: "kind", header: "Type", value: ({ kind }) => KINDS[kind], cell: ({ kind }) => KINDS[kind] },
          ]}
          selection={{ type: "multi", items: chosen, onChange: setChosen }}
        />
        {error !== undefined && <FailureAlert error={error} />}
      </SpaceBetween>
    </Modal>
  );
}

async function readEntities(iam: IAMClient, PolicyArn: string, abortSignal: AbortSignal): Promise<Entity[]> {
  const found: Entity[] = [];
  for (const [usage, use] of [
    ["PermissionsPolicy", "Permissions policy"],
    ["PermissionsBoundary", "Permissions boundary"],
  ] as const) {
    const entities = await allPages<Entity>(async (Marker) => {
      const asked = new ListEntitiesForPolicyCommand({ PolicyArn, PolicyUsageFilter: usage, Marker });
      const page = await iam.send(asked, { abortSignal });
      const items = [
        ...(page.PolicyUsers ?? []).map(({ UserName = "" }) => ({ kind: "user" as const, name: UserName, use })),
        ...(page.PolicyGroups ?? []).map(({ GroupName = "" }) => ({ kind: "group" as const, name: GroupName, use })),
        ...(page.PolicyRoles ?? []).map(({ RoleName = "" }) => ({ kind: "role" as const, name: RoleName, use })),
      ];
      return { items, next: page.Marker };
    });
    found.push(...entities);
  }
  return found;
}

/** Whatever a policy can be attached to, as far as it may be listed. */
async function allEntities(iam: IAMClient, abortSignal: AbortSignal): Promise<Entity[]> {
  const options = { abortSignal };
  const lists = await Promise.allSettled([
    allPages(async (Marker) => {
      const page = await iam.send(new ListUsersCommand({ Marker }), options);
      return { items: page.Users?.map(({ UserName = "" }) => entity("user", UserName)), next: page.Marker };
    }),
    allPages(async (Marker) => {
      const page = await iam.send(new ListGroupsCommand({ Marker }), options);
      return { items: page.Groups?.map(({ GroupName = "" }) => entity("group", GroupName)), next: page.Marker };
    }),
    allPages(async (Marker) => {
      const page = await iam.send(new ListRolesCommand({ Marker }), options);
      return { items: page.Roles?.map(({ RoleName = "" }) => entity("role", RoleName)), next: page.Marker };
    }),
  ]);
  const refused = lists.find((list) => list.status === "rejected");
  if (refused && lists.every((list) => list.status === "rejected")) throw refused.reason;
  return lists.flatMap((list) => (list.status === "fulfilled" ? list.value : []));
}

function entity(kind: Kind, name: string): Entity {
  return { kind, name, use: "Permissions policy" };
}

function idOf({ kind, name, use }: Entity): string {
  return `${kind} ${name} ${use}`;
}

const KINDS = { user: "User", group: "User group", role: "Role" } as const;
