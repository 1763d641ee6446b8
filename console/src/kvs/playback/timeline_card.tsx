/** The timeline with what moves it, and what it shows in words. */

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { memo, useMemo } from "react";

import { Moment } from "../../parts/moment";
import { StatusIndicator } from "../../parts/status_indicator";
import { bytes, duration } from "../../words";
import { edgeMs, tracksInWords } from "./coverage";
import type { Clock, Coverage } from "./coverage";
import { Events } from "./events";
import { Timeline } from "./timeline";
import { useRested, useView } from "./use_view";
import { around, middle, panned, span, zoomed } from "./view";
import type { View } from "./view";

interface Props {
  /** What it shows at first. */
  first: View;
  isFollowing: boolean;
  onFollowing: (isFollowing: boolean) => void;
  coverage: Coverage | undefined;
  clock: Clock;
  onClock: (clock: Clock) => void;
  /** When the picture on screen is from. */
  cursorMs: number | undefined;
  /** Which stretch of time is to be known. */
  onRange: (range: View) => void;
  onSeek: (atMs: number) => void;
}

/**
 * The timeline's part of the page. The view is its own, so that dragging renders nothing
 * else of the page, and what is said in words of the view waits until it rests.
 */
export const TimelineCard = memo(function TimelineCard(props: Props) {
  const { isFollowing, coverage, clock, onClock, cursorMs, onSeek } = props;
  const { view, nowMs, move, follow } = useView(props);
  const rested = useRested(view, REST_MS);
  return (
    <Container header={<Head coverage={coverage} view={rested} clock={clock} onClock={onClock} />}>
      <SpaceBetween size="xs">
        <Moves coverage={coverage} clock={clock} move={move} follow={follow} />
        <Timeline
          view={view}
          onView={move}
          coverage={coverage}
          cursorMs={cursorMs}
          nowMs={nowMs}
          onSeek={onSeek}
        />
        {coverage && !coverage.complete && (
          <StatusIndicator type="in-progress">
            Older media is being summed up; it shows here within a minute or so.
          </StatusIndicator>
        )}
        {coverage && <Events coverage={coverage} view={rested} onSeek={onSeek} />}
        <Box variant="small" color="text-body-secondary">
          {isFollowing ? "Follows the present. " : ""}Drag to move, turn the wheel to zoom, click to play from
          there.
        </Box>
      </SpaceBetween>
    </Container>
  );
});

interface HeadProps {
  coverage: Coverage | undefined;
  view: View;
  clock: Clock;
  onClock: (clock: Clock) => void;
}

const Head = memo(function Head({ coverage, view, clock, onClock }: HeadProps) {
  return (
    <Header
      variant="h2"
      description={coverage && <Summary coverage={coverage} view={view} />}
      actions={
        <SegmentedControl
          label="Times are of"
          selectedId={clock}
          options={CLOCKS}
          onChange={({ detail }) => onClock(detail.selectedId as Clock)}
        />
      }
    >
      Timeline
    </Header>
  );
});

interface MovesProps {
  coverage: Coverage | undefined;
  clock: Clock;
  move: (change: View | ((view: View) => View)) => void;
  follow: (ms: number) => void;
}

const Moves = memo(function Moves({ coverage, clock, move, follow }: MovesProps) {
  const { oldest, newest } = coverage ?? {};
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button
        iconName="zoom-in"
        ariaLabel="Zoom in"
        onClick={() => move((view) => zoomed(view, 0.5, middle(view)))}
      />
      <Button
        iconName="zoom-out"
        ariaLabel="Zoom out"
        onClick={() => move((view) => zoomed(view, 2, middle(view)))}
      />
      <Button
        iconName="angle-left"
        ariaLabel="Earlier"
        onClick={() => move((view) => panned(view, -span(view) / 2))}
      />
      <Button
        iconName="angle-right"
        ariaLabel="Later"
        onClick={() => move((view) => panned(view, span(view) / 2))}
      />
      {RANGES.map(([text, ms]) => (
        <Button key={text} onClick={() => follow(ms)}>
          {text}
        </Button>
      ))}
      <Button
        disabled={!oldest || !newest}
        onClick={() => {
          if (oldest && newest) move(around(edgeMs(oldest, clock), edgeMs(newest, clock) + newest.durationMs));
        }}
      >
        All
      </Button>
    </SpaceBetween>
  );
});

function Summary({ coverage, view }: { coverage: Coverage; view: View }) {
  const seen = useMemo(
    () =>
      coverage.spans.reduce(
        (sum, [from, to]) => sum + Math.max(0, Math.min(to, view.toMs) - Math.max(from, view.fromMs)),
        0,
      ),
    [coverage, view],
  );
  const set = coverage.codecSets.at(coverage.codecChanges.at(-1)?.to ?? -1);
  return (
    <>
      {duration(seen)} of {duration(span(view))} recorded
      {coverage.fragments > 0 && ` · ${bytes(coverage.bytes / coverage.fragments)} per fragment`}
      {set && ` · ${tracksInWords(set.tracks)}`}
      {coverage.oldest && (
        <>
          {" · from "}
          <Moment at={edgeMs(coverage.oldest, coverage.clock)} />
        </>
      )}
    </>
  );
}

const CLOCKS = [
  { id: "producer", text: "Camera's clock" },
  { id: "server", text: "Arrival" },
];
const HOUR_MS = 3_600_000;
const RANGES: [string, number][] = [
  ["1 h", HOUR_MS],
  ["1 d", 24 * HOUR_MS],
  ["1 w", 7 * 24 * HOUR_MS],
  ["30 d", 30 * 24 * HOUR_MS],
  ["1 y", 365 * 24 * HOUR_MS],
];
const REST_MS = 200;
