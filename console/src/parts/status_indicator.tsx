/** Cloudscape's status indicator, whose words break between letters only where one is too long. */

import Cloudscape from "@cloudscape-design/components/status-indicator";
import type { StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";

/** The indicator. */
export function StatusIndicator({ children, ...props }: StatusIndicatorProps) {
  return (
    <Cloudscape {...props}>
      <span style={BETWEEN_WORDS}>{children}</span>
    </Cloudscape>
  );
}

const BETWEEN_WORDS = { wordBreak: "normal", overflowWrap: "anywhere" } as const;
