/** What would have to change for something to be allowed, and a button that changes it. */

import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Code } from "../parts/code";
import { policyWith } from "./decision_words";
import type { Principal } from "./decision_words";
import { InlinePolicy } from "./inline_policy";

interface Props {
  remedy: string | undefined;
  /** The smallest statement that is missing. */
  statement: object | undefined;
  /** Whom it can be given to as an inline policy. */
  principal: Principal | undefined;
}

/** The remedy in words, and where a statement is missing, the statement. */
export function Fix({ remedy, statement, principal }: Props) {
  const queries = useQueryClient();
  const [isAdding, setAdding] = useState(false);
  if (remedy === undefined && statement === undefined) return null;
  return (
    <Alert
      type="info"
      header="What would have to change"
      action={
        statement &&
        principal && <Button onClick={() => setAdding(true)}>Add inline policy to {principal.name}</Button>
      }
    >
      <SpaceBetween size="s">
        {remedy !== undefined && <div>{remedy}</div>}
        {statement && <Code label="The smallest statement that would allow it" text={JSON.stringify(statement, null, 2)} />}
      </SpaceBetween>
      {isAdding && statement && principal && (
        <InlinePolicy
          kind={principal.kind}
          name={principal.name}
          startText={policyWith(statement)}
          onClose={() => setAdding(false)}
          onSaved={() => void queries.invalidateQueries({ queryKey: ["iam"] })}
        />
      )}
    </Alert>
  );
}
