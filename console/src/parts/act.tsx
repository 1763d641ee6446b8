/** A link that does something on the page it stands on. */

import Link from "@cloudscape-design/components/link";
import type { ReactNode } from "react";

/** Looks like a link and is a button to keyboards and screen readers. */
export function Act({ children, onAct }: { children: ReactNode; onAct: () => void }) {
  return (
    <Link
      onFollow={(event) => {
        event.preventDefault();
        onAct();
      }}
    >
      {children}
    </Link>
  );
}
