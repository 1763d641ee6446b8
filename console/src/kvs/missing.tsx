/** A stream that is not there. */

import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import { useNavigate } from "react-router";

/** Says that there is no stream of this name. */
export function Missing({ name }: { name: string }) {
  const navigate = useNavigate();
  return (
    <Alert
      type="error"
      header={`There is no stream named ${name}`}
      action={
        <Button onClick={() => void navigate("/console/kinesisvideo/streams")}>Video streams</Button>
      }
    >
      It was deleted, belongs to another account, or never existed.
    </Alert>
  );
}
