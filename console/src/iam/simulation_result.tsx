/** One result of a simulation: the decision, the statements that made it, the fix. */

import type { EvaluationResult } from "@aws-sdk/client-iam";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { StatusIndicator } from "../parts/status_indicator";
import { decisionInWords, placeOfSimulated, smallestStatement } from "./decision_words";
import type { Principal } from "./decision_words";
import { Fix } from "./fix";
import { usePolicies } from "./policy_picker";
import { StatementSource } from "./statement_source";

interface Props {
  result: EvaluationResult;
  /** What was decided without the boundary, where that one does not allow. */
  unbounded: string | undefined;
  principal: Principal;
  /** Whose policies counted: the principal and the groups of a user. */
  holders: readonly Principal[];
}

/** Shows a result. */
export function SimulationResult({ result, unbounded, principal, holders }: Props) {
  const policies = usePolicies();
  const { EvalActionName: action = "", EvalResourceName: resource = "*", EvalDecision: decision = "" } = result;
  const isAllowed = decision === "allowed";
  const bounded = result.PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary;
  const missing = result.MissingContextValues ?? [];
  const lacksAllow = decision === "implicitDeny" && (bounded !== false || unbounded !== "allowed");
  return (
    <Container header={<Header variant="h2">{action}</Header>}>
      <SpaceBetween size="l">
        <KeyValuePairs
          columns={2}
          items={[
            {
              label: "Decision",
              value: (
                <StatusIndicator type={isAllowed ? "success" : "error"}>{decisionInWords(decision)}</StatusIndicator>
              ),
            },
            { label: "Resource", value: resource },
            {
              label: "Permissions boundary",
              value: bounded === undefined ? "None" : bounded ? "Allows it" : "Does not allow it",
            },
            { label: "Missing context keys", value: missing.length > 0 ? missing.join(", ") : "None" },
          ]}
        />
        {result.MatchedStatements?.map(({ SourcePolicyId: id = "", StartPosition, EndPosition }, at) => {
          const place = placeOfSimulated(id, holders, policies.data ?? []);
          const start = { line: StartPosition?.Line ?? 1, column: StartPosition?.Column ?? 1 };
          const end = EndPosition?.Line ?? start.line;
          return (
            <SpaceBetween size="xs" key={at}>
              <Box>
                {decision === "explicitDeny" ? "Denied" : "Allowed"} by {id},{" "}
                {end === start.line ? `line ${end}` : `lines ${start.line} to ${end}`}
              </Box>
              {place && <StatementSource place={place} start={start} />}
            </SpaceBetween>
          );
        })}
        {decision === "explicitDeny" && (
          <Fix
            principal={undefined}
            statement={undefined}
            remedy="The statement above denies it, and no other can allow it then. It must be removed or changed, or its condition must not hold."
          />
        )}
        {decision === "implicitDeny" && (
          <Fix
            principal={lacksAllow ? principal : undefined}
            statement={lacksAllow || bounded === false ? smallestStatement(action, resource) : undefined}
            remedy={remedyOf(bounded === false, lacksAllow, missing)}
          />
        )}
      </SpaceBetween>
    </Container>
  );
}

function remedyOf(isBounded: boolean, lacksAllow: boolean, missing: readonly string[]): string {
  const words = [
    isBounded && lacksAllow && "Neither a policy nor the permissions boundary allows it: both need this statement.",
    isBounded && !lacksAllow && "A policy allows it, but the permissions boundary does not: the boundary needs this statement.",
    !isBounded && "No policy allows it.",
    missing.length > 0 && `Statements about it have conditions on ${missing.join(", ")}, which were not given: they may allow it then.`,
  ];
  return words.filter(Boolean).join(" ");
}
