/** Who is signed in and of which account, to be copied. */

import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";

import { Copyable } from "../parts/code";
import type { Session } from "../session/forms";
import { signInAddress } from "../session/sign_in_address";

/** The panel; all of it is known with the session, so nothing can be denied. */
export function OwnAccount({ session }: { session: Session }) {
  const { accountId, accountAlias } = session;
  const address = signInAddress(window.location, session);
  const isRoot = session.type === "Root";
  return (
    <Container header={<Header variant="h2">Account details</Header>}>
      <KeyValuePairs
        columns={3}
        minColumnWidth={220}
        items={[
          { label: "Account name", value: session.accountName ?? "–" },
          isRoot
            ? { label: "E-mail address", value: session.email ?? "–" }
            : { label: "User name", value: session.userName ?? "–" },
          { label: "Account ID", value: <Copyable text={accountId} label="account ID" /> },
          { label: "Account alias", value: accountAlias ?? "–" },
          {
            label: isRoot ? "Canonical ARN" : "User ARN",
            value: <Copyable text={session.arn} label="ARN" />,
          },
          ...(session.userId === undefined
            ? []
            : [{ label: "User ID", value: <Copyable text={session.userId} label="user ID" /> }]),
          {
            label: "Sign-in URL for IAM users",
            value: <Copyable text={address} label="sign-in URL" />,
          },
        ]}
      />
    </Container>
  );
}
