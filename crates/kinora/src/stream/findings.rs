//! `GET /_kinora/streams/{name}/findings`: what the server thought of a stream's input.
//!
//! Ours, not AWS's, and signed like every other call. It takes `kinesisvideo:ListFindings` on
//! the stream. The answer is JSON, newest first:
//! `{"Findings":[{"At":…,"Code":…,"What":…,"Cause":…,"Cure":…,…}]}`.

use serde_json::{Value, json};

use store::StoredFinding;

use crate::http::reply::{self, Reply};
use crate::ops::authority::Ask;
use crate::ops::{ApiError, Caller, Cx, resolve};

/// Answers a request for findings; `max` in the query bounds their number.
///
/// # Errors
///
/// `ResourceNotFoundException`, `InvalidArgumentException`.
pub async fn serve(
    cx: &Cx,
    caller: &Caller,
    name: &str,
    query: Option<&str>,
) -> Result<Reply, ApiError> {
    let ask = Ask::own(ACTION, "*");
    let stream = resolve::stream_for(cx, caller, ask, Some(name), None).await?;
    let max = query
        .unwrap_or_default()
        .split('&')
        .find_map(|pair| pair.strip_prefix("max="));
    let max = match max.map(str::parse::<usize>) {
        None => FINDINGS_DEFAULT,
        Some(Ok(max)) if (1..=FINDINGS_MAX).contains(&max) => max,
        Some(_) => {
            let message = format!("max must be a number between 1 and {FINDINGS_MAX}.");
            return Err(ApiError::invalid_argument(message));
        }
    };
    let findings = cx.server.store.findings(stream.id, true, max).await?;
    let shown: Vec<Value> = findings.iter().map(show).collect();
    Ok(reply::json(200, json!({ "Findings": shown }).to_string()))
}

fn show(finding: &StoredFinding) -> Value {
    json!({
        "At": finding.at_ms as f64 / 1000.0,
        "Code": finding.code,
        "ErrorId": finding.aws.map(|error| error.id()),
        "ErrorCode": finding.aws.map(|error| error.code()),
        "Refused": finding.refused,
        "FragmentNumber": finding.fragment.map(|number| number.to_string()),
        "Offset": finding.offset,
        "Element": finding.element,
        "What": finding.what,
        "Cause": finding.cause,
        "Cure": finding.cure,
    })
}

/// What it takes to read findings. AWS has no such action, but what it lets read a stream
/// (`kinesisvideo:List*`, as in AmazonKinesisVideoStreamsReadOnlyAccess) covers it.
const ACTION: &str = "kinesisvideo:ListFindings";

const FINDINGS_DEFAULT: usize = 100;
const FINDINGS_MAX: usize = 1000;
