/** A stream on screen: live or from any time that is kept, with a timeline of what there is. */

import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { useSearchParams } from "react-router";

import { again } from "../../api/again";
import { serverNow } from "../../api/clock";
import { FailureAlert } from "../../parts/failure_alert";
import { useSigned } from "../../session/provider";
import { usePlaying } from "../player";
import { edgeMs, nextMedia, readCoverage } from "./coverage";
import type { Clock, Coverage } from "./coverage";
import { Screen } from "./screen";
import { LAST_MS } from "./session";
import type { Source } from "./session";
import { TimelineCard } from "./timeline_card";
import { asked, endingAt } from "./view";
import type { View } from "./view";

/** Plays a stream. */
export function Playback({ name }: { name: string }) {
  const [query, setQuery] = useSearchParams();
  const clock: Clock = query.get("clock") === "server" ? "server" : "producer";
  const [isFollowing, setFollowing] = useState(() => !(Number(query.get("t")) > 0));
  const [first] = useState(() => firstView(Number(query.get("t"))));
  const [range, setRange] = useState(() => asked(first));
  const coverage = useCoverage(name, range, clock);
  const [source, setSource] = useState<Source | undefined>(() => {
    const at = Number(query.get("t"));
    return at > 0 ? { mode: "recorded", fromMs: at } : undefined;
  });
  const [playing, setPlaying] = usePlaying();

  const play = useCallback(
    (next: Source) => {
      setSource(next);
      setPlaying(undefined);
      const kept = new URLSearchParams(window.location.search);
      if (next.mode === "recorded") kept.set("t", String(Math.round(next.fromMs)));
      else kept.delete("t");
      setQuery(kept, { replace: true });
    },
    [setPlaying, setQuery],
  );
  const seek = useCallback(
    (atMs: number) => {
      if (atMs > serverNow() - LIVE_EDGE_MS) return play({ mode: "live" });
      const from = coverage.data ? nextMedia(coverage.data, atMs) : atMs;
      play(from === undefined ? { mode: "live" } : { mode: "recorded", fromMs: from });
    },
    [coverage.data, play],
  );
  const turn = useCallback(
    (clock: Clock) => {
      const kept = new URLSearchParams(window.location.search);
      kept.set("clock", clock);
      setQuery(kept, { replace: true });
    },
    [setQuery],
  );
  const live = () => {
    play({ mode: "live" });
    setFollowing(true);
  };

  // At first: live if something comes in, else the end of what there is.
  if (source === undefined) {
    const first = firstSource(coverage.data, clock);
    if (first) setSource(first);
  }
  const newest = coverage.data?.newest;
  const isNothingYet = coverage.data !== undefined && !newest && coverage.data.complete;
  return (
    <SpaceBetween size="m">
      {coverage.error && !coverage.data && (
        <FailureAlert
          error={coverage.error}
          header="What is stored cannot be shown"
          onRetry={() => void coverage.refetch()}
        />
      )}
      <Container
        header={
          <Header
            variant="h2"
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button
                  iconName="angle-left"
                  ariaLabel="10 s back"
                  disabled={playing?.atMs === undefined}
                  onClick={() => seek((playing?.atMs ?? 0) - 10_000)}
                >
                  10 s
                </Button>
                <Button
                  variant={source?.mode === "live" ? "primary" : "normal"}
                  ariaLabel="Play live"
                  onClick={live}
                >
                  Live
                </Button>
              </SpaceBetween>
            }
          >
            Video{" "}
            {source?.mode === "live" && playing?.state === "playing" && <Badge color="red">LIVE</Badge>}
          </Header>
        }
      >
        {source && !isNothingYet ? (
          <Screen
            key={`${clock} ${source.mode} ${source.mode === "recorded" ? source.fromMs : ""}`}
            name={name}
            source={source}
            clock={clock}
            newestMs={newest ? edgeMs(newest, clock) : undefined}
            playing={playing}
            onPlaying={setPlaying}
            onSeek={seek}
          />
        ) : (
          <Box color="text-body-secondary">
            {isNothingYet ? "There is nothing to play yet." : "Looking for what there is to play."}
          </Box>
        )}
      </Container>
      <TimelineCard
        first={first}
        isFollowing={isFollowing}
        onFollowing={setFollowing}
        coverage={coverage.data}
        clock={clock}
        onClock={turn}
        cursorMs={playing?.atMs}
        onRange={setRange}
        onSeek={seek}
      />
    </SpaceBetween>
  );
}

function useCoverage(name: string, range: View, clock: Clock) {
  const signed = useSigned();
  const isOfNow = () => range.toMs > serverNow();
  return useQuery({
    queryKey: ["kvs", name, "timeline", clock, range.fromMs, range.toMs],
    queryFn: ({ signal }) => readCoverage(signed, name, range, clock, signal),
    placeholderData: keepPreviousData,
    staleTime: () => (isOfNow() ? 1000 : 60_000),
    refetchInterval: (query) =>
      isOfNow() || query.state.data?.complete === false || query.state.error ? again(REFRESH_MS)(query) : false,
  });
}

function firstView(atMs: number): View {
  if (!(atMs > 0)) return endingAt(serverNow(), HOUR_MS);
  return { fromMs: atMs - HOUR_MS / 2, toMs: atMs + HOUR_MS / 2 };
}

function firstSource(coverage: Coverage | undefined, clock: Clock): Source | undefined {
  if (!coverage?.newest) return undefined;
  const { newest } = coverage;
  if (coverage.nowMs - newest.serverMs - newest.durationMs < LIVE_EDGE_MS) return { mode: "live" };
  const endMs = edgeMs(newest, clock) + newest.durationMs;
  const last = coverage.spans.at(-1);
  return { mode: "recorded", fromMs: Math.max(endMs - LAST_MS, last && last[1] >= endMs ? last[0] : 0) };
}

const HOUR_MS = 3_600_000;
const LIVE_EDGE_MS = 20_000;
const REFRESH_MS = 5000;
