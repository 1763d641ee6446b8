//! GenerateCredentialReport and GetCredentialReport.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateCredentialReport.html>

use std::collections::BTreeMap;
use std::sync::Arc;

use aws::op::Op;
use aws::shapes::iam::{
    GenerateCredentialReportInput, GenerateCredentialReportOutput, GetCredentialReportInput,
    GetCredentialReportOutput, ReportFormatType, ReportStateType,
};
use aws::value::{Blob, Timestamp};
use kvs::iam::report::{self, KeyUse};
use kvs::iam::{Directory, IamError, IamErrorKind};
use store::error::StoreError;

use crate::ops::authority::{self, Ask};
use crate::ops::{ApiError, Caller, Cx};
use crate::reports::{Report, State};
use crate::server::Server;

/// Begins to make the report, unless there is one of the last four hours.
///
/// # Errors
///
/// Denial.
pub async fn generate_credential_report(
    cx: &Cx,
    caller: &Caller,
    _input: GenerateCredentialReportInput,
) -> Result<GenerateCredentialReportOutput, ApiError> {
    let ask = Ask::new(Op::GenerateCredentialReport, "*");
    authority::check(cx, caller, &ask)?;
    let (server, account) = (Arc::clone(&cx.server), caller.account);
    let now_ms = server.clock.now_ms();
    if server.reports.begin(account, now_ms) {
        let directory = Arc::clone(&caller.directory);
        tokio::spawn(async move {
            let made = make(&server, &directory, now_ms).await;
            if let Err(error) = &made {
                tracing::warn!(%error, "making a credential report failed");
            }
            server.reports.end(account, made.ok());
        });
        let description = "No report exists. Starting a new report generation task";
        return Ok(GenerateCredentialReportOutput {
            description: Some(description.to_owned()),
            state: Some(ReportStateType::Started),
        });
    }
    let state = match server.reports.state(account, now_ms) {
        State::Done(_) => ReportStateType::Complete,
        State::Absent | State::Running | State::Expired => ReportStateType::Inprogress,
    };
    let state = Some(state);
    let description = None;
    Ok(GenerateCredentialReportOutput { description, state })
}

/// Tells the report.
///
/// # Errors
///
/// `ReportNotPresent`, `ReportExpired`, `ReportInProgress`, denial.
pub async fn get_credential_report(
    cx: &Cx,
    caller: &Caller,
    _input: GetCredentialReportInput,
) -> Result<GetCredentialReportOutput, ApiError> {
    authority::check(cx, caller, &Ask::new(Op::GetCredentialReport, "*"))?;
    let now_ms = cx.server.clock.now_ms();
    let (kind, message) = match cx.server.reports.state(caller.account, now_ms) {
        State::Done(report) => {
            return Ok(GetCredentialReportOutput {
                content: Some(Blob(report.csv.clone().into_bytes())),
                generated_time: Some(Timestamp(report.made_ms as i64)),
                report_format: Some(ReportFormatType::TextCsv),
            });
        }
        State::Absent => (IamErrorKind::ReportNotPresent, "No report exists."),
        State::Expired => (IamErrorKind::ReportExpired, "The report has expired."),
        State::Running => (IamErrorKind::ReportInProgress, "The report is being made."),
    };
    Err(IamError::new(kind, message).into())
}

async fn make(server: &Server, directory: &Directory, made_ms: u64) -> Result<Report, StoreError> {
    let account = server.store.account(directory.account()).await?;
    let created_ms = account.map_or(0, |account| account.created_ms);
    let mut used = BTreeMap::new();
    for id in report::keys(directory) {
        let last = server
            .authenticator
            .last_uses
            .of(&server.store, &id)
            .await?;
        if let Some(last) = last {
            let (at_ms, service, region) = (last.at_ms, last.service, last.region);
            let last = KeyUse {
                at_ms,
                service,
                region,
            };
            used.insert(id, last);
        }
    }
    let csv = report::csv(directory, created_ms, &used, time);
    Ok(Report { made_ms, csv })
}

/// `2026-01-31T12:00:00+00:00`
fn time(ms: u64) -> String {
    let text = Timestamp(ms as i64).to_iso8601();
    text.replace('Z', "+00:00")
}
