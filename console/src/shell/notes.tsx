/** What is said at the top of the page after something was done. */

import Flashbar from "@cloudscape-design/components/flashbar";
import type { FlashbarProps } from "@cloudscape-design/components/flashbar";
import { createContext, useCallback, useContext, useMemo, useState } from "react";
import type { ReactNode } from "react";

type Say = (type: FlashbarProps.Type, content: ReactNode) => void;

const Saying = createContext<Say | undefined>(undefined);
const Said = createContext<FlashbarProps.MessageDefinition[]>([]);

/** Keeps the notes of this visit; the newest stands first, and few are kept. */
export function NotesProvider({ children }: { children: ReactNode }) {
  const [items, setItems] = useState<FlashbarProps.MessageDefinition[]>([]);
  const say = useCallback<Say>((type, content) => {
    const id = crypto.randomUUID?.() ?? String(Math.random());
    const onDismiss = () => setItems((items) => items.filter((item) => item.id !== id));
    const note = { id, type, content, dismissible: true, dismissLabel: "Dismiss", onDismiss };
    setItems((items) => [note, ...items].slice(0, NOTES_MAX));
  }, []);
  return (
    <Saying value={say}>
      <Said value={items}>{children}</Said>
    </Saying>
  );
}

/** Says that something is done (`"success"`) or went wrong (`"error"`). */
export function useSay(): Say {
  const say = useContext(Saying);
  if (!say) throw new Error("useSay is for what is inside NotesProvider");
  return say;
}

/** Where the notes stand. */
export function Notes() {
  const items = useContext(Said);
  const labels = useMemo(
    () => ({
      ariaLabel: "Notifications",
      errorIconAriaLabel: "Error",
      successIconAriaLabel: "Success",
      infoIconAriaLabel: "Information",
      warningIconAriaLabel: "Warning",
      inProgressIconAriaLabel: "In progress",
      notificationBarText: "Notifications",
      notificationBarAriaLabel: "All notifications",
    }),
    [],
  );
  return <Flashbar stackItems items={items} i18nStrings={labels} />;
}

const NOTES_MAX = 4;
