/** A policy with the statement that decided, and the way to where it can be changed. */

import { GetPolicyCommand, GetPolicyVersionCommand } from "@aws-sdk/client-iam";
import type { IAMClient } from "@aws-sdk/client-iam";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { useQuery } from "@tanstack/react-query";

import { FailureAlert } from "../parts/failure_alert";
import type { Place } from "../parts/json_text";
import { JsonView } from "../parts/json_view";
import { Link } from "../parts/link";
import { useIam } from "./client";
import { statementAt } from "./decision_words";
import type { PolicyPlace } from "./decision_words";
import { documentOf, nameOfArn } from "./documents";
import { inlineDocument } from "./entity_policies";

interface Props {
  place: PolicyPlace;
  /** Where the statement begins. */
  start: Place;
}

/** Shows the document as it is kept, since places are those of its text. */
export function StatementSource({ place, start }: Props) {
  const iam = useIam();
  const document = useQuery({
    queryKey: ["iam", "policy-text", place],
    queryFn: ({ signal }) => readText(iam, place, signal),
  });
  const name = place.kind === "managed" ? nameOfArn(place.arn) : place.policy;
  if (document.error) return <FailureAlert error={document.error} header={`The policy ${name} cannot be shown`} />;
  if (document.data === undefined) return <Spinner />;
  const href =
    place.kind === "managed"
      ? `/console/iam/policies/${encodeURIComponent(place.arn)}`
      : `/console/iam/${place.of.kind}s/${encodeURIComponent(place.of.name)}`;
  return (
    <SpaceBetween size="xs">
      <JsonView label={`Policy ${name}`} text={document.data} mark={statementAt(document.data, start)} isShort />
      <Link href={href}>
        {place.kind === "managed" ? `Open the policy ${name}` : `Open the ${place.of.kind} ${place.of.name}`}
      </Link>
    </SpaceBetween>
  );
}

async function readText(iam: IAMClient, place: PolicyPlace, abortSignal: AbortSignal): Promise<string> {
  if (place.kind === "inline") return inlineDocument(iam, place.of.kind, place.of.name, place.policy, abortSignal);
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: place.arn }), { abortSignal });
  const which = { PolicyArn: place.arn, VersionId: Policy?.DefaultVersionId };
  const answer = await iam.send(new GetPolicyVersionCommand(which), { abortSignal });
  return documentOf(answer.PolicyVersion?.Document);
}
