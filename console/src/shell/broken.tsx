/** What shows when a page could not be loaded or broke. */

import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import { useRouteError } from "react-router";

/** Says what broke and offers to load the page again: after an upgrade its parts are new. */
export function BrokenPage() {
  const error = useRouteError();
  return (
    <Box padding="xxl">
      <Alert
        type="error"
        header="This page could not be shown"
        action={<Button onClick={() => window.location.reload()}>Load it again</Button>}
      >
        {error instanceof Error ? error.message : "Something unexpected happened."}
      </Alert>
    </Box>
  );
}
