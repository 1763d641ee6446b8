/** The rules of a password, ticked while it is typed. */

import Box from "@cloudscape-design/components/box";
import Icon from "@cloudscape-design/components/icon";

import type { Rule } from "../session/passwords";

import "./password_rules.css";

/** A list of rules, each with whether it is kept. */
export function PasswordRules({ rules }: { rules: readonly Rule[] }) {
  return (
    <ul className="password-rules" aria-label="What the password must be">
      {rules.map(({ text, isKept }) => (
        <li key={text}>
          <Icon
            name={isKept ? "status-positive" : "status-pending"}
            variant={isKept ? "success" : "subtle"}
            size="small"
            ariaLabel={isKept ? "Kept:" : "Not yet kept:"}
          />
          <Box variant="small" color={isKept ? "text-status-success" : "text-body-secondary"}>
            {text}
          </Box>
        </li>
      ))}
    </ul>
  );
}
