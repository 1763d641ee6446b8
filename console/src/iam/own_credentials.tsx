/** "My security credentials": what root or a user signs in and signs calls with. */

import Alert from "@cloudscape-design/components/alert";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { useSigned } from "../session/provider";
import { AccessKeys } from "./access_keys";
import { OwnAccount } from "./own_account";
import { OwnMfaDevices } from "./own_mfa_devices";
import { OwnPassword } from "./own_password";

/** The page; each panel stands for itself, allowed or denied. */
export function Component() {
  const { session } = useSigned();
  const isRoot = session.type === "Root";
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description={
            isRoot
              ? "The root user has complete access to this account. Use it to make an administrator, and then rarely."
              : "What you sign in with, and what your programs sign their calls with."
          }
        >
          My security credentials
        </Header>
      }
    >
      <SpaceBetween size="l">
        <OwnAccount session={session} />
        <OwnPassword session={session} />
        <OwnMfaDevices session={session} />
        {isRoot && (
          <Alert type="warning" header="You are signed in as the root user">
            Access keys of the root user can do everything in this account and nothing can restrict
            them. Create a user with the permissions that are needed, and access keys for that user.
          </Alert>
        )}
        <AccessKeys userName={undefined} />
      </SpaceBetween>
    </ContentLayout>
  );
}
