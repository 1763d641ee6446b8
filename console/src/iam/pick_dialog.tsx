/** A dialogue in which things are chosen from a list, and then added one after the other. */

import { useState } from "react";
import type { ReactNode } from "react";

import { Dialog } from "../parts/dialog";
import { useSay } from "../shell/notes";

interface Props<T> {
  title: string;
  /** The button's text. */
  action: string;
  /** The list to choose from. */
  picker: (chosen: T[], onChange: (chosen: T[]) => void) => ReactNode;
  add: (item: T) => Promise<unknown>;
  /** What an item is called where it could not be added. */
  nameOf: (item: T) => string;
  /** What is said of so many that were added. */
  said: (count: number) => string;
  /** Something was added, also if not all was. */
  onAdded: () => void;
  onClose: () => void;
}

/** The dialogue. What cannot be added stays chosen, with the reason. */
export function PickDialog<T>({ title, action, picker, add, nameOf, said, onAdded, onClose }: Props<T>) {
  const say = useSay();
  const [chosen, setChosen] = useState<T[]>([]);
  const [failed, setFailed] = useState<string>();
  const addAll = async () => {
    let added = 0;
    try {
      for (const item of chosen) {
        setFailed(`${nameOf(item)} was not added`);
        await add(item);
        added += 1;
      }
    } finally {
      setChosen(chosen.slice(added));
      if (added > 0) {
        say("success", said(added));
        onAdded();
      }
    }
  };
  return (
    <Dialog
      isLarge
      isForm={false}
      title={title}
      action={action}
      isReady={chosen.length > 0}
      onAct={addAll}
      onClose={onClose}
      failedHeader={failed}
    >
      {picker(chosen, setChosen)}
    </Dialog>
  );
}
