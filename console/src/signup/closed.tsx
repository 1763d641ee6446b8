/** On servers whose operator makes the accounts. */

import Alert from "@cloudscape-design/components/alert";

import { Entrance } from "../entrance/frame";
import { ToSignIn } from "./to_sign_in";

/** Says so. */
export function Closed() {
  return (
    <Entrance title="Sign up for Kinora" links={<ToSignIn />}>
      <Alert type="info" header="Nobody can sign up here">
        The operator of this server makes its accounts, with <code>kinora account create</code>. Ask
        the operator for one.
      </Alert>
    </Entrance>
  );
}
