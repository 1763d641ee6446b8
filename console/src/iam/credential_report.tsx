/** The credential report: who has which credentials, how old they are, when they were used. */

import { GenerateCredentialReportCommand, GetCredentialReportCommand } from "@aws-sdk/client-iam";
import type { IAMClient } from "@aws-sdk/client-iam";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Failure } from "../api/failure";
import { download } from "../parts/download";
import { FailureAlert } from "../parts/failure_alert";
import { Link } from "../parts/link";
import { List } from "../parts/list";
import { Moment } from "../parts/moment";
import { useIam } from "./client";
import { heading, reportRows } from "./report_csv";
import type { ReportRow } from "./report_csv";

interface Report {
  text: string;
  at: Date | undefined;
}

/** The page. */
export function CredentialReport() {
  const iam = useIam();
  const queries = useQueryClient();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const queryKey = ["iam", "credential-report"];
  const report = useQuery({
    queryKey,
    // None, or an old one, is nothing that went wrong.
    queryFn: async ({ signal }): Promise<Report | null> => {
      try {
        return await readReport(iam, signal);
      } catch (error) {
        if (ABSENT.has(Failure.of(error).code)) return null;
        throw error;
      }
    },
  });
  const generate = async () => {
    setBusy(true);
    setError(undefined);
    try {
      queries.setQueryData(queryKey, await generated(iam));
    } catch (error) {
      setError(error);
    } finally {
      setBusy(false);
    }
  };
  const { columns, rows } = reportRows(report.data?.text ?? "");
  const failure = error ?? (report.data === undefined ? report.error : undefined);
  const actions = (
    <SpaceBetween direction="horizontal" size="xs">
      {report.data && (
        <Button
          iconName="download"
          onClick={() => download({ name: fileName(report.data?.at), text: report.data?.text ?? "", type: "text/csv" })}
        >
          Download CSV
        </Button>
      )}
      <Button variant="primary" loading={isBusy} onClick={() => void generate()}>
        {report.data ? "Generate again" : "Generate report"}
      </Button>
    </SpaceBetween>
  );
  if (!report.data) {
    return (
      <ContentLayout
        header={
          <Header
            variant="h1"
            description="All users of the account and the status of their passwords, access keys and MFA devices."
            actions={!report.isPending && actions}
          >
            Credential report
          </Header>
        }
      >
        <SpaceBetween size="l">
          {failure !== undefined && failure !== null && (
            <FailureAlert error={failure} header="There is no report to show" />
          )}
          {report.data === null && (
            <Box color="text-body-secondary">There is no report of the last four hours. Generate one to see it.</Box>
          )}
        </SpaceBetween>
      </ContentLayout>
    );
  }
  return (
    <SpaceBetween size="l">
      {error !== undefined && <FailureAlert error={error} header="The report cannot be generated" />}
      <List<ReportRow>
        title="Credential report"
        one="user"
        several="users"
        description={
          <>
            Generated <Moment at={report.data.at} />. A report that is less than four hours old is not made anew.
          </>
        }
        items={rows}
        id={(row) => row["user"] ?? ""}
        columns={columns
          .filter((column) => rows.some((row) => !isNothing(row[column] ?? "")))
          .map((column) => ({
            id: column,
            header: heading(column),
            isRowHeader: column === "user",
            minWidth: 120,
            value: (row: ReportRow) => row[column] ?? "",
            cell: (row: ReportRow) => <Cell column={column} value={row[column] ?? ""} />,
          }))}
        actions={actions}
      />
    </SpaceBetween>
  );
}

function Cell({ column, value }: { column: string; value: string }) {
  if (column === "user" && !value.startsWith("<")) {
    return <Link href={`/console/iam/users/${encodeURIComponent(value)}`}>{value}</Link>;
  }
  if (/^\d{4}-\d\d-\d\dT/.test(value)) return <Moment at={value} />;
  if (value === "true" || value === "false") return value === "true" ? "Yes" : "No";
  return isNothing(value) ? "–" : value;
}

function isNothing(value: string): boolean {
  return value === "N/A" || value === "";
}

async function readReport(iam: IAMClient, abortSignal?: AbortSignal): Promise<Report> {
  const options = abortSignal ? { abortSignal } : {};
  const answer = await iam.send(new GetCredentialReportCommand({}), options);
  return { text: new TextDecoder().decode(answer.Content), at: answer.GeneratedTime };
}

async function generated(iam: IAMClient): Promise<Report> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const { State } = await iam.send(new GenerateCredentialReportCommand({}));
    if (State === "COMPLETE") return readReport(iam);
    await new Promise((done) => setTimeout(done, BETWEEN_TRIES_MS));
  }
  throw new Failure({ code: "ReportInProgress", message: "The report is not ready yet. Try again in a while." });
}

function fileName(at: Date | undefined): string {
  const time = (at ?? new Date()).toISOString().replace(/\.\d+Z$/, "").replaceAll(":", "_");
  return `status_reports_${time}.csv`;
}

const ABSENT = new Set([
  "CredentialReportNotPresentException",
  "CredentialReportExpiredException",
  "CredentialReportNotReadyException",
  "ReportNotPresent",
  "ReportExpired",
  "ReportInProgress",
]);
const TRIES_MAX = 60;
const BETWEEN_TRIES_MS = 1000;
