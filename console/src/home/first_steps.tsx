/** The getting-started guide as a list that ticks itself. */

import Box from "@cloudscape-design/components/box";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import { useState } from "react";
import type { ReactNode } from "react";

import { Failure } from "../api/failure";
import { Link } from "../parts/link";
import { StatusIndicator } from "../parts/status_indicator";
import { useSigned } from "../session/provider";
import { useAdministrators, useHasAccessKey, useStreams, useSummary } from "./state";

import "./home.css";

/** Done or not; `null` if it is not for this user to see, `undefined` while it is not known. */
type Mark = boolean | null | undefined;

/** The steps of the guide, each with a link to where it is done. */
export function FirstSteps() {
  const { session } = useSigned();
  const isRoot = session.type === "Root";
  const summary = useSummary();
  const administrators = useAdministrators();
  const hasKey = useHasAccessKey(administrators.data);
  const streams = useStreams();
  const steps: { mark: Mark; text: ReactNode; hint: ReactNode }[] = [
    {
      mark: marked(summary, (counts) => (counts["AccountMFAEnabled"] ?? 0) > 0),
      text: isRoot ? (
        <Link href="/console/security-credentials">Assign an MFA device to the root user</Link>
      ) : (
        "Assign an MFA device to the root user"
      ),
      hint: isRoot
        ? "A password alone should not open the whole account."
        : "The root user does this at My security credentials.",
    },
    {
      mark: marked(administrators, (names) => names.length > 0),
      text: <Link href="/console/iam/users/create">Create an administrator</Link>,
      hint: "A user with the policy AdministratorAccess, for everyday work in place of root.",
    },
    {
      mark: isRoot && administrators.error ? null : marked(hasKey, (has) => has),
      text: (
        <Link href={keyPlace(isRoot, administrators.data)}>Create an access key</Link>
      ),
      hint: isRoot
        ? "For the administrator, on its tab Security credentials. Root should have none."
        : "For the AWS CLI, the SDKs and producers.",
    },
    {
      mark: marked(streams, ({ streams }) => streams.length > 0),
      text: <Link href="/console/kinesisvideo/create">Create a video stream</Link>,
      hint: "A camera, or whatever sends media, has a stream of its own.",
    },
    {
      mark: marked(streams, ({ streams }) =>
        streams.some(({ lastFragment, stored }) => lastFragment !== null || (stored?.fragments ?? 0) > 0),
      ),
      text: <Link href="/console/kinesisvideo/streams">Send media</Link>,
      hint: "A stream's page has ready commands, or takes this browser's camera.",
    },
  ];
  const done = steps.filter(({ mark }) => mark === true).length;
  const isKnown = steps.every(({ mark }) => mark !== undefined);
  const isAllDone = done === steps.length;
  const [chosen, setChosen] = useState<boolean>();
  return (
    <ExpandableSection
      variant="container"
      headerText="First steps"
      headerCounter={isKnown ? `(${done}/${steps.length})` : ""}
      expanded={chosen ?? !(isKnown && isAllDone)}
      onChange={({ detail }) => setChosen(detail.expanded)}
    >
      <SpaceBetween size="m">
        <ProgressBar
          value={(100 * done) / steps.length}
          ariaLabel="First steps done"
          additionalInfo={isAllDone ? "All done." : undefined}
        />
        <ol className="first-steps">
          {steps.map(({ mark, text, hint }, at) => (
            <li key={at}>
              <StatusIndicator type={INDICATOR[String(mark)] ?? "loading"}>
                {WORDS[String(mark)] ?? "Looking"}
              </StatusIndicator>
              <div>
                <Box>{text}</Box>
                <Box variant="small">
                  {mark === null ? "You may not see whether this is done. " : ""}
                  {hint}
                </Box>
              </div>
            </li>
          ))}
        </ol>
      </SpaceBetween>
    </ExpandableSection>
  );
}

/** What an answer says of a step. */
function marked<T>(
  asked: { data: T | undefined; error: Error | null },
  isDone: (data: T) => boolean,
): Mark {
  if (asked.data !== undefined) return isDone(asked.data);
  if (asked.error === null) return undefined;
  // What is denied is not a fault of the page; nor is it known.
  return Failure.of(asked.error).isSignedOut ? undefined : null;
}

function keyPlace(isRoot: boolean, administrators: readonly string[] | undefined): string {
  if (!isRoot) return "/console/security-credentials";
  const [first] = administrators ?? [];
  return first === undefined
    ? "/console/iam/users"
    : `/console/iam/users/${encodeURIComponent(first)}?tab=security-credentials`;
}

const INDICATOR: Record<string, StatusIndicatorProps.Type> = {
  true: "success",
  false: "pending",
  null: "info",
  undefined: "loading",
};
const WORDS: Record<string, string> = { true: "Done", false: "To do", null: "Not known", undefined: "Looking" };
