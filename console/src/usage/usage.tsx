/** What is ingested and stored, by stream and day, beside what AWS would ask for it. */

import Alert from "@cloudscape-design/components/alert";
import BarChart from "@cloudscape-design/components/bar-chart";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useSearchParams } from "react-router";

import { again } from "../api/again";
import { own } from "../api/clients";
import { serverNow } from "../api/clock";
import { FailureAlert } from "../parts/failure_alert";
import { Link } from "../parts/link";
import { List } from "../parts/list";
import type { Column } from "../parts/list";
import { StatusIndicator } from "../parts/status_indicator";
import { useSigned } from "../session/provider";
import { bytes, count, retention } from "../words";
import { arrived, byDay, cost, dollars } from "./figures";
import type { Day, StreamUsage, Usage } from "./figures";

/** The page. */
export function UsagePage() {
  const signed = useSigned();
  const [query, setQuery] = useSearchParams();
  const [openedMs] = useState(() => serverNow());
  const days = RANGES.some(({ id }) => id === query.get("days")) ? Number(query.get("days")) : 30;
  const usage = useQuery({
    queryKey: ["usage", days],
    queryFn: ({ signal }) => readUsage(signed, openedMs - (days - 1) * DAY_MS, openedMs, signal),
    placeholderData: keepPreviousData,
    refetchInterval: again(30_000),
  });
  const { data } = usage;
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description="What this server counts today. Kinora charges nothing; the amounts are what Amazon's list prices come to."
          actions={
            <SegmentedControl
              label="Range"
              selectedId={String(days)}
              options={RANGES}
              onChange={({ detail }) => setQuery({ days: detail.selectedId }, { replace: true })}
            />
          }
        >
          Usage
        </Header>
      }
    >
      <SpaceBetween size="l">
        {usage.error && (
          <FailureAlert
            error={usage.error}
            header={data ? "The usage cannot be refreshed" : "The usage cannot be shown"}
            onRetry={() => void usage.refetch()}
          />
        )}
        {!usage.error && !data && <StatusIndicator type="loading">Loading usage</StatusIndicator>}
        {data && <Totals usage={data} />}
        {data && <Days days={byDay(data, data.streams)} figure={data.figures["streams.days"]} />}
        {data && <Streams usage={data} />}
        {data && <Prices usage={data} />}
      </SpaceBetween>
    </ContentLayout>
  );
}

function Totals({ usage }: { usage: Usage }) {
  const ingested = usage.streams.reduce((sum, stream) => sum + arrived(stream).bytes, 0);
  const storedOf = (tier: string) =>
    usage.streams
      .filter((stream) => stream.storageTier === tier)
      .reduce((sum, stream) => sum + (stream.stored?.bytes ?? 0), 0);
  const [hot, warm] = [storedOf("HOT"), storedOf("WARM")];
  const isWhole = usage.streams.every((stream) => stream.complete);
  return (
    <Container header={<Header variant="h2">In this range</Header>}>
      <SpaceBetween size="s">
        <KeyValuePairs
          columns={3}
          items={[
            {
              label: "Arrived and still stored",
              value: <Figure bytes={ingested} amount={cost(usage.prices, "ingestedBytes", ingested)} per="once" />,
            },
            {
              label: "Stored now",
              value: (
                <Figure
                  bytes={hot + warm}
                  amount={cost(usage.prices, "storedBytesHot", hot)}
                  per={warm > 0 ? "a month, without the warm tier" : "a month"}
                />
              ),
            },
            { label: "Consumed", value: <StatusIndicator type="info">Not counted yet</StatusIndicator> },
          ]}
        />
        {!isWhole && (
          <StatusIndicator type="in-progress">
            Older media is being summed up; the figures grow until that is done.
          </StatusIndicator>
        )}
      </SpaceBetween>
    </Container>
  );
}

function Figure({ bytes: size, amount, per }: { bytes: number; amount: number | undefined; per: string }) {
  return (
    <SpaceBetween size="xxs">
      <Box variant="awsui-value-large">{bytes(size)}</Box>
      <Box variant="small">
        {dollars(amount)} {per}
      </Box>
    </SpaceBetween>
  );
}

function Days({ days, figure }: { days: Day[]; figure: string | undefined }) {
  const hasMedia = days.some((day) => day.bytes > 0);
  const series = useMemo(
    () => [
      {
        type: "bar" as const,
        title: "Arrived",
        data: days.map((day) => ({ x: new Date(day.dayMs), y: day.bytes })),
        valueFormatter: bytes,
      },
    ],
    [days],
  );
  return (
    <Container header={<Header variant="h2" {...(figure && { description: figure })}>By day, UTC</Header>}>
      <BarChart
        series={hasMedia ? series : []}
        xDomain={days.map((day) => new Date(day.dayMs))}
        yDomain={[0, Math.max(1024, ...days.map((day) => day.bytes))]}
        xScaleType="categorical"
        height={200}
        hideFilter
        hideLegend
        ariaLabel="What arrived by day"
        xTitle="Day"
        yTitle="Arrived"
        i18nStrings={{
          xTickFormatter: (day) =>
            day.toLocaleDateString(undefined, { day: "numeric", month: "short", timeZone: "UTC" }),
          yTickFormatter: bytes,
          chartAriaRoleDescription: "bar chart",
          xAxisAriaRoleDescription: "x axis",
          yAxisAriaRoleDescription: "y axis",
          detailPopoverDismissAriaLabel: "Close",
        }}
        empty="No media arrived in this range"
      />
    </Container>
  );
}

function Streams({ usage }: { usage: Usage }) {
  const columns: Column<StreamUsage>[] = [
    {
      id: "name",
      header: "Stream",
      isRowHeader: true,
      value: (stream) => stream.streamName,
      cell: (stream) => (
        <Link href={`/console/kinesisvideo/streams/${encodeURIComponent(stream.streamName)}`}>
          {stream.streamName}
        </Link>
      ),
    },
    {
      id: "arrived",
      header: "Arrived in range",
      value: (stream) => arrived(stream).bytes,
      cell: (stream) => bytes(arrived(stream).bytes),
    },
    {
      id: "fragments",
      header: "Fragments",
      value: (stream) => arrived(stream).fragments,
      cell: (stream) => count(arrived(stream).fragments),
    },
    {
      id: "stored",
      header: "Stored now",
      value: (stream) => stream.stored?.bytes ?? 0,
      cell: (stream) => (stream.stored ? bytes(stream.stored.bytes) : "–"),
    },
    { id: "tier", header: "Tier", value: (stream) => stream.storageTier, cell: (stream) => stream.storageTier },
    {
      id: "retention",
      header: "Retention",
      value: (stream) => stream.retentionHours,
      cell: (stream) => retention(stream.retentionHours),
    },
    {
      id: "cost",
      header: "Ingestion at AWS",
      value: (stream) => cost(usage.prices, "ingestedBytes", arrived(stream).bytes) ?? 0,
      cell: (stream) => dollars(cost(usage.prices, "ingestedBytes", arrived(stream).bytes)),
    },
  ];
  return (
    <List<StreamUsage>
      isPart
      one="stream"
      several="streams"
      title="By stream"
      {...(usage.figures["streams.stored"] && { description: usage.figures["streams.stored"] })}
      items={usage.streams}
      columns={columns}
      id={(stream) => stream.streamName}
      isCut={usage.next !== undefined}
    />
  );
}

function Prices({ usage }: { usage: Usage }) {
  return (
    <SpaceBetween size="m">
      <Table
        items={usage.prices.items}
        ariaLabels={{ tableLabel: "Price table" }}
        columnDefinitions={[
          { id: "meter", header: "Meter", isRowHeader: true, cell: (item) => METERS.get(item.meter) ?? item.meter },
          { id: "unit", header: "Unit", cell: (item) => item.unit },
          { id: "usd", header: "US dollars", cell: (item) => item.usd ?? "not known" },
        ]}
        header={
          <Header variant="h2" description={usage.prices.source}>
            Price table
          </Header>
        }
      />
      <Alert type="info" header="What these figures are not">
        <ul>
          {usage.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      </Alert>
    </SpaceBetween>
  );
}

/** All pages of the answer, as one. */
async function readUsage(
  signed: Parameters<typeof own>[0],
  fromMs: number,
  toMs: number,
  signal: AbortSignal,
): Promise<Usage> {
  const page = (next?: string) =>
    own<Usage>(signed, "/_kinora/usage", { from: Math.floor(fromMs), to: Math.ceil(toMs), next }, signal);
  const usage = await page();
  while (usage.next !== undefined && usage.streams.length < STREAMS_MAX) {
    const more = await page(usage.next);
    usage.streams.push(...more.streams);
    if (more.next === undefined) delete usage.next;
    else usage.next = more.next;
  }
  return usage;
}

const DAY_MS = 86_400_000;
const STREAMS_MAX = 2000;
const RANGES = [
  { id: "7", text: "7 days" },
  { id: "30", text: "30 days" },
  { id: "90", text: "90 days" },
];
const METERS = new Map([
  ["ingestedBytes", "Data ingested"],
  ["consumedBytes", "Data consumed (GetMedia)"],
  ["consumedBytesHls", "Data consumed (HLS, DASH, clips)"],
  ["storedBytesHot", "Data stored, hot tier"],
  ["storedBytesWarm", "Data stored, warm tier"],
  ["fragmentsWarm", "Fragments written to the warm tier"],
  ["signalingChannels", "Active signaling channels"],
  ["signalingMessages", "Signaling messages"],
  ["turnMinutes", "TURN streaming"],
]);
