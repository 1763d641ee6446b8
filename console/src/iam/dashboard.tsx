/** IAM's dashboard: where users sign in, what should be mended, what there is. */

import ContentLayout from "@cloudscape-design/components/content-layout";
import Container from "@cloudscape-design/components/container";
import Grid from "@cloudscape-design/components/grid";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";

import { FailureAlert } from "../parts/failure_alert";
import { Link } from "../parts/link";
import { count } from "../words";
import { AccountAlias } from "./account_alias";
import { Recommendations } from "./recommendations";
import { useSummary } from "./summary";

/** The page of `/console/iam`. */
export function Dashboard() {
  return (
    <ContentLayout header={<Header variant="h1">IAM Dashboard</Header>}>
      <Grid
        gridDefinition={[
          { colspan: { default: 12, s: 8 } },
          { colspan: { default: 12, s: 4 } },
        ]}
      >
        <SpaceBetween size="l">
          <Recommendations />
          <Resources />
        </SpaceBetween>
        <AccountAlias />
      </Grid>
    </ContentLayout>
  );
}

function Resources() {
  const summary = useSummary();
  return (
    <Container header={<Header variant="h2">IAM resources</Header>}>
      {summary.error && !summary.data && (
        <FailureAlert
          error={summary.error}
          header="The resources cannot be counted"
          onRetry={() => void summary.refetch()}
        />
      )}
      {summary.isPending && <Spinner />}
      {summary.data && (
        <KeyValuePairs
          columns={4}
          minColumnWidth={110}
          items={RESOURCES.map(({ label, key, href }) => ({
            label,
            value: (
              <Link href={href} fontSize="heading-xl" variant="primary" ariaLabel={`${count(summary.data[key] ?? 0)} ${label}`}>
                {count(summary.data[key] ?? 0)}
              </Link>
            ),
          }))}
        />
      )}
    </Container>
  );
}

const RESOURCES = [
  { label: "User groups", key: "Groups", href: "/console/iam/groups" },
  { label: "Users", key: "Users", href: "/console/iam/users" },
  { label: "Roles", key: "Roles", href: "/console/iam/roles" },
  { label: "Policies", key: "Policies", href: "/console/iam/policies" },
];
