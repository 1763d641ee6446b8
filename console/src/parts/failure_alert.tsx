/** A failure as a person needs it: AWS's words, the request's id, and for a denial the cure. */

import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";

import { own } from "../api/clients";
import { Failure } from "../api/failure";
import { useKnownSession } from "../session/provider";
import type { Signed } from "../session/provider";
import { Code } from "./code";
import { Link } from "./link";

interface Props {
  error: unknown;
  /** What was being done, as a heading: "The users cannot be listed". */
  header?: string;
  onRetry?: () => void;
}

/** Shows a failure, and for a denial the smallest statement that would have allowed it. */
export function FailureAlert({ error, header, onRetry }: Props) {
  const failure = Failure.of(error);
  const { signed, ended } = useKnownSession();
  useEffect(() => {
    if (failure.isSignedOut) ended();
  }, [failure.isSignedOut, ended]);
  const heading = failure.isDenied ? "You are not allowed to do this" : "This did not work";
  return (
    <Alert
      type={failure.isDenied ? "warning" : "error"}
      header={header ?? heading}
      action={onRetry && !failure.isDenied && <Button onClick={onRetry}>Try again</Button>}
    >
      <SpaceBetween size="xs">
        <div>
          {failure.message} {failure.code !== "Error" && <Box variant="small">({failure.code})</Box>}
        </div>
        {failure.requestId && (
          <Box variant="small">
            Request <CopyToClipboard
              variant="inline"
              textToCopy={failure.requestId}
              copyButtonAriaLabel="Copy the request id"
              copySuccessText="Copied"
              copyErrorText="Not copied"
            />
          </Box>
        )}
        {failure.isDenied && failure.requestId && signed && (
          <Cure signed={signed} requestId={failure.requestId} />
        )}
      </SpaceBetween>
    </Alert>
  );
}

/** A decision about a request, as the server explains it. */
export interface Decision {
  Principal: string;
  Action: string;
  Resource: string;
  Decision: string;
  DecidedBy: string;
  Remedy?: string;
  MissingStatement?: object;
  Statements: {
    Effect: "Allow" | "Deny";
    Of: string;
    Policy: string;
    PolicyType: string;
    Sid: string | null;
    Number: number;
    Line: number;
    Column: number;
  }[];
}

function Cure({ signed, requestId }: { signed: Signed; requestId: string }) {
  const { data } = useQuery({
    queryKey: ["decision", requestId],
    queryFn: ({ signal }) =>
      own<{ Decisions: Decision[] }>(signed, `/_kinora/decisions/${requestId}`, {}, signal),
    staleTime: Infinity,
    retry: false,
  });
  const decision = data?.Decisions.at(-1);
  if (!decision) return null;
  return (
    <div>
      {decision.Remedy && <Box variant="p">{decision.Remedy}</Box>}
      {decision.MissingStatement && (
        <Code label="The smallest statement that would allow it" text={JSON.stringify(decision.MissingStatement, null, 2)} />
      )}
      <Link href={`/console/iam/decisions?request=${encodeURIComponent(requestId)}`}>Why it was denied</Link>
    </div>
  );
}
