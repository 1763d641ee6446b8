/** A link within the console: no page load, but an address to copy or open elsewhere. */

import CloudscapeLink from "@cloudscape-design/components/link";
import type { LinkProps } from "@cloudscape-design/components/link";
import { useNavigate } from "react-router";

/** A link to another page of the console, by its path from `/`. */
export function Link({ href, ...props }: LinkProps & { href: string }) {
  const navigate = useNavigate();
  return (
    <CloudscapeLink
      {...props}
      href={href}
      onFollow={(event) => {
        event.preventDefault();
        void navigate(href);
      }}
    />
  );
}
