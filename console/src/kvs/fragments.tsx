/** The fragments that are stored, page by page, over any stretch of time. */

import { ListFragmentsCommand } from "@aws-sdk/client-kinesis-video-archived-media";
import type { Fragment } from "@aws-sdk/client-kinesis-video-archived-media";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import DateRangePicker from "@cloudscape-design/components/date-range-picker";
import type { DateRangePickerProps } from "@cloudscape-design/components/date-range-picker";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";

import { serverNow } from "../api/clock";
import { Copyable } from "../parts/code";
import { FailureAlert } from "../parts/failure_alert";
import { Link } from "../parts/link";
import { Moment } from "../parts/moment";
import { bytes, duration } from "../words";
import { useArchivedMedia } from "./client";
import type { Clock } from "./playback/coverage";

/** A table of a stream's fragments. */
export function Fragments({ name }: { name: string }) {
  const archivedMedia = useArchivedMedia(name);
  const [clock, setClock] = useState<Clock>("producer");
  const [range, setRange] = useState<DateRangePickerProps.Value>(LAST_DAY);
  const [page, setPage] = useState(1);
  const pages = useInfiniteQuery({
    queryKey: ["kvs", name, "fragments", clock, range],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam, signal }) => {
      const archived = await archivedMedia("LIST_FRAGMENTS");
      return archived.send(
        new ListFragmentsCommand({
          StreamName: name,
          MaxResults: PAGE_SIZE,
          NextToken: pageParam,
          // A token brings its range along, which "the last day" would be another one by now.
          ...(pageParam === undefined && {
            FragmentSelector: {
              FragmentSelectorType: clock === "producer" ? "PRODUCER_TIMESTAMP" : "SERVER_TIMESTAMP",
              TimestampRange: timesOf(range, serverNow()),
            },
          }),
        }),
        { abortSignal: signal },
      );
    },
    getNextPageParam: (last) => last.NextToken,
  });
  const shown = pages.data?.pages[page - 1];
  const known = pages.data?.pages.length ?? 1;
  const items = [...(shown?.Fragments ?? [])].sort((a, b) => timeOf(a, clock) - timeOf(b, clock));
  const turn = async (to: number) => {
    if (to > known) await pages.fetchNextPage();
    setPage(to);
  };
  const start = () => setPage(1);
  if (pages.error && !pages.data) {
    return (
      <FailureAlert
        error={pages.error}
        header="The fragments cannot be shown"
        onRetry={() => void pages.refetch()}
      />
    );
  }
  return (
    <Table<Fragment>
      items={items}
      trackBy="FragmentNumber"
      loading={pages.isPending || (pages.isFetchingNextPage && !shown)}
      loadingText="Loading fragments"
      wrapLines={false}
      ariaLabels={{ tableLabel: "Fragments" }}
      columnDefinitions={[
        {
          id: "number",
          header: "Fragment number",
          isRowHeader: true,
          cell: ({ FragmentNumber = "" }) => (
            <Copyable label="fragment number" text={FragmentNumber} shown={shortened(FragmentNumber)} />
          ),
        },
        {
          id: "producer",
          header: "Producer timestamp",
          cell: (fragment) => <Moment at={fragment.ProducerTimestamp} isExact />,
        },
        {
          id: "server",
          header: "Server timestamp",
          cell: (fragment) => <Moment at={fragment.ServerTimestamp} isExact />,
        },
        {
          id: "length",
          header: "Length",
          cell: (fragment) => duration(fragment.FragmentLengthInMilliseconds ?? 0),
        },
        { id: "size", header: "Size", cell: (fragment) => bytes(fragment.FragmentSizeInBytes ?? 0) },
        {
          id: "play",
          header: "Play",
          cell: (fragment) => (
            <Link href={`/console/kinesisvideo/streams/${encodeURIComponent(name)}/playback?t=${timeOf(fragment, clock)}&clock=${clock}`}>
              Play
            </Link>
          ),
        },
      ]}
      empty={
        <Box textAlign="center" padding="s">
          No fragment is stored in this time
        </Box>
      }
      header={
        <Header
          variant="h2"
          description="What PutMedia acknowledged as PERSISTED. Each page is in the order of its times."
          actions={<Button iconName="refresh" ariaLabel="Refresh" onClick={() => void pages.refetch()} />}
        >
          Fragments
        </Header>
      }
      filter={
        <SpaceBetween direction="horizontal" size="xs">
          <DateRangePicker
            value={range}
            onChange={({ detail }) => {
              setRange(detail.value ?? LAST_DAY);
              start();
            }}
            isValidRange={(range) =>
              range?.type === "absolute" && range.startDate >= range.endDate
                ? { valid: false, errorMessage: "The end is before the start." }
                : { valid: true }
            }
            showClearButton={false}
            relativeOptions={RELATIVE}
            i18nStrings={PICKER_WORDS}
          />
          <SegmentedControl
            label="By"
            selectedId={clock}
            options={[
              { id: "producer", text: "Producer timestamp" },
              { id: "server", text: "Server timestamp" },
            ]}
            onChange={({ detail }) => {
              setClock(detail.selectedId as Clock);
              start();
            }}
          />
        </SpaceBetween>
      }
      pagination={
        <Pagination
          currentPageIndex={page}
          pagesCount={known}
          openEnd={pages.hasNextPage}
          onChange={({ detail }) => void turn(detail.currentPageIndex)}
          ariaLabels={{
            nextPageLabel: "Next page",
            previousPageLabel: "Previous page",
            pageLabel: (page) => `Page ${page}`,
          }}
        />
      }
    />
  );
}

/** Fragment numbers of one stream are told apart by their ends. */
function shortened(number: string): string {
  return `${number.slice(0, 4)}…${number.slice(-12)}`;
}

function timeOf(fragment: Fragment, clock: Clock): number {
  const at = clock === "producer" ? fragment.ProducerTimestamp : fragment.ServerTimestamp;
  return at?.getTime() ?? 0;
}

function timesOf(range: DateRangePickerProps.Value, nowMs: number) {
  if (range.type === "absolute") {
    return { StartTimestamp: new Date(range.startDate), EndTimestamp: new Date(range.endDate) };
  }
  const unit = UNITS_MS.get(range.unit) ?? 1000;
  return { StartTimestamp: new Date(nowMs - range.amount * unit), EndTimestamp: new Date(nowMs) };
}

const PAGE_SIZE = 50;
const UNITS_MS = new Map([
  ["second", 1000],
  ["minute", 60_000],
  ["hour", 3_600_000],
  ["day", 86_400_000],
  ["week", 7 * 86_400_000],
  ["month", 30 * 86_400_000],
  ["year", 365 * 86_400_000],
]);
const LAST_DAY: DateRangePickerProps.RelativeOption = { key: "1d", amount: 1, unit: "day", type: "relative" };
const RELATIVE: DateRangePickerProps.RelativeOption[] = [
  { key: "10min", amount: 10, unit: "minute", type: "relative" },
  { key: "1h", amount: 1, unit: "hour", type: "relative" },
  LAST_DAY,
  { key: "7d", amount: 7, unit: "day", type: "relative" },
  { key: "1y", amount: 1, unit: "year", type: "relative" },
];
const PICKER_WORDS: DateRangePickerProps.I18nStrings = {
  ariaLabel: "Time range",
  todayAriaLabel: "Today",
  nextMonthAriaLabel: "Next month",
  previousMonthAriaLabel: "Previous month",
  customRelativeRangeDurationLabel: "Duration",
  customRelativeRangeDurationPlaceholder: "Enter a duration",
  customRelativeRangeOptionLabel: "Custom range",
  customRelativeRangeOptionDescription: "Set a range of the past",
  customRelativeRangeUnitLabel: "Unit of time",
  formatRelativeRange: (range) => `Last ${range.amount} ${range.unit}${range.amount === 1 ? "" : "s"}`,
  formatUnit: (unit, value) => (value === 1 ? unit : `${unit}s`),
  dateTimeConstraintText: "Dates are YYYY/MM/DD, times hh:mm:ss, in your time zone.",
  relativeModeTitle: "Relative range",
  absoluteModeTitle: "Absolute range",
  relativeRangeSelectionHeading: "Choose a range",
  startDateLabel: "Start date",
  endDateLabel: "End date",
  startTimeLabel: "Start time",
  endTimeLabel: "End time",
  clearButtonLabel: "Clear",
  cancelButtonLabel: "Cancel",
  applyButtonLabel: "Apply",
};
