/** A password that was just set, this once, with where to use it. */

import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { Copyable } from "../parts/code";
import { download } from "../parts/download";
import { Secret } from "../parts/secret";
import { useSigned } from "../session/provider";
import { passwordFile } from "./files";
import { signInUrl } from "./signin_url";

interface Props {
  userName: string;
  password: string;
}

/** The sign-in address, the user's name and the password, to be shown, copied or saved. */
export function PasswordTold({ userName, password }: Props) {
  const { session } = useSigned();
  const url = signInUrl(session);
  return (
    <SpaceBetween size="m">
      <Alert type="warning" header="This is the only time that the password can be seen">
        Tell it to the user by a way that others cannot read. If it is lost, set another one.
      </Alert>
      <KeyValuePairs
        columns={1}
        items={[
          { label: "Console sign-in URL", value: <Copyable text={url} label="console sign-in URL" /> },
          { label: "User name", value: <Copyable text={userName} label="user name" /> },
          { label: "Console password", value: <Secret value={password} label="console password" /> },
        ]}
      />
      <Button iconName="download" onClick={() => download(passwordFile(userName, password, url))}>
        Download .csv file
      </Button>
    </SpaceBetween>
  );
}
