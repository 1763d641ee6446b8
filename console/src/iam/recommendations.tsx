/** What an account should have to be safe: each with its reason and the way to mend it. */

import { GetGroupCommand, ListEntitiesForPolicyCommand } from "@aws-sdk/client-iam";
import type { IAMClient } from "@aws-sdk/client-iam";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { FailureAlert } from "../parts/failure_alert";
import { Link } from "../parts/link";
import { Moment } from "../parts/moment";
import { useNow } from "../parts/now";
import { StatusIndicator } from "../parts/status_indicator";
import { useSigned } from "../session/provider";
import { many } from "../words";
import { useIam } from "./client";
import { KEY_DAYS_MAX, oldKeys, withoutMfa } from "./credential_rows";
import { readCredentials } from "./credentials_read";
import { useSummary } from "./summary";

/** The checks. One that cannot be made says why and does not hide the others. */
export function Recommendations() {
  const iam = useIam();
  const { session } = useSigned();
  const now = useNow(3_600_000);
  const summary = useSummary();
  const administrators = useQuery({
    queryKey: ["iam", "administrators"],
    queryFn: ({ signal }) => hasAdministrator(iam, signal),
  });
  const report = useQuery({
    queryKey: ["iam", "report-rows"],
    queryFn: ({ signal }) => readCredentials(iam, signal),
  });
  const isRoot = session.type === "Root";
  const own = <Link href="/console/security-credentials">My security credentials</Link>;
  const asRoot = isRoot ? <>Go to {own}.</> : "Sign in as the root user and go to My security credentials.";
  const old = report.data && oldKeys(report.data.rows, now);
  const bare = report.data && withoutMfa(report.data.rows);
  return (
    <Container
      header={
        <Header variant="h2" description="What makes the account safer. Each says why, and how.">
          Security recommendations
        </Header>
      }
    >
      <SpaceBetween size="s">
        <Check
          subject="MFA of the root user"
          title={summary.data?.["AccountMFAEnabled"] ? "Root user has MFA" : "Add MFA for root user"}
          isMet={summary.data && Boolean(summary.data["AccountMFAEnabled"])}
          error={summary.error}
          why="The root user may do everything and nothing limits it. With MFA, its password alone opens nothing."
          how={asRoot}
        />
        <Check
          subject="Access keys of the root user"
          title={
            summary.data?.["AccountAccessKeysPresent"]
              ? "Delete the root user's access keys"
              : "Root user has no active access keys"
          }
          isMet={summary.data && !summary.data["AccountAccessKeysPresent"]}
          error={summary.error}
          why="Whoever has such a key may do everything in the account. A user's key can be limited and replaced."
          how={asRoot}
        />
        <Check
          subject="Whether there is an administrator"
          title={administrators.data ? "An administrator exists" : "Create an administrator"}
          isMet={administrators.data}
          error={administrators.error}
          why="For daily work, a user with AdministratorAccess does what the root user is not needed for."
          how={
            <>
              <Link href="/console/iam/users/create">Create a user</Link>, for instance Administrator, in a
              group with the policy AdministratorAccess.
            </>
          }
        />
        <Check
          subject="The age of access keys"
          title={
            old && old.length > 0
              ? `Replace ${many(old.length, "access key")} older than ${KEY_DAYS_MAX} days`
              : `No access key is older than ${KEY_DAYS_MAX} days`
          }
          isMet={old && old.length === 0}
          error={report.error}
          at={report.data?.at}
          why="The longer a key is in use, the more places have seen it."
          how={
            <>
              Create a second key, put it in the place of the first, then deactivate and delete the first:{" "}
              <UserLinks names={[...new Set((old ?? []).map(({ user }) => user))]} />.
            </>
          }
        />
        <Check
          subject="MFA of users with a console password"
          title={
            bare && bare.length > 0
              ? `Add MFA for ${many(bare.length, "user")} with a console password`
              : "All users with a console password have MFA"
          }
          isMet={bare && bare.length === 0}
          error={report.error}
          at={report.data?.at}
          why="A password that was guessed or read opens nothing without the device."
          how={
            <>
              Assign an MFA device on the tab Security credentials of <UserLinks names={bare ?? []} />.
            </>
          }
        />
      </SpaceBetween>
    </Container>
  );
}

interface CheckProps {
  /** What is checked, where the outcome is not known. */
  subject: string;
  title: string;
  /** `undefined` while it is not known. */
  isMet: boolean | undefined;
  error: unknown;
  why: string;
  how: ReactNode;
  /** Of what time it is, if not of now. */
  at?: Date | undefined;
}

function Check({ subject, title, isMet, error, why, how, at }: CheckProps) {
  if (isMet === undefined) {
    return error ? (
      <ExpandableSection headerText={<StatusIndicator type="info">{subject}: not known</StatusIndicator>}>
        <SpaceBetween size="xs">
          <Box variant="p">{why}</Box>
          <FailureAlert error={error} header="What it takes cannot be read" />
        </SpaceBetween>
      </ExpandableSection>
    ) : (
      <StatusIndicator type="loading">{subject}</StatusIndicator>
    );
  }
  return (
    <ExpandableSection
      defaultExpanded={!isMet}
      headerText={
        <StatusIndicator type={isMet ? "success" : "warning"}>
          {title}
          {at && isMet && (
            <>
              {" "}
              (<Moment at={at} />)
            </>
          )}
        </StatusIndicator>
      }
    >
      <SpaceBetween size="xxs">
        <div>{why}</div>
        {!isMet && <div>{how}</div>}
        {at && (
          <Box variant="small">
            By the credential report of <Moment at={at} />; a new one is made every four hours.
          </Box>
        )}
      </SpaceBetween>
    </ExpandableSection>
  );
}

function UserLinks({ names }: { names: readonly string[] }) {
  return (
    <>
      {names.slice(0, NAMES_MAX).map((name, at) => (
        <span key={name}>
          {at > 0 && ", "}
          <Link href={`/console/iam/users/${encodeURIComponent(name)}?tab=security-credentials`}>{name}</Link>
        </span>
      ))}
      {names.length > NAMES_MAX && ` and ${many(names.length - NAMES_MAX, "other")}`}
    </>
  );
}

async function hasAdministrator(iam: IAMClient, abortSignal: AbortSignal): Promise<boolean> {
  const PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess";
  const entities = await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn }), { abortSignal });
  if ((entities.PolicyUsers ?? []).length > 0) return true;
  for (const { GroupName } of entities.PolicyGroups ?? []) {
    const group = await iam.send(new GetGroupCommand({ GroupName, MaxItems: 1 }), { abortSignal });
    if ((group.Users ?? []).length > 0) return true;
  }
  return false;
}

const NAMES_MAX = 5;
