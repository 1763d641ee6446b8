/** The decision tracer: what would be decided, why a request was, and what was denied of late. */

import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import Tabs from "@cloudscape-design/components/tabs";
import { useSearchParams } from "react-router";

import { RecentDenials } from "./recent_denials";
import { RequestDecision } from "./request_decision";
import { Simulation } from "./simulation";

/** The page. `?request=` shows the decision about a request; `?tab=` one of the tabs. */
export function Decisions() {
  const [search, setSearch] = useSearchParams();
  const request = search.get("request") ?? "";
  const first = request === "" ? "simulate" : "request";
  const tabs = [
    { id: "simulate", label: "By principal and action", content: <Simulation /> },
    { id: "request", label: "By request", content: <RequestDecision key={request} given={request} /> },
    { id: "denials", label: "Recent denials", content: <RecentDenials /> },
  ];
  return (
    <ContentLayout
      header={
        <Header variant="h1" description="Who may do what, which statement says so, and what would have to change.">
          Decision tracer
        </Header>
      }
    >
      <Tabs
        ariaLabel="Ways to trace"
        activeTabId={tabs.find(({ id }) => id === search.get("tab"))?.id ?? first}
        onChange={({ detail }) =>
          setSearch({ tab: detail.activeTabId, ...(request && { request }) }, { replace: true })
        }
        tabs={tabs}
      />
    </ContentLayout>
  );
}
