/** An address that is no page. */

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";

/** Says that there is no such page. */
export function Component() {
  return (
    <Box textAlign="center" padding="xxxl">
      <SpaceBetween size="m">
        <Box variant="h1">There is no such page</Box>
        <Button href="/console/">To the console</Button>
      </SpaceBetween>
    </Box>
  );
}
