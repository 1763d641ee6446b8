/** Why a request was allowed or denied, by its id. */

import { ListGroupsForUserCommand } from "@aws-sdk/client-iam";
import type { IAMClient } from "@aws-sdk/client-iam";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useSearchParams } from "react-router";

import { own } from "../api/clients";
import { FailureAlert } from "../parts/failure_alert";
import type { Decision } from "../parts/failure_alert";
import { Moment } from "../parts/moment";
import { StatusIndicator } from "../parts/status_indicator";
import { useSigned } from "../session/provider";
import { allPages, useIam } from "./client";
import { decisionInWords, principalOf } from "./decision_words";
import type { PolicyPlace, Principal } from "./decision_words";
import { listInline } from "./entity_policies";
import { Fix } from "./fix";
import { StatementSource } from "./statement_source";

type Explained = Decision & { Time: string; Message?: string; MissingContextKeys?: string[] };

/** The field, and the decisions about the request it names. */
export function RequestDecision({ given }: { given: string }) {
  const signed = useSigned();
  const [, setSearch] = useSearchParams();
  const [text, setText] = useState(given);
  const decisions = useQuery({
    queryKey: ["decisions", given],
    enabled: given !== "",
    retry: false,
    queryFn: ({ signal }) =>
      own<{ Decisions: Explained[] }>(signed, `/_kinora/decisions/${encodeURIComponent(given)}`, {}, signal),
  });
  const look = () => setSearch({ tab: "request", request: text.trim() });
  return (
    <SpaceBetween size="l">
      <FormField
        label="Request id"
        description="Every answer has one, in x-amzn-requestid. The newest few hundred of the account are held."
        secondaryControl={<Button onClick={look}>Explain</Button>}
      >
        <Input
          value={text}
          autoComplete={false}
          onChange={({ detail }) => setText(detail.value)}
          onKeyDown={({ detail }) => {
            if (detail.key === "Enter") look();
          }}
        />
      </FormField>
      {given !== "" && decisions.isPending && <Spinner />}
      {decisions.error && <FailureAlert error={decisions.error} header="The request cannot be explained" />}
      {decisions.data?.Decisions.map((decision, at) => (
        <OneDecision key={at} decision={decision} />
      ))}
    </SpaceBetween>
  );
}

function OneDecision({ decision }: { decision: Explained }) {
  const isAllowed = decision.Decision === "allowed";
  const missing = decision.MissingContextKeys ?? [];
  const principal = principalOf(decision.Principal);
  return (
    <Container
      header={
        <Header variant="h2" description={decision.Message}>
          {decision.Action}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <KeyValuePairs
          columns={2}
          items={[
            {
              label: "Decision",
              value: (
                <StatusIndicator type={isAllowed ? "success" : "error"}>
                  {decisionInWords(decision.Decision)}
                </StatusIndicator>
              ),
            },
            { label: "Decided by", value: decision.DecidedBy },
            { label: "Principal", value: decision.Principal },
            { label: "Resource", value: decision.Resource },
            { label: "Time", value: <Moment at={decision.Time} isExact /> },
            { label: "Missing context keys", value: missing.length > 0 ? missing.join(", ") : "None" },
          ]}
        />
        {decision.Statements.map((statement, at) => (
          <DecidingStatement key={at} statement={statement} principal={principal} />
        ))}
        {!isAllowed && (
          <Fix
            remedy={decision.Remedy}
            statement={decision.MissingStatement}
            principal={decision.DecidedBy === "identity-based policy" ? principal : undefined}
          />
        )}
      </SpaceBetween>
    </Container>
  );
}

interface StatementProps {
  statement: Decision["Statements"][number];
  principal: Principal | undefined;
}

function DecidingStatement({ statement, principal }: StatementProps) {
  const iam = useIam();
  const { Policy, PolicyType, Line, Column } = statement;
  const place = useQuery({
    queryKey: ["iam", "policy-place", Policy, PolicyType, principal],
    queryFn: ({ signal }) => placeOf(iam, Policy, PolicyType, principal, signal),
  });
  return (
    <SpaceBetween size="xs">
      <Box>
        {statement.Effect} by statement {statement.Sid ? statement.Sid : statement.Number} of {Policy} ({statement.Of},
        line {Line}, column {Column})
      </Box>
      {place.data && <StatementSource place={place.data} start={{ line: Line, column: Column }} />}
    </SpaceBetween>
  );
}

/** Where a policy of a decision is kept; a group's is looked for in the groups of the user. */
async function placeOf(
  iam: IAMClient,
  policy: string,
  type: string,
  principal: Principal | undefined,
  abortSignal: AbortSignal,
): Promise<PolicyPlace | null> {
  if (policy.startsWith("arn:")) return { kind: "managed", arn: policy };
  if (principal && type === principal.kind) return { kind: "inline", of: principal, policy };
  if (type !== "group" || principal?.kind !== "user") return null;
  const groups = await allPages(async (Marker) => {
    const page = await iam.send(new ListGroupsForUserCommand({ UserName: principal.name, Marker }), { abortSignal });
    return { items: page.Groups, next: page.Marker };
  });
  for (const { GroupName = "" } of groups) {
    const names = await listInline(iam, "group", GroupName, abortSignal);
    if (names.includes(policy)) return { kind: "inline", of: { kind: "group", name: GroupName }, policy };
  }
  return null;
}
