/** A stream on screen: live or from any time that is kept, with a timeline of what there is. */

import Alert from "@cloudscape-design/components/alert";
import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { useSearchParams } from "react-router";

import { Failure } from "../../api/failure";
import { FailureAlert } from "../../parts/failure_alert";
import { Moment } from "../../parts/moment";
import { useNow } from "../../parts/now";
import { useSigned } from "../../session/provider";
import { bytes, duration } from "../../words";
import { Player, usePlaying } from "../player";
import { edgeMs, nextMedia, readCoverage, tracksInWords } from "./coverage";
import type { Clock, Coverage } from "./coverage";
import { Events } from "./events";
import { hlsAddress } from "./session";
import type { Source } from "./session";
import { Timeline } from "./timeline";
import { asked, panned, span, zoomed } from "./view";
import type { View } from "./view";

/** Plays a stream. */
export function Playback({ name }: { name: string }) {
  const [query, setQuery] = useSearchParams();
  const clock: Clock = query.get("clock") === "server" ? "server" : "producer";
  const nowMs = useNow(1000);
  const { view, setView, isFollowing, setFollowing } = useView(nowMs);
  const coverage = useCoverage(name, view, clock, nowMs);
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
      if (atMs > Date.now() - LIVE_EDGE_MS) return play({ mode: "live" });
      const from = coverage.data ? nextMedia(coverage.data, atMs) : atMs;
      play(from === undefined ? { mode: "live" } : { mode: "recorded", fromMs: from });
    },
    [coverage.data, play],
  );

  // At first: live if something comes in, else the end of what there is.
  const { oldest, newest } = coverage.data ?? {};
  if (source === undefined) {
    const first = firstSource(coverage.data, clock, nowMs);
    if (first) setSource(first);
  }
  const isNothingYet = coverage.data !== undefined && !newest && coverage.data.complete;

  const show = (view: View) => {
    setFollowing(false);
    setView(view);
  };
  const live = () => {
    play({ mode: "live" });
    setFollowing(true);
  };
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
                  onClick={() => seek((playing?.atMs ?? nowMs) - 10_000)}
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
        <SpaceBetween size="s">
          {source && !isNothingYet && (
            <Screen
              key={`${clock} ${source.mode} ${source.mode === "recorded" ? source.fromMs : ""}`}
              name={name}
              source={source}
              clock={clock}
              newest={newest ? edgeMs(newest, clock) : undefined}
              onPlaying={setPlaying}
              onSeek={seek}
            />
          )}
          <KeyValuePairs
            columns={4}
            items={[
              { label: "State", value: <State state={playing?.state} /> },
              { label: "Time of the picture", value: <Moment at={playing?.atMs} isExact /> },
              {
                label: "Delay",
                value: playing?.delayMs === undefined ? "–" : `${(playing.delayMs / 1000).toFixed(1)} s`,
              },
              { label: "Picture", value: playing?.width ? `${playing.width} × ${playing.height}` : "–" },
            ]}
          />
        </SpaceBetween>
      </Container>
      <Container
        header={
          <Header
            variant="h2"
            description={coverage.data && <Summary coverage={coverage.data} view={view} />}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <SegmentedControl
                  label="Times are of"
                  selectedId={clock}
                  options={[
                    { id: "producer", text: "Camera's clock" },
                    { id: "server", text: "Arrival" },
                  ]}
                  onChange={({ detail }) => {
                    const kept = new URLSearchParams(window.location.search);
                    kept.set("clock", detail.selectedId);
                    setQuery(kept, { replace: true });
                  }}
                />
              </SpaceBetween>
            }
          >
            Timeline
          </Header>
        }
      >
        <SpaceBetween size="xs">
          <SpaceBetween direction="horizontal" size="xs">
            <Button iconName="zoom-in" ariaLabel="Zoom in" onClick={() => show(zoomed(view, 0.5, middle(view)))} />
            <Button iconName="zoom-out" ariaLabel="Zoom out" onClick={() => show(zoomed(view, 2, middle(view)))} />
            <Button iconName="angle-left" ariaLabel="Earlier" onClick={() => show(panned(view, -span(view) / 2))} />
            <Button iconName="angle-right" ariaLabel="Later" onClick={() => show(panned(view, span(view) / 2))} />
            {RANGES.map(([text, ms]) => (
              <Button key={text} onClick={() => endingNow(ms, nowMs, setView, setFollowing)}>
                {text}
              </Button>
            ))}
            <Button
              disabled={!oldest || !newest}
              onClick={() => {
                if (oldest && newest) show(around(edgeMs(oldest, clock), edgeMs(newest, clock) + newest.durationMs));
              }}
            >
              All
            </Button>
          </SpaceBetween>
          <Timeline
            view={view}
            onView={show}
            coverage={coverage.data}
            cursorMs={playing?.atMs}
            nowMs={nowMs}
            onSeek={seek}
          />
          {coverage.data && !coverage.data.complete && (
            <StatusIndicator type="in-progress">
              Older media is being summed up; it shows here within a minute or so.
            </StatusIndicator>
          )}
          {coverage.data && <Events coverage={coverage.data} view={view} onSeek={seek} />}
          <Box variant="small" color="text-body-secondary">
            {isFollowing ? "Follows the present. " : ""}Drag to move, turn the wheel to zoom, click to play from there.
          </Box>
        </SpaceBetween>
      </Container>
    </SpaceBetween>
  );
}

interface ScreenProps {
  name: string;
  source: Source;
  clock: Clock;
  /** When the newest media is from. */
  newest: number | undefined;
  onPlaying: NonNullable<Parameters<typeof Player>[0]["onPlaying"]>;
  onSeek: (atMs: number) => void;
}

/** The player with its address, or why there is none. */
function Screen({ name, source, clock, newest, onPlaying, onSeek }: ScreenProps) {
  const signed = useSigned();
  const address = useQuery({
    queryKey: ["kvs", name, "hls", source, clock],
    queryFn: ({ signal }) => hlsAddress(signed, name, source, clock, signal),
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
  });
  const [failure, setFailure] = useState<Failure>();
  const retry = () => {
    setFailure(undefined);
    void address.refetch();
  };
  const error = address.error ?? failure;
  if (error && Failure.of(error).isMissing) {
    return (
      <Alert
        type="info"
        header={source.mode === "live" ? "No media is coming in now" : "Nothing is stored from there on"}
        action={
          newest !== undefined && (
            <Button onClick={() => onSeek(newest - LAST_MS)}>Play the last that arrived</Button>
          )
        }
      >
        {newest !== undefined && (
          <>
            The newest media is from <Moment at={newest} />.
          </>
        )}
      </Alert>
    );
  }
  if (error) return <FailureAlert error={error} header="This cannot be played" onRetry={retry} />;
  if (!address.data) return <div className="player" aria-busy="true" />;
  return (
    <Player
      src={address.data}
      isLive={source.mode === "live"}
      onPlaying={(playing) => {
        onPlaying(playing);
        // The session ends after an hour of media; go on behind it.
        if (playing.state === "ended" && playing.atMs !== undefined) onSeek(playing.atMs + BEHIND_MS);
      }}
      onFailure={setFailure}
    />
  );
}

function State({ state }: { state: string | undefined }) {
  if (state === "playing") return <StatusIndicator type="success">Playing</StatusIndicator>;
  if (state === "paused" || state === "ended") {
    return <StatusIndicator type="stopped">{state === "paused" ? "Paused" : "Ended"}</StatusIndicator>;
  }
  if (state === "waiting") return <StatusIndicator type="loading">Waiting for media</StatusIndicator>;
  return <StatusIndicator type="pending">Starting</StatusIndicator>;
}

function Summary({ coverage, view }: { coverage: Coverage; view: View }) {
  const seen = coverage.spans.reduce(
    (sum, [from, to]) => sum + Math.max(0, Math.min(to, view.toMs) - Math.max(from, view.fromMs)),
    0,
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

/** The view, which goes along with the present until it is moved. */
function useView(nowMs: number) {
  const [query] = useSearchParams();
  const at = Number(query.get("t"));
  const [isFollowing, setFollowing] = useState(!(at > 0));
  const [kept, setView] = useState<View>(() =>
    at > 0 ? { fromMs: at - HOUR_MS / 2, toMs: at + HOUR_MS / 2 } : aheadOf(nowMs, HOUR_MS),
  );
  const view = useMemo(() => (isFollowing ? aheadOf(nowMs, span(kept)) : kept), [isFollowing, nowMs, kept]);
  return { view, setView, isFollowing, setFollowing };
}

function useCoverage(name: string, view: View, clock: Clock, nowMs: number) {
  const signed = useSigned();
  const range = asked(view);
  const isOfNow = range.toMs > nowMs;
  return useQuery({
    queryKey: ["kvs", name, "timeline", clock, range.fromMs, range.toMs],
    queryFn: ({ signal }) => readCoverage(signed, name, range, clock, signal),
    placeholderData: keepPreviousData,
    staleTime: isOfNow ? 1000 : 60_000,
    refetchInterval: (query) => (isOfNow || query.state.data?.complete === false ? REFRESH_MS : false),
  });
}

function firstSource(coverage: Coverage | undefined, clock: Clock, nowMs: number): Source | undefined {
  if (!coverage?.newest) return undefined;
  const { newest } = coverage;
  if (nowMs - newest.serverMs - newest.durationMs < LIVE_EDGE_MS) return { mode: "live" };
  const endMs = edgeMs(newest, clock) + newest.durationMs;
  const last = coverage.spans.at(-1);
  return { mode: "recorded", fromMs: Math.max(endMs - LAST_MS, last && last[1] >= endMs ? last[0] : 0) };
}

function endingNow(
  ms: number,
  nowMs: number,
  setView: (view: View) => void,
  setFollowing: (isFollowing: boolean) => void,
) {
  setView(aheadOf(nowMs, ms));
  setFollowing(true);
}

/** A view whose end is a little after now. */
function aheadOf(nowMs: number, ms: number): View {
  const toMs = nowMs + ms / 20;
  return { fromMs: toMs - ms, toMs };
}

function around(fromMs: number, toMs: number): View {
  const margin = Math.max(5000, (toMs - fromMs) / 20);
  return { fromMs: fromMs - margin, toMs: toMs + margin };
}

function middle(view: View): number {
  return (view.fromMs + view.toMs) / 2;
}

const HOUR_MS = 3_600_000;
const RANGES: [string, number][] = [
  ["1 h", HOUR_MS],
  ["1 d", 24 * HOUR_MS],
  ["1 w", 7 * 24 * HOUR_MS],
  ["30 d", 30 * 24 * HOUR_MS],
  ["1 a", 365 * 24 * HOUR_MS],
];
const LIVE_EDGE_MS = 20_000;
const LAST_MS = 60_000;
const BEHIND_MS = 500;
const REFRESH_MS = 5000;
