/** Whom a policy is attached to. */

import {
  ListEntitiesForPolicyCommand,
  ListGroupsCommand,
  ListRolesCommand,
  ListUsersCommand,
} from "@aws-sdk/client-iam";
import type { IAMClient } from "@aws-sdk/client-iam";
import { useQuery, useQueryClient } from "@tanstack/react-query";

import { Link } from "../parts/link";
import { List } from "../parts/list";
import type { Column } from "../parts/list";
import { many } from "../words";
import { allPages, useIam } from "./client";
import { attach, detach } from "./entity_policies";
import type { Kind } from "./entity_policies";
import { MembersList } from "./members_list";
import { PickDialog } from "./pick_dialog";

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
  const queryKey = ["iam", "policy-entities", arn];
  const entities = useQuery({ queryKey, queryFn: ({ signal }) => readEntities(iam, arn, signal) });
  const changed = () =>
    Promise.all(
      [queryKey, ["iam", "policies"], ["iam", "policies-of"]].map((queryKey) =>
        queries.invalidateQueries({ queryKey }),
      ),
    );
  return (
    <MembersList<Entity>
      title="Entities attached"
      one="entity"
      several="entities"
      emptyText="The policy is attached to nobody"
      query={entities}
      id={idOf}
      nameOf={inWords}
      columns={[
        {
          ...NAME,
          cell: ({ kind, name }) => <Link href={`/console/iam/${kind}s/${encodeURIComponent(name)}`}>{name}</Link>,
        },
        KIND,
        { id: "use", header: "Used as", value: ({ use }) => use, cell: ({ use }) => use },
      ]}
      addText="Attach"
      adding={(onClose) => (
        <PickDialog<Entity>
          title="Attach the policy"
          action="Attach policy"
          picker={(chosen, onChange) => (
            <EntityPicker chosen={chosen} onChange={onChange} without={entities.data ?? []} />
          )}
          add={({ kind, name }) => attach(iam, kind, name, arn)}
          nameOf={inWords}
          said={(count) => `The policy is attached to ${many(count, "entity", "entities")}.`}
          onAdded={() => void changed()}
          onClose={onClose}
        />
      )}
      remove={{
        text: "Detach",
        can: isAttached,
        title: (what) => `Detach the policy from ${what}?`,
        meaning: (names) => `What it allows is taken at once from ${names}.`,
        said: (what) => `The policy is detached from ${what}.`,
        one: ({ kind, name }) => detach(iam, kind, name, arn),
      }}
      onRemoved={changed}
    />
  );
}

interface PickerProps {
  chosen: Entity[];
  onChange: (chosen: Entity[]) => void;
  without: readonly Entity[];
}

function EntityPicker({ chosen, onChange, without }: PickerProps) {
  const iam = useIam();
  const all = useQuery({ queryKey: ["iam", "entities"], queryFn: ({ signal }) => allEntities(iam, signal) });
  const known = new Set(without.filter(isAttached).map(idOf));
  return (
    <List<Entity>
      isPart
      one="entity"
      several="entities"
      title="Users, user groups and roles"
      items={all.data?.filter((entity) => !known.has(idOf(entity)))}
      error={all.error}
      onRetry={() => void all.refetch()}
      id={idOf}
      columns={[NAME, KIND]}
      selection={{ type: "multi", items: chosen, onChange }}
    />
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

function isAttached({ use }: Entity): boolean {
  return use === "Permissions policy";
}

function inWords({ kind, name }: Entity): string {
  return `${KINDS[kind].toLowerCase()} ${name}`;
}

const KINDS = { user: "User", group: "User group", role: "Role" } as const;
const NAME: Column<Entity> = {
  id: "name",
  header: "Name",
  isRowHeader: true,
  value: ({ name }) => name,
  cell: ({ name }) => name,
};
const KIND: Column<Entity> = {
  id: "kind",
  header: "Type",
  value: ({ kind }) => KINDS[kind],
  cell: ({ kind }) => KINDS[kind],
};
