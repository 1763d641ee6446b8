/** All video streams of the account: which are live, and what they hold. */

import Alert from "@cloudscape-design/components/alert";
import Badge from "@cloudscape-design/components/badge";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import type { TableProps } from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";

import { again } from "../api/again";
import { own } from "../api/clients";
import { FailureAlert } from "../parts/failure_alert";
import { Link } from "../parts/link";
import { Nothing } from "../parts/list";
import { Moment } from "../parts/moment";
import { useSigned } from "../session/provider";
import { bytes, count, retention } from "../words";
import { DeleteStreams } from "./edit/delete_streams";
import { EditRetention } from "./edit/retention_dialog";
import { LiveBadge, StatusWord } from "./live_badge";
import type { StreamState } from "./state";

interface Page {
  streams: StreamState[];
  complete: boolean;
  next?: string;
}

/** The list of streams. The server searches and turns pages: there may be very many. */
export function Streams() {
  const signed = useSigned();
  const navigate = useNavigate();
  const [query, setQuery] = useSearchParams();
  const prefix = query.get("find") ?? "";
  const [typed, setTyped] = useState(prefix);
  // Where each page begins; the first begins at the start.
  const [starts, setStarts] = useState<(string | undefined)[]>([undefined]);
  const [pageIndex, setPageIndex] = useState(0);
  const [chosen, setChosen] = useState<string[]>([]);
  const [open, setOpen] = useState<{ what: "retention" | "delete"; streams: StreamState[] }>();
  const next = starts[pageIndex];
  const page = useQuery({
    queryKey: ["kvs", "streams", prefix, next ?? ""],
    queryFn: ({ signal }) =>
      own<Page>(signed, "/_kinora/streams", { prefix: prefix || undefined, next, max: PAGE_SIZE }, signal),
    refetchInterval: again(EVERY_MS),
    placeholderData: keepPreviousData,
  });
  useEffect(() => {
    if (typed === prefix) return;
    const timer = setTimeout(() => {
      setQuery(typed ? { find: typed } : {}, { replace: true });
      setStarts([undefined]);
      setPageIndex(0);
      setChosen([]);
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, prefix, setQuery]);

  const streams = page.data?.streams;
  const selected = (streams ?? []).filter((stream) => chosen.includes(stream.streamArn));
  const following = page.isPlaceholderData ? undefined : page.data?.next;
  const turn = (to: number) => {
    setChosen([]);
    setStarts((starts) => [...starts.slice(0, pageIndex + 1), ...(following ? [following] : [])]);
    setPageIndex(to);
  };
  const create = (
    <Button variant="primary" onClick={() => void navigate("/console/kinesisvideo/create")}>
      Create video stream
    </Button>
  );
  if (page.error && !page.data) {
    return (
      <SpaceBetween size="l">
        <Header variant="h1" actions={create}>
          Video streams
        </Header>
        <FailureAlert
          error={page.error}
          header="The video streams cannot be listed"
          onRetry={() => void page.refetch()}
        />
      </SpaceBetween>
    );
  }
  const isMore = following !== undefined || starts.length > pageIndex + 1;
  return (
    <>
      <Table<StreamState>
        variant="full-page"
        stickyHeader
        items={streams ?? []}
        columnDefinitions={COLUMNS}
        trackBy="streamArn"
        loading={!page.data}
        loadingText="Loading video streams"
        selectionType="multi"
        selectedItems={selected}
        onSelectionChange={({ detail }) =>
          setChosen(detail.selectedItems.map((stream) => stream.streamArn))
        }
        ariaLabels={{
          tableLabel: "Video streams",
          selectionGroupLabel: "Choose video streams",
          itemSelectionLabel: (_, stream) => `Choose ${stream.streamName}`,
          allItemsSelectionLabel: () => "Choose all video streams of this page",
        }}
        header={
          <Header
            variant="awsui-h1-sticky"
            counter={counter(streams?.length, pageIndex, isMore, selected.length)}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button
                  disabled={selected.length === 0}
                  onClick={() => setOpen({ what: "retention", streams: selected })}
                >
                  Edit retention
                </Button>
                <Button
                  disabled={selected.length === 0}
                  onClick={() => setOpen({ what: "delete", streams: selected })}
                >
                  Delete
                </Button>
                {create}
              </SpaceBetween>
            }
          >
            Video streams
          </Header>
        }
        filter={
          <TextFilter
            filteringText={typed}
            filteringPlaceholder="Find by the beginning of the name"
            filteringAriaLabel="Find video streams by the beginning of their name"
            filteringClearAriaLabel="Clear"
            onChange={({ detail }) => setTyped(detail.filteringText)}
          />
        }
        pagination={
          <Pagination
            currentPageIndex={pageIndex + 1}
            pagesCount={Math.max(starts.length, following ? pageIndex + 2 : 1)}
            openEnd={isMore}
            onChange={({ detail }) => {
              const to = detail.currentPageIndex - 1;
              // A page further on can only be reached by the one before it.
              if (to <= pageIndex || following !== undefined) turn(Math.min(to, pageIndex + 1));
            }}
            ariaLabels={{
              nextPageLabel: "Next page",
              previousPageLabel: "Previous page",
              pageLabel: (page) => `Page ${page}`,
            }}
          />
        }
        empty={
          prefix ? (
            <Nothing
              text={`No video stream begins with "${prefix}"`}
              action={<Button onClick={() => setTyped("")}>Clear the search</Button>}
            />
          ) : (
            <Nothing text="No video streams" action={create} />
          )
        }
        {...(page.data && !page.data.complete && { footer: <NotCounted /> })}
      />
      {open?.what === "retention" && (
        <EditRetention streams={open.streams} onClose={() => setOpen(undefined)} />
      )}
      {open?.what === "delete" && (
        <DeleteStreams
          streams={open.streams}
          onClose={() => setOpen(undefined)}
          onDeleted={() => setChosen([])}
        />
      )}
    </>
  );
}

function NotCounted() {
  return <Alert type="info">The server is still counting what some streams hold.</Alert>;
}

/** How many there are, as far as has been seen. */
function counter(shown: number | undefined, pageIndex: number, isMore: boolean, selected: number) {
  if (shown === undefined) return undefined;
  const seen = `${count(pageIndex * PAGE_SIZE + shown)}${isMore ? "+" : ""}`;
  return selected > 0 ? `(${count(selected)}/${seen})` : `(${seen})`;
}

const COLUMNS: TableProps.ColumnDefinition<StreamState>[] = [
  {
    id: "name",
    header: "Video stream name",
    isRowHeader: true,
    minWidth: 160,
    cell: ({ streamName }) => (
      <Link href={`/console/kinesisvideo/streams/${encodeURIComponent(streamName)}`}>{streamName}</Link>
    ),
  },
  { id: "status", header: "Status", cell: ({ status }) => <StatusWord status={status} /> },
  { id: "live", header: "Media", cell: ({ live }) => <LiveBadge live={live} /> },
  {
    id: "last",
    header: "Last fragment",
    cell: ({ lastFragment }) => <Moment at={lastFragment?.serverMs} isRelative />,
  },
  { id: "retention", header: "Retention", cell: (stream) => retention(stream.retentionHours) },
  {
    id: "stored",
    header: "Stored",
    cell: ({ stored }) => (stored ? bytes(stored.bytes) : "–"),
  },
  { id: "tier", header: "Tier", cell: (stream) => (stream.storageTier === "HOT" ? "Hot" : "Warm") },
  {
    id: "tags",
    header: "Tags",
    cell: ({ tagCount }) => (tagCount ? <Badge>{tagCount}</Badge> : "–"),
  },
  { id: "created", header: "Created", cell: (stream) => <Moment at={stream.creationMs} /> },
];

const PAGE_SIZE = 50;
const EVERY_MS = 4000;
const TYPING_MS = 250;
