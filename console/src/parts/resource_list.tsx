/** The list of all things of a kind: one is chosen to be deleted, others are created. */

import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { UseQueryResult } from "@tanstack/react-query";
import { useState } from "react";
import type { ReactNode } from "react";
import { useNavigate } from "react-router";

import { List } from "./list";
import type { Column } from "./list";

interface Props<T> {
  one: string;
  several: string;
  title?: string;
  description: string;
  query: UseQueryResult<T[]>;
  /** Of what was found, what is shown; all of it without. */
  filter?: (item: T) => boolean;
  /** The control of the filter. */
  filtering?: ReactNode;
  id: (item: T) => string;
  columns: readonly Column<T>[];
  createText: string;
  createHref: string;
  /** Why one cannot be deleted; `undefined` if it can. */
  kept?: (item: T) => string | undefined;
  /** The dialogue that deletes. */
  deleting: (item: T, onClose: () => void) => ReactNode;
}

/** The page. */
export function ResourceList<T>(props: Props<T>) {
  const { one, query, id, filter, kept } = props;
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<T[]>([]);
  const [isDeleting, setDeleting] = useState(false);
  const shown = filter ? query.data?.filter(filter) : query.data;
  // What was deleted or is filtered away is not chosen any more.
  const item = shown?.find((item) => chosen.some((other) => id(other) === id(item)));
  const reason = item === undefined ? `Choose a ${one} first.` : kept?.(item);
  const create = (
    <Button variant="primary" onClick={() => void navigate(props.createHref)}>
      {props.createText}
    </Button>
  );
  return (
    <>
      <List<T>
        one={one}
        several={props.several}
        {...(props.title !== undefined && { title: props.title })}
        description={props.description}
        items={shown}
        error={query.error}
        onRetry={() => void query.refetch()}
        id={id}
        columns={props.columns}
        selection={{ type: "single", items: item === undefined ? [] : [item], onChange: setChosen }}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            {props.filtering}
            <Button
              disabled={reason !== undefined}
              disabledReason={reason ?? ""}
              onClick={() => setDeleting(true)}
            >
              Delete
            </Button>
            {create}
          </SpaceBetween>
        }
        emptyAction={create}
      />
      {isDeleting && item !== undefined && props.deleting(item, () => setDeleting(false))}
    </>
  );
}
