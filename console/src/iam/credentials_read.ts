/** Who has which credentials: read one by one in a small account, by the report in a large one. */

import {
  GenerateCredentialReportCommand,
  GetCredentialReportCommand,
  GetLoginProfileCommand,
  ListAccessKeysCommand,
  ListMFADevicesCommand,
  ListUsersCommand,
} from "@aws-sdk/client-iam";
import type { IAMClient } from "@aws-sdk/client-iam";

import { Failure } from "../api/failure";
import { reportRows } from "./report_csv";
import type { ReportRow } from "./report_csv";

/** Rows as of the credential report's, and its time unless they are as of now. */
export interface Credentials {
  rows: readonly ReportRow[];
  at: Date | undefined;
}

/** The report can be four hours old, so it is read only where there is too much to ask for. */
export async function readCredentials(iam: IAMClient, abortSignal: AbortSignal): Promise<Credentials> {
  const options = { abortSignal };
  const { Users = [], IsTruncated } = await iam.send(new ListUsersCommand({ MaxItems: USERS_ASKED_MAX }), options);
  if (IsTruncated) return readReport(iam, abortSignal);
  const rows = await Promise.all(Users.map(({ UserName = "" }) => rowOf(iam, UserName, abortSignal)));
  return { rows, at: undefined };
}

async function rowOf(iam: IAMClient, UserName: string, abortSignal: AbortSignal): Promise<ReportRow> {
  const options = { abortSignal };
  const [keys, devices] = await Promise.all([
    iam.send(new ListAccessKeysCommand({ UserName }), options),
    iam.send(new ListMFADevicesCommand({ UserName }), options),
  ]);
  const hasDevice = (devices.MFADevices ?? []).length > 0;
  const row: Record<string, string> = {
    user: UserName,
    mfa_active: String(hasDevice),
    // Who has a device is safe with a password as without.
    password_enabled: String(!hasDevice && (await hasPassword(iam, UserName, abortSignal))),
  };
  for (const [at, key] of (keys.AccessKeyMetadata ?? []).entries()) {
    row[`access_key_${at + 1}_active`] = String(key.Status === "Active");
    row[`access_key_${at + 1}_last_rotated`] = key.CreateDate?.toISOString() ?? "";
  }
  return row;
}

async function hasPassword(iam: IAMClient, UserName: string, abortSignal: AbortSignal): Promise<boolean> {
  try {
    await iam.send(new GetLoginProfileCommand({ UserName }), { abortSignal });
    return true;
  } catch (error) {
    if (Failure.of(error).isMissing) return false;
    throw error;
  }
}

async function readReport(iam: IAMClient, abortSignal: AbortSignal): Promise<Credentials> {
  const options = { abortSignal };
  for (let tries = 0; tries < REPORT_TRIES; tries += 1) {
    const { State } = await iam.send(new GenerateCredentialReportCommand({}), options);
    if (State === "COMPLETE") break;
    await new Promise((wake) => setTimeout(wake, REPORT_WAIT_MS));
  }
  const report = await iam.send(new GetCredentialReportCommand({}), options);
  return { rows: reportRows(new TextDecoder().decode(report.Content)).rows, at: report.GeneratedTime };
}

const USERS_ASKED_MAX = 20;
const REPORT_TRIES = 20;
const REPORT_WAIT_MS = 250;
