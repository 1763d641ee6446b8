/** What a policy allows: its document, read when it is looked at. */

import { GetPolicyCommand, GetPolicyVersionCommand } from "@aws-sdk/client-iam";
import Box from "@cloudscape-design/components/box";
import Spinner from "@cloudscape-design/components/spinner";
import { useQuery } from "@tanstack/react-query";

import { Code } from "../parts/code";
import { FailureAlert } from "../parts/failure_alert";
import { useIam } from "./client";
import { documentOf, indented } from "./documents";

/** The default version of a managed policy. */
export function ManagedPolicy({ arn }: { arn: string }) {
  const iam = useIam();
  const policy = useQuery({
    queryKey: ["iam", "managed-policy", arn],
    queryFn: async ({ signal }) => {
      const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: arn }), { abortSignal: signal });
      const which = { PolicyArn: arn, VersionId: Policy?.DefaultVersionId };
      const answer = await iam.send(new GetPolicyVersionCommand(which), { abortSignal: signal });
      const document = documentOf(answer.PolicyVersion?.Document);
      return { description: Policy?.Description, document };
    },
  });
  if (policy.error && !policy.data) {
    return <FailureAlert error={policy.error} header="The policy cannot be read" />;
  }
  if (!policy.data) return <Spinner />;
  return (
    <div>
      {policy.data.description && <Box variant="p">{policy.data.description}</Box>}
      <Code label="Policy document" text={indented(policy.data.document)} />
    </div>
  );
}
