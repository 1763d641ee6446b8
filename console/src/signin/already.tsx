/** For who opens the sign-in page and is signed in. */

import Button from "@cloudscape-design/components/button";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useNavigate } from "react-router";

import { Entrance } from "../entrance/frame";
import type { Session } from "../session/forms";

interface Props {
  session: Session;
  /** Where to go on to. */
  next: string;
  onOther: () => void;
}

/** Says who that is, and offers to go on or to sign in as somebody else. */
export function AlreadySignedIn({ session, next, onOther }: Props) {
  const navigate = useNavigate();
  return (
    <Entrance title="You are signed in">
      <SpaceBetween size="l">
        <div className="entrance-facts">
          <KeyValuePairs
            columns={1}
            items={[
              {
                label: session.type === "Root" ? "Root user" : "IAM user",
                value: session.type === "Root" ? (session.email ?? "") : (session.userName ?? ""),
              },
              {
                label: "Account",
                value: [session.accountId, session.accountAlias ?? session.accountName]
                  .filter(Boolean)
                  .join(" · "),
              },
            ]}
          />
        </div>
        <Button variant="primary" fullWidth onClick={() => void navigate(next)}>
          Go to the console
        </Button>
        <Button fullWidth onClick={onOther}>
          Sign in as someone else
        </Button>
      </SpaceBetween>
    </Entrance>
  );
}
