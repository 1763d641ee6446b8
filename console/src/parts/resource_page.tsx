/** A page about one thing: its name, what can be done with it, a summary, and tabs. */

import Container from "@cloudscape-design/components/container";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import type { KeyValuePairsProps } from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import Tabs from "@cloudscape-design/components/tabs";
import type { TabsProps } from "@cloudscape-design/components/tabs";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useSearchParams } from "react-router";

import { FailureAlert } from "./failure_alert";

interface Props<T> {
  name: string;
  /** What it is, after "The": "user". */
  what: string;
  description?: string | undefined;
  /** Buttons, right of the name. */
  actions?: ReactNode;
  query: UseQueryResult<T | null | undefined>;
  summary: (item: T) => KeyValuePairsProps.Item[];
  summaryTitle?: string;
  columns?: number;
  /** The first is shown at first, and for a `?tab=` that there is not; it is kept in the address. */
  tabs: TabsProps.Tab[];
  /** Dialogues. */
  children?: ReactNode;
}

/** The page. The tabs stand also where the summary cannot be read: each may be allowed. */
export function ResourcePage<T>({ name, what, query, tabs, ...props }: Props<T>) {
  const [search, setSearch] = useSearchParams();
  const tab = tabs.find(({ id }) => id === search.get("tab")) ?? tabs[0];
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={props.description} actions={props.actions}>
          {name}
        </Header>
      }
    >
      <SpaceBetween size="l">
        {query.error && !query.data ? (
          <FailureAlert
            error={query.error}
            header={`The ${what} cannot be shown`}
            onRetry={() => void query.refetch()}
          />
        ) : (
          <Container header={<Header variant="h2">{props.summaryTitle ?? "Summary"}</Header>}>
            {query.data ? (
              <KeyValuePairs
                columns={props.columns ?? 3}
                minColumnWidth={170}
                items={props.summary(query.data)}
              />
            ) : (
              <Spinner />
            )}
          </Container>
        )}
        <Tabs
          ariaLabel={`About ${name}`}
          activeTabId={tab?.id ?? ""}
          onChange={({ detail }) => setSearch({ tab: detail.activeTabId }, { replace: true })}
          tabs={tabs}
        />
      </SpaceBetween>
      {props.children}
    </ContentLayout>
  );
}
