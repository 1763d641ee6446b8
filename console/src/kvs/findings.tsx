/** What the server thought of the bytes it was sent: what was wrong, why, and the cure. */

import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";

import { again } from "../api/again";
import { own } from "../api/clients";
import { Copyable } from "../parts/code";
import { List } from "../parts/list";
import type { Column } from "../parts/list";
import { Moment } from "../parts/moment";
import { useSigned } from "../session/provider";

interface Finding {
  At: number;
  Code: string;
  ErrorId: number | null;
  ErrorCode: string | null;
  Refused: boolean;
  FragmentNumber: string | null;
  Offset: number | null;
  Element: string | null;
  What: string;
  Cause: string;
  Cure: string;
}

/** The findings of a stream, newest first. */
export function Findings({ name }: { name: string }) {
  const signed = useSigned();
  const findings = useQuery({
    queryKey: ["kvs", name, "findings"],
    queryFn: ({ signal }) =>
      own<{ Findings: Finding[] }>(
        signed,
        `/_kinora/streams/${encodeURIComponent(name)}/findings`,
        { max: FINDINGS_MAX },
        signal,
      ),
    refetchInterval: again(5000),
  });
  return (
    <List<Finding>
      isPart
      one="finding"
      several="findings"
      emptyText="Nothing to complain about"
      description="What the server noticed in the media that was sent, with the likely cause and the cure. The newest 1,000 are kept."
      items={findings.data?.Findings}
      error={findings.error}
      onRetry={() => void findings.refetch()}
      id={(finding) => `${finding.At} ${finding.Code} ${finding.Offset} ${finding.FragmentNumber}`}
      columns={COLUMNS}
      actions={
        <Button iconName="refresh" ariaLabel="Refresh" onClick={() => void findings.refetch()} />
      }
    />
  );
}

const COLUMNS: Column<Finding>[] = [
  {
    id: "at",
    header: "When",
    minWidth: 170,
    value: (finding) => finding.At,
    cell: (finding) => <Moment at={finding.At * 1000} isExact />,
  },
  {
    id: "what",
    header: "What",
    isRowHeader: true,
    minWidth: 320,
    value: (finding) => `${finding.Code} ${finding.What} ${finding.Cause} ${finding.Cure}`,
    cell: (finding) => (
      <SpaceBetween size="xxs">
        <div>{finding.What}</div>
        <SpaceBetween direction="horizontal" size="xs">
          <Badge color={finding.Refused ? "red" : "grey"}>{finding.Refused ? "Refused" : "Accepted"}</Badge>
          <Box variant="small">{finding.Code}</Box>
          {finding.ErrorId !== null && (
            <Box variant="small">
              AWS would answer {finding.ErrorId} {finding.ErrorCode}
            </Box>
          )}
        </SpaceBetween>
      </SpaceBetween>
    ),
  },
  {
    id: "cure",
    header: "Cause and cure",
    minWidth: 320,
    cell: (finding) => (
      <SpaceBetween size="xxs">
        <div>{finding.Cause}</div>
        <Box fontWeight="bold">{finding.Cure}</Box>
      </SpaceBetween>
    ),
  },
  {
    id: "where",
    header: "Where",
    minWidth: 180,
    value: (finding) => finding.FragmentNumber ?? "",
    cell: (finding) => (
      <SpaceBetween size="xxs">
        {finding.Element && <Box variant="small">{finding.Element}</Box>}
        {finding.Offset !== null && <Box variant="small">at byte {finding.Offset.toLocaleString("en-US")}</Box>}
        {finding.FragmentNumber && (
          <Copyable label="fragment number" text={finding.FragmentNumber} />
        )}
      </SpaceBetween>
    ),
  },
];

const FINDINGS_MAX = 1000;
