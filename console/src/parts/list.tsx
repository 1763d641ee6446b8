/** A list as every page shows it: search, sorting, paging, and what to say of nothing. */

import { useCollection } from "@cloudscape-design/collection-hooks";
import type { UseCollectionResult } from "@cloudscape-design/collection-hooks";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import type { TableProps } from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";
import { useEffect, useRef, useState } from "react";
import type { ReactNode } from "react";

import { many } from "../words";
import { FailureAlert } from "./failure_alert";

export interface Column<T> {
  id: string;
  header: string;
  cell: (item: T) => ReactNode;
  /** What it is sorted and searched by; columns without it are neither. */
  value?: (item: T) => string | number;
  isRowHeader?: boolean;
  minWidth?: number;
}

interface Props<T> {
  /** What the items are called: one and several. */
  one: string;
  several: string;
  items: readonly T[] | undefined;
  columns: readonly Column<T>[];
  /** A unique name of each item. */
  id: (item: T) => string;
  /** The title; the items' name unless given. */
  title?: string;
  description?: ReactNode;
  /** What can be done, right of the title. */
  actions?: ReactNode;
  /** What there is to do when there is nothing yet. */
  emptyAction?: ReactNode;
  /** What an empty list says besides. */
  emptyText?: string;
  error?: unknown;
  onRetry?: () => void;
  /** Whether more than `items` exists and was not read. */
  isCut?: boolean;
  selection?: { type: "single" | "multi"; items: T[]; onChange: (items: T[]) => void };
  /** Part of a page with other things, rather than the page itself. */
  isPart?: boolean;
}

/** A table with search, sorting and paging over items that are all in memory. */
export function List<T>(props: Props<T>) {
  const { one, several, columns, items, selection } = props;
  const [pageSize] = useState(props.isPart ? 10 : 25);
  const clear = useRef(() => {});
  const searched = columns.flatMap((column) => (column.value ? [column.value] : []));
  const collection: UseCollectionResult<T> = useCollection<T>(items ?? [], {
      filtering: {
        filteringFunction: (item, text) =>
          searched.some((value) => String(value(item)).toLowerCase().includes(text.toLowerCase())),
        empty: <Nothing text={props.emptyText ?? `No ${several}`} action={props.emptyAction} />,
        noMatch: (
          <Nothing
            text={`No ${one} matches`}
            action={<Button onClick={() => clear.current()}>Clear the search</Button>}
          />
        ),
      },
      pagination: { pageSize },
      sorting: {},
    });
  const { items: shown, collectionProps, filterProps, paginationProps, filteredItemsCount } = collection;
  useEffect(() => {
    clear.current = () => collection.actions.setFiltering("");
  });
  const total = items && `(${items.length.toLocaleString("en-US")}${props.isCut ? "+" : ""})`;
  const title = props.title ?? several.charAt(0).toUpperCase() + several.slice(1);
  const actions = props.actions && (
    <SpaceBetween direction="horizontal" size="xs">
      {props.actions}
    </SpaceBetween>
  );
  if (props.error !== undefined && props.error !== null && items === undefined) {
    // Who may not list things may be allowed to make them.
    return (
      <SpaceBetween size="m">
        <Header variant={props.isPart ? "h2" : "h1"} actions={actions}>
          {title}
        </Header>
        <FailureAlert error={props.error} header={`The ${several} cannot be shown`} {...retried(props.onRetry)} />
      </SpaceBetween>
    );
  }
  return (
    <Table<T>
      {...collectionProps}
      variant={props.isPart ? "container" : "full-page"}
      stickyHeader={!props.isPart}
      items={shown}
      columnDefinitions={columns.map(definition)}
      trackBy={props.id}
      loading={items === undefined}
      loadingText={`Loading ${several}`}
      resizableColumns={false}
      {...(selection && {
        selectionType: selection.type,
        selectedItems: selection.items,
        onSelectionChange: ({ detail }) => selection.onChange(detail.selectedItems),
      })}
      ariaLabels={{
        tableLabel: title,
        selectionGroupLabel: `Choose ${several}`,
        itemSelectionLabel: (_, item) => `Choose ${props.id(item)}`,
        allItemsSelectionLabel: () => `Choose all ${several}`,
      }}
      header={
        <Header
          variant={props.isPart ? "h2" : "awsui-h1-sticky"}
          counter={total}
          description={props.description}
          actions={actions}
        >
          {title}
        </Header>
      }
      filter={
        <TextFilter
          {...filterProps}
          filteringPlaceholder={`Find ${several}`}
          filteringAriaLabel={`Find ${several}`}
          filteringClearAriaLabel="Clear"
          countText={many(filteredItemsCount ?? 0, "match", "matches")}
        />
      }
      pagination={
        <Pagination
          {...paginationProps}
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

function definition<T>(column: Column<T>): TableProps.ColumnDefinition<T> {
  const { value } = column;
  return {
    id: column.id,
    header: column.header,
    cell: column.cell,
    isRowHeader: column.isRowHeader ?? false,
    ...(column.minWidth !== undefined && { minWidth: column.minWidth }),
    ...(value && {
      sortingComparator: (a: T, b: T) => {
        const [left, right] = [value(a), value(b)];
        if (typeof left === "number" && typeof right === "number") return left - right;
        return String(left).localeCompare(String(right));
      },
    }),
  };
}

function retried(onRetry: (() => void) | undefined) {
  return onRetry ? { onRetry } : {};
}

/** What a list says instead of items. */
export function Nothing({ text, action }: { text: string; action?: ReactNode }) {
  return (
    <Box textAlign="center" color="inherit" padding="s">
      <SpaceBetween size="m">
        <b>{text}</b>
        {action}
      </SpaceBetween>
    </Box>
  );
}
