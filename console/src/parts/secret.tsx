/** A value that others must not read over one's shoulder: hidden until asked for. */

import Box from "@cloudscape-design/components/box";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

interface Props {
  value: string;
  /** What it is: "secret access key". */
  label: string;
}

/** Shows stars and **Show**; the value can be copied without being shown. */
export function Secret({ value, label }: Props) {
  const [isShown, setShown] = useState(false);
  return (
    <SpaceBetween direction="horizontal" size="xs" alignItems="center">
      <CopyToClipboard
        variant="icon"
        textToCopy={value}
        copyButtonAriaLabel={`Copy the ${label}`}
        copySuccessText="Copied"
        copyErrorText="Not copied"
      />
      {isShown ? (
        <span data-testid="secret" style={ANYWHERE}>
          <Box variant="code">{value}</Box>
        </span>
      ) : (
        <span aria-label={`The ${label} is hidden`} role="img">
          {"*".repeat(15)}
        </span>
      )}
      <Link
        variant="primary"
        ariaLabel={`${isShown ? "Hide" : "Show"} the ${label}`}
        onFollow={(event) => {
          event.preventDefault();
          setShown(!isShown);
        }}
      >
        {isShown ? "Hide" : "Show"}
      </Link>
    </SpaceBetween>
  );
}

const ANYWHERE = { overflowWrap: "anywhere" } as const;
