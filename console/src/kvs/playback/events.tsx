/** The gaps and codec changes of a timeline in words: to read, and to play from. */

import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Button from "@cloudscape-design/components/button";
import { memo, useMemo, useState } from "react";

import { List } from "../../parts/list";
import type { Column } from "../../parts/list";
import { Moment } from "../../parts/moment";
import { count, duration, many } from "../../words";
import { innerGaps, tracksInWords } from "./coverage";
import type { Coverage } from "./coverage";
import type { View } from "./view";

interface Props {
  coverage: Coverage;
  view: View;
  onSeek: (atMs: number) => void;
}

interface Event {
  key: string;
  atMs: number;
  /** Where playing goes on. */
  playMs: number;
  what: string;
  lengthMs: number | undefined;
}

/** What happened within the view. */
export const Events = memo(function Events({ coverage, view, onSeek }: Props) {
  const [isOpen, setOpen] = useState(false);
  const events = useMemo(() => eventsOf(coverage, view), [coverage, view]);
  const gaps = events.filter((event) => event.lengthMs !== undefined).length;
  const changes = events.length - gaps;
  const columns: Column<Event>[] = [
    {
      id: "at",
      header: "From",
      isRowHeader: true,
      value: (event) => event.atMs,
      cell: (event) => <Moment at={event.atMs} isExact />,
    },
    { id: "what", header: "What", value: (event) => event.what, cell: (event) => event.what },
    {
      id: "length",
      header: "Length",
      value: (event) => event.lengthMs ?? 0,
      cell: (event) => (event.lengthMs === undefined ? "–" : duration(event.lengthMs)),
    },
    {
      id: "play",
      header: "Play",
      cell: (event) => (
        <Button
          variant="inline-icon"
          iconName="play"
          ariaLabel={`Play after ${new Date(event.playMs).toISOString()}`}
          onClick={() => onSeek(event.playMs)}
        />
      ),
    },
  ];
  const text = `${many(gaps, "gap")}, ${many(changes, "codec change")} in view`;
  return (
    <ExpandableSection
      headerText={coverage.exact ? text : `${text} (those of over ${duration(coverage.joinMs)})`}
      expanded={isOpen}
      onChange={({ detail }) => setOpen(detail.expanded)}
    >
      {isOpen && (
        <List<Event>
          isPart
          one="event"
          several="events"
          title="Gaps and codec changes"
          emptyText="No gap and no codec change in view"
          items={events}
          columns={columns}
          id={(event) => event.key}
          description={
            coverage.moreCodecChanges ? `Only the first ${count(changes)} codec changes are listed.` : undefined
          }
        />
      )}
    </ExpandableSection>
  );
});

function eventsOf(coverage: Coverage, view: View): Event[] {
  const gaps = innerGaps(coverage)
    .filter(([fromMs, toMs]) => toMs > view.fromMs && fromMs < view.toMs)
    .map(([fromMs, toMs]) => ({
      key: `gap ${fromMs}`,
      atMs: fromMs,
      playMs: toMs,
      what: "Nothing was stored",
      lengthMs: toMs - fromMs,
    }));
  const changes = coverage.codecChanges
    .filter(({ atMs, from }) => from !== null && atMs >= view.fromMs && atMs < view.toMs)
    .map(({ atMs, from, to }) => ({
      key: `codec ${atMs}`,
      atMs,
      playMs: atMs,
      what: `${inWords(coverage, from)} became ${inWords(coverage, to)}`,
      lengthMs: undefined,
    }));
  return [...gaps, ...changes].sort((a, b) => a.atMs - b.atMs);
}

function inWords(coverage: Coverage, set: number | null): string {
  return set === null ? "unknown" : tracksInWords(coverage.codecSets[set]?.tracks);
}
