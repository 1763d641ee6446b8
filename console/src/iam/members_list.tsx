/** A list of what belongs to something, with what adds to it and takes out of it. */

import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { UseQueryResult } from "@tanstack/react-query";
import { useState } from "react";
import type { ReactNode } from "react";

import { Confirm } from "../parts/confirm";
import { List } from "../parts/list";
import type { Column } from "../parts/list";
import { useSay } from "../shell/notes";
import { many } from "../words";

interface Props<T> {
  title: string;
  one: string;
  several: string;
  description?: string;
  emptyText?: string;
  query: UseQueryResult<T[]>;
  id: (item: T) => string;
  columns: readonly Column<T>[];
  /** The text of the button that adds. */
  addText: string;
  /** The dialogue that adds. */
  adding: (onClose: () => void) => ReactNode;
  remove: {
    /** "Remove", "Detach" */
    text: string;
    /** Items that can be taken out; the others are there for another reason. */
    can?: (item: T) => boolean;
    /** The question, of "2 users". */
    title: (what: string) => string;
    /** What it means, of the names. */
    meaning: (names: string) => string;
    /** What is said afterwards, of "2 users". */
    said: (what: string) => string;
    one: (item: T) => Promise<unknown>;
  };
  nameOf: (item: T) => string;
  /** Something was taken out, also if not all was. */
  onRemoved: () => Promise<unknown>;
}

/** The list. */
export function MembersList<T>(props: Props<T>) {
  const { one, several, query, id, remove } = props;
  const say = useSay();
  const [chosen, setChosen] = useState<T[]>([]);
  const [asked, setAsked] = useState<"add" | "remove">();
  const there = new Set((query.data ?? []).map(id));
  const selected = chosen.filter((item) => there.has(id(item)));
  const removable = selected.filter((item) => remove.can?.(item) ?? true);
  const what = many(removable.length, one, several);
  const close = () => setAsked(undefined);
  const removeAll = async () => {
    try {
      for (const item of removable) await remove.one(item);
      say("success", remove.said(what));
      setChosen([]);
    } finally {
      await props.onRemoved();
    }
  };
  const add = <Button onClick={() => setAsked("add")}>{props.addText}</Button>;
  return (
    <>
      <List<T>
        isPart
        title={props.title}
        one={one}
        several={several}
        description={props.description}
        items={query.data}
        error={query.error}
        onRetry={() => void query.refetch()}
        id={id}
        columns={props.columns}
        selection={{ type: "multi", items: selected, onChange: setChosen }}
        {...(props.emptyText !== undefined && { emptyText: props.emptyText })}
        emptyAction={add}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button
              disabled={removable.length === 0}
              disabledReason={`Choose ${several} first.`}
              onClick={() => setAsked("remove")}
            >
              {remove.text}
            </Button>
            {add}
          </SpaceBetween>
        }
      />
      {asked === "add" && props.adding(close)}
      {asked === "remove" && (
        <Confirm title={remove.title(what)} action={remove.text} onConfirm={removeAll} onClose={close}>
          {remove.meaning(removable.map(props.nameOf).join(", "))}
        </Confirm>
      )}
    </>
  );
}
