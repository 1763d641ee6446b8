/** What was denied of late in the account, from its audit trail. */

import Button from "@cloudscape-design/components/button";
import { useQuery } from "@tanstack/react-query";

import { own } from "../api/clients";
import { Link } from "../parts/link";
import { List } from "../parts/list";
import { Moment } from "../parts/moment";
import { useSigned } from "../session/provider";

/** An event of the trail, as far as it is shown. */
interface Denial {
  eventID: string;
  eventTime: string;
  eventName: string;
  eventSource: string;
  errorCode?: string;
  errorMessage?: string;
  requestID?: string;
  userIdentity?: { arn?: string; userName?: string; type?: string };
}

/** The list; each leads to its decision. */
export function RecentDenials() {
  const signed = useSigned();
  const denials = useQuery({
    queryKey: ["denials"],
    queryFn: async ({ signal }) => {
      const found: Denial[] = [];
      let token: string | undefined;
      for (let pages = 0; pages < PAGES_MAX && found.length < DENIALS_MAX; pages += 1) {
        const query = { max: 1000, "next-token": token };
        const page = await own<{ Events: Denial[]; NextToken?: string }>(signed, "/_kinora/audit", query, signal);
        found.push(...page.Events.filter(({ errorCode = "" }) => /^AccessDenied/.test(errorCode)));
        token = page.NextToken;
        if (token === undefined) break;
      }
      return found.slice(0, DENIALS_MAX);
    },
  });
  return (
    <List<Denial>
      isPart
      one="denial"
      several="denials"
      title="Recent denials"
      description="Newest first. Decisions of the newest can be explained, older ones have their message alone."
      items={denials.data}
      error={denials.error}
      onRetry={() => void denials.refetch()}
      id={(denial) => denial.eventID}
      actions={
        <Button
          iconName="refresh"
          ariaLabel="Refresh"
          loading={denials.isFetching}
          onClick={() => void denials.refetch()}
        />
      }
      columns={[
        {
          id: "time",
          header: "Time",
          value: ({ eventTime }) => eventTime,
          cell: ({ eventTime }) => <Moment at={eventTime} />,
        },
        {
          id: "event",
          header: "Request",
          isRowHeader: true,
          value: ({ eventName }) => eventName,
          cell: ({ eventName, requestID }) =>
            requestID ? (
              <Link href={`/console/iam/decisions?request=${encodeURIComponent(requestID)}`}>{eventName}</Link>
            ) : (
              eventName
            ),
        },
        {
          id: "who",
          header: "Principal",
          value: who,
          cell: who,
        },
        {
          id: "message",
          header: "Message",
          minWidth: 320,
          value: ({ errorMessage }) => errorMessage ?? "",
          cell: ({ errorMessage }) => errorMessage ?? "–",
        },
      ]}
    />
  );
}

function who({ userIdentity }: Denial): string {
  return userIdentity?.arn?.replace(/^arn:aws:(iam|sts)::\d{12}:/, "") ?? userIdentity?.userName ?? "–";
}

const DENIALS_MAX = 200;
const PAGES_MAX = 5;
