/** The policies of a user, a group or a role: attached, inline, and for a user by its groups. */

import type { AttachedPolicy } from "@aws-sdk/client-iam";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Code } from "../parts/code";
import { Confirm } from "../parts/confirm";
import { FailureAlert } from "../parts/failure_alert";
import { Link } from "../parts/link";
import { List } from "../parts/list";
import type { Column } from "../parts/list";
import { useSay } from "../shell/notes";
import { AttachPolicies } from "./attach_policies";
import { useIam } from "./client";
import { indented } from "./documents";
import { deleteInline, detach, inlineDocument, listAttached, listInline } from "./entity_policies";
import type { Kind } from "./entity_policies";
import { InlinePolicy } from "./inline_policy";
import { ManagedPolicy } from "./managed_policy";
import { policyType } from "./policy_picker";

interface Props {
  kind: Kind;
  name: string;
  /** Groups that a user gets policies from besides. */
  groups?: readonly string[];
}

interface Row {
  policy: string;
  /** Of a managed policy. */
  arn?: string | undefined;
  holder: { kind: Kind; name: string };
  /** By a group. */
  isInherited: boolean;
}

interface Asking {
  signal: AbortSignal;
}
type Listed = (AttachedPolicy | string)[];
type Asked = { act: "attach" } | { act: "inline"; policy?: string } | { act: "remove"; rows: Row[] };

/** A list with **Add permissions** and **Remove**. */
export function AttachedPolicies({ kind, name, groups = NONE }: Props) {
  const iam = useIam();
  const queries = useQueryClient();
  const say = useSay();
  const [chosen, setChosen] = useState<Row[]>([]);
  const [asked, setAsked] = useState<Asked>();
  const queryKey = ["iam", "policies-of", kind, name];
  const attached = useQuery({
    queryKey: [...queryKey, "attached"],
    queryFn: ({ signal }) => listAttached(iam, kind, name, signal),
  });
  const inline = useQuery({
    queryKey: [...queryKey, "inline"],
    queryFn: ({ signal }) => listInline(iam, kind, name, signal),
  });
  const inherited = useQueries({
    queries: groups.flatMap((group) => [
      {
        queryKey: ["iam", "policies-of", "group", group, "attached"],
        queryFn: ({ signal }: Asking): Promise<Listed> => listAttached(iam, "group", group, signal),
      },
      {
        queryKey: ["iam", "policies-of", "group", group, "inline"],
        queryFn: ({ signal }: Asking): Promise<Listed> => listInline(iam, "group", group, signal),
      },
    ]),
  });
  const all = [attached, inline, ...inherited];
  const holders = [{ kind, name }, ...groups.map((group) => ({ kind: "group" as const, name: group }))];
  const rows = all.flatMap((query, at) => {
    const holder = holders[Math.floor(at / 2)];
    return holder ? (query.data ?? []).map((policy) => rowOf(policy, holder, at >= 2)) : [];
  });
  const isPending = all.some((query) => query.isPending);
  const errors = all.flatMap((query) => (query.error && !query.data ? [query.error] : []));
  const selected = chosen.filter((row) => rows.some((other) => idOf(other) === idOf(row)));
  const changed = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey }),
      queries.invalidateQueries({ queryKey: ["iam", "inline-policy-shown", kind, name] }),
      queries.invalidateQueries({ queryKey: ["iam", "policies"] }),
    ]);
  const remove = async (rows: readonly Row[]) => {
    try {
      for (const { arn, policy } of rows) {
        if (arn) await detach(iam, kind, name, arn);
        else await deleteInline(iam, kind, name, policy);
      }
      setChosen([]);
      say("success", rows.length === 1 ? `${rows[0]?.policy ?? ""} is removed.` : `${rows.length} policies are removed.`);
    } finally {
      await changed();
    }
  };
  const direct = selected.filter((row) => !row.isInherited);
  return (
    <SpaceBetween size="m">
      {errors.map((error, at) => (
        <FailureAlert key={at} error={error} header="Some of the policies cannot be shown" />
      ))}
      <List<Row>
        isPart
        title="Permissions policies"
        one="policy"
        several="policies"
        description={DESCRIPTIONS[kind]}
        items={isPending && rows.length === 0 ? undefined : rows}
        id={idOf}
        columns={kind === "user" ? COLUMNS : COLUMNS.slice(0, 2)}
        emptyText={errors.length > 0 ? "No policies can be shown" : "No policies"}
        selection={{ type: "multi", items: selected, onChange: setChosen }}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button
              disabled={direct.length === 0}
              disabledReason={
                selected.length > 0
                  ? "These come by a group. Change the group, or take the user out of it."
                  : "Choose policies first."
              }
              onClick={() => setAsked({ act: "remove", rows: direct })}
            >
              Remove
            </Button>
            <Button
              disabled={direct.length !== 1 || direct[0]?.arn !== undefined}
              disabledReason="Choose one inline policy first."
              onClick={() => setAsked({ act: "inline", policy: direct[0]?.policy ?? "" })}
            >
              Edit
            </Button>
            <ButtonDropdown
              items={[
                { id: "attach", text: "Attach policies" },
                { id: "inline", text: "Create inline policy" },
              ]}
              onItemClick={({ detail }) => setAsked({ act: detail.id === "attach" ? "attach" : "inline" })}
            >
              Add permissions
            </ButtonDropdown>
          </SpaceBetween>
        }
      />
      {asked?.act === "attach" && (
        <AttachPolicies
          kind={kind}
          name={name}
          without={(attached.data ?? []).map((policy) => policy.PolicyArn ?? "")}
          onChanged={() => void changed()}
          onClose={() => setAsked(undefined)}
        />
      )}
      {asked?.act === "inline" && (
        <InlinePolicy
          kind={kind}
          name={name}
          policyName={asked.policy}
          onSaved={() => void changed()}
          onClose={() => setAsked(undefined)}
        />
      )}
      {asked?.act === "remove" && (
        <Confirm
          title={asked.rows.length === 1 ? `Remove ${asked.rows[0]?.policy ?? ""}?` : `Remove ${asked.rows.length} policies?`}
          action="Remove"
          {...(asked.rows.some((row) => !row.arn) && { typed: "delete" })}
          onConfirm={() => remove(asked.rows)}
          onClose={() => setAsked(undefined)}
        >
          <Box variant="p">
            The {kind} {name} no longer has the permissions of {asked.rows.map((row) => row.policy).join(", ")}.
          </Box>
          {asked.rows.some((row) => !row.arn) && (
            <Box variant="p">Inline policies are part of the {kind} and are deleted with their text.</Box>
          )}
        </Confirm>
      )}
    </SpaceBetween>
  );
}

function rowOf(policy: AttachedPolicy | string, holder: Row["holder"], isInherited: boolean): Row {
  if (typeof policy === "string") return { policy, holder, isInherited };
  return { policy: policy.PolicyName ?? "", arn: policy.PolicyArn, holder, isInherited };
}

function idOf(row: Row): string {
  return `${row.holder.kind} ${row.holder.name} ${row.arn ?? `inline ${row.policy}`}`;
}

function via(row: Row): string {
  if (row.isInherited) return `Group ${row.holder.name}`;
  return row.arn ? "Directly" : "Inline";
}

function type(row: Row): string {
  return row.arn ? policyType(row.arn) : "Inline";
}

function Name({ row }: { row: Row }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <ExpandableSection
      variant="inline"
      headerText={row.policy}
      headingTagOverride="h4"
      expanded={isOpen}
      onChange={({ detail }) => setOpen(detail.expanded)}
    >
      {isOpen && (
        <Box padding={{ top: "xs" }}>
          {row.arn ? (
            <SpaceBetween size="xs">
              <ManagedPolicy arn={row.arn} />
              <Link href={`/console/iam/policies/${encodeURIComponent(row.arn)}`}>Open the policy</Link>
            </SpaceBetween>
          ) : (
            <InlineDocument row={row} />
          )}
        </Box>
      )}
    </ExpandableSection>
  );
}

function InlineDocument({ row: { holder, policy } }: { row: Row }) {
  const iam = useIam();
  const document = useQuery({
    queryKey: ["iam", "inline-policy-shown", holder.kind, holder.name, policy],
    queryFn: ({ signal }) => inlineDocument(iam, holder.kind, holder.name, policy, signal),
  });
  if (document.error && document.data === undefined) {
    return <FailureAlert error={document.error} header="The policy cannot be read" />;
  }
  if (document.data === undefined) return <Spinner />;
  return <Code label="Policy document" text={indented(document.data)} />;
}

const COLUMNS: Column<Row>[] = [
  {
    id: "name",
    header: "Policy name",
    isRowHeader: true,
    minWidth: 260,
    value: (row) => row.policy,
    cell: (row) => <Name row={row} />,
  },
  { id: "type", header: "Type", value: type, cell: type },
  {
    id: "via",
    header: "Attached via",
    value: via,
    cell: (row) =>
      row.isInherited ? (
        <>
          Group <Link href={`/console/iam/groups/${encodeURIComponent(row.holder.name)}`}>{row.holder.name}</Link>
        </>
      ) : (
        via(row)
      ),
  },
];
const DESCRIPTIONS = {
  user: "What the user may do comes of the policies attached to it, directly or by its groups.",
  group: "All users of the group have these permissions. Up to 10 managed policies can be attached.",
  role: "Whoever assumes the role has these permissions. Up to 10 managed policies can be attached.",
};
const NONE: readonly string[] = [];
