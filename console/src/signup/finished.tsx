/** The last step: the account and its id. */

import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useNavigate } from "react-router";

import { Entrance } from "../entrance/frame";
import { Copyable } from "../parts/code";
import { groupedAccountId } from "../session/account_id";
import { signInAddress } from "../session/sign_in_address";
import { keepProgress } from "./progress";
import type { Done } from "./progress";

/** Shows the id, which the person should note, and leads on. */
export function Finished({ done }: { done: Done }) {
  const navigate = useNavigate();
  const { accountId, email, isPending } = done;
  const address = signInAddress(window.location, { accountId, accountAlias: null });
  return (
    <Entrance title="Congratulations" description="Your account has been created.">
      <SpaceBetween size="l">
        {isPending && (
          <Alert type="info" header="The account is not in use yet">
            The operator of this server activates it. Until then nobody can sign in to it.
          </Alert>
        )}
        <div className="entrance-facts">
          <SpaceBetween size="l">
            <div>
              <Box variant="awsui-key-label">Account ID</Box>
              <Box variant="h2" padding="n">
                <Copyable text={accountId} label="Account ID" />
              </Box>
              <Box variant="small">
                Note it: {groupedAccountId(accountId)}. You need it whenever you sign in as an IAM user.
              </Box>
            </div>
            <KeyValuePairs
              columns={1}
              items={[
                { label: "Root user", value: email },
                {
                  label: "Sign-in address for IAM users",
                  value: <Copyable text={address} label="Sign-in address" />,
                },
              ]}
            />
          </SpaceBetween>
        </div>
        <Button
          variant="primary"
          fullWidth
          href="/signin?type=root"
          onFollow={(event) => {
            event.preventDefault();
            keepProgress(sessionStorage, undefined);
            void navigate("/signin?type=root", { state: { email } });
          }}
        >
          Sign in as root user
        </Button>
      </SpaceBetween>
    </Entrance>
  );
}
