/** Where one lands after signing in. */

import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { useSigned } from "../session/provider";
import { ClientSetup } from "./client_setup";
import { FirstSteps } from "./first_steps";
import { ServiceTiles } from "./service_tiles";

/** The console's first page: what to do first, what goes on, how clients get here. */
export function Home() {
  const { session } = useSigned();
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={`Account ${session.accountAlias ?? session.accountId}, ${session.region}`}>
          Welcome, {session.userName ?? session.accountName}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <FirstSteps />
        <ServiceTiles />
        <ClientSetup />
      </SpaceBetween>
    </ContentLayout>
  );
}
