//! `GET /_kinora/decisions/{request-id}`: why a request was allowed or denied.
//!
//! Ours, not AWS's, and signed like every call. A caller may always see the decisions about
//! its own requests; those about others' take `kinora:GetDecision`. The answer is
//! `{"Decisions":[{"Decision":…,"Statements":[…],"Remedy":…,…}]}`: a request can ask several
//! times, such as for `iam:PassRole` besides the operation itself. Decisions are held in
//! memory, the newest few hundred of each account.

use serde_json::{Value, json};

use super::decisions::{Explained, Statement, stage_in_words};
use crate::http::reply::{self, Reply};
use crate::ops::authority::{self, Ask};
use crate::ops::instant::iso_8601;
use crate::ops::{ApiError, Caller, Cx};

/// Answers a request for the decisions about another one.
///
/// # Errors
///
/// Denial, `ResourceNotFoundException`.
pub async fn serve(cx: &Cx, caller: &Caller, request_id: &str) -> Result<Reply, ApiError> {
    let found = cx.server.decisions.of_request(caller.account, request_id);
    let own = caller.user_id();
    let is_own = !found.is_empty() && found.iter().all(|one| one.user_id == own);
    if !is_own {
        authority::check(cx, caller, &Ask::own(ACTION, "*"))?;
    }
    if found.is_empty() {
        let message = format!(
            "No decision about request {request_id} is held. Only the newest of each account are."
        );
        return Err(ApiError::not_found(message));
    }
    let shown: Vec<Value> = found.iter().map(|one| show(one)).collect();
    Ok(reply::json(200, json!({ "Decisions": shown }).to_string()))
}

/// A decision as it is answered.
pub fn show(explained: &Explained) -> Value {
    let mut shown = json!({
        "RequestId": explained.request_id,
        "Time": iso_8601(explained.at_ms),
        "Principal": explained.principal,
        "Action": explained.action,
        "Resource": explained.resource,
        "Decision": explained.outcome.as_str(),
        "DecidedBy": stage_in_words(explained.stage),
        "Statements": explained.statements.iter().map(statement).collect::<Vec<_>>(),
    });
    if let Some(message) = &explained.message {
        shown["Message"] = message.as_str().into();
        shown["MissingContextKeys"] = explained.missing_keys.clone().into();
    }
    if let Some(remedy) = &explained.remedy {
        shown["Remedy"] = remedy.as_str().into();
    }
    if let Some(missing) = &explained.missing_statement {
        shown["MissingStatement"] = serde_json::from_str(missing).unwrap_or_default();
    }
    shown
}

fn statement(statement: &Statement) -> Value {
    json!({
        "Effect": if statement.is_allow { "Allow" } else { "Deny" },
        "Of": stage_in_words(statement.stage),
        "Policy": statement.policy,
        "PolicyType": statement.policy_type.as_str(),
        "Sid": statement.sid,
        "Number": statement.number,
        "Line": statement.line,
        "Column": statement.column,
    })
}

/// What it takes to see decisions about others' requests.
const ACTION: &str = "kinora:GetDecision";
