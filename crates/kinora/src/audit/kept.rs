//! An event as it is kept, and how it is put in CloudTrail's words.
//!
//! Most events are never read, so they are kept as what is known, in few bytes, and put in
//! words when somebody asks. "CloudTrail record contents" (AWS CloudTrail User Guide).

mod bytes;

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use kvs::limits;
use kvs::name::AccountId;
use serde_json::{Value, json};
use store::{AuditCursor, AuditRow};

use crate::audit::{EventKind, mask};
use crate::http::reply;
use crate::ops::authority::decisions::Explained;
use crate::ops::authority::why;
use crate::ops::instant;
use crate::server;

/// An event as it is kept: no secrets in it, long texts cut.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Kept {
    pub(super) account: AccountId,
    pub(super) at_ms: u64,
    /// `eventID`: a UUID.
    pub(super) id: [u8; 16],
    pub(super) kind: EventKind,
    pub(super) source: Cow<'static, str>,
    pub(super) name: Cow<'static, str>,
    /// The name it is found by.
    pub(super) user: String,
    pub(super) who: Who,
    /// In its canonical form.
    pub(super) ip: Option<IpAddr>,
    pub(super) user_agent: Option<String>,
    pub(super) region: String,
    pub(super) request_id: String,
    /// Code and message.
    pub(super) error: Option<(String, String)>,
    pub(super) request: Value,
    pub(super) response: Value,
    pub(super) more: Value,
    pub(super) decision: Option<Arc<Explained>>,
    pub(super) is_read_only: bool,
    /// Whether what may be long was left out, for it was too long.
    pub(super) is_cut: bool,
}

/// Who did it: `userIdentity`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Who {
    /// Somebody special.
    InWords(Value),
    /// A proven caller.
    Caller {
        kind: Kind,
        /// `principalId`.
        user_id: String,
        arn: String,
        access_key_id: String,
        session: Option<Session>,
    },
}

/// Sorts of callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Root,
    User,
    Role,
    Federated,
}

/// What is known of temporary credentials.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Session {
    pub(super) issued_ms: u64,
    pub(super) is_mfa: bool,
    /// The role's id and ARN.
    pub(super) role: Option<(String, String)>,
    pub(super) source_identity: Option<String>,
}

/// A row in words: JSON as CloudTrail has it.
pub(super) fn words(row: &AuditRow) -> Value {
    match row.body.first() {
        // An event of the time when they were kept in words.
        Some(b'{') => serde_json::from_slice(&row.body).unwrap_or_default(),
        _ => bytes::read(row).map_or(Value::Null, |kept| kept.words()),
    }
}

impl Kept {
    /// The row that is kept.
    pub(super) fn row(&self) -> AuditRow {
        let [a, b, c, d, e, f, g, h, ..] = server::random_id();
        let at = AuditCursor {
            at_ms: self.at_ms,
            serial: u64::from_le_bytes([a, b, c, d, e, f, g, h]),
        };
        let mut body = bytes::write(self);
        if body.len() > limits::AUDIT_EVENT_BYTES_MAX {
            // In words it would be longer still, and these would be left out.
            body = bytes::write(&Kept {
                request: Value::Null,
                response: Value::Null,
                user_agent: None,
                is_cut: true,
                ..self.clone()
            });
        }
        AuditRow {
            account: self.account,
            at,
            name: self.name.clone().into_owned(),
            user: self.user.clone(),
            body: body.into(),
        }
    }

    /// The event as CloudTrail has it.
    pub(super) fn words(&self) -> Value {
        let mut event = json!({
            "eventVersion": "1.09",
            "userIdentity": self.who(),
            "eventTime": instant::iso_8601(self.at_ms),
            "eventSource": self.source,
            "eventName": self.name,
            "awsRegion": self.region,
            "sourceIPAddress": self.ip.map(|ip| ip.to_string()),
            "userAgent": self.user_agent,
        });
        if let Some((code, message)) = &self.error {
            event["errorCode"] = code.as_str().into();
            event["errorMessage"] = message.as_str().into();
        }
        event["requestParameters"] = self.request.clone();
        event["responseElements"] = self.response.clone();
        let mut more = self.more.clone();
        if let Some(decision) = &self.decision {
            let mut shown = why::show(decision);
            mask::clean_values(&mut shown);
            more["decision"] = shown;
        }
        if more.as_object().is_some_and(|more| !more.is_empty()) {
            event["additionalEventData"] = more;
        }
        event["requestID"] = self.request_id.as_str().into();
        event["eventID"] = reply::uuid(self.id).into();
        event["readOnly"] = self.is_read_only.into();
        event["eventType"] = self.kind.as_str().into();
        event["managementEvent"] = true.into();
        event["recipientAccountId"] = self.account.as_str().into();
        event["eventCategory"] = "Management".into();
        if self.is_cut || event.to_string().len() > limits::AUDIT_EVENT_BYTES_MAX {
            for big in ["requestParameters", "responseElements", "userAgent"] {
                event[big] = json!({ "omitted": "too long" });
            }
        }
        event
    }

    fn who(&self) -> Value {
        let (kind, user_id, arn, access_key_id, session) = match &self.who {
            Who::InWords(identity) => return identity.clone(),
            Who::Caller {
                kind,
                user_id,
                arn,
                access_key_id,
                session,
            } => (kind, user_id, arn, access_key_id, session),
        };
        let account = self.account.as_str();
        let mut identity = json!({
            "type": match kind {
                Kind::Root => "Root",
                Kind::User => "IAMUser",
                Kind::Role => "AssumedRole",
                Kind::Federated => "FederatedUser",
            },
            "principalId": user_id,
            "arn": arn,
            "accountId": account,
            "accessKeyId": access_key_id,
        });
        if *kind == Kind::User {
            identity["userName"] = self.user.as_str().into();
        }
        if let Some(session) = session {
            let mut context = json!({
                "attributes": {
                    "creationDate": instant::iso_8601(session.issued_ms),
                    "mfaAuthenticated": session.is_mfa.to_string(),
                },
            });
            if let Some((id, arn)) = &session.role {
                context["sessionIssuer"] = json!({
                    "type": "Role",
                    "principalId": id,
                    "arn": arn,
                    "accountId": account,
                    "userName": self.user,
                });
            }
            if let Some(source) = &session.source_identity {
                context["sourceIdentity"] = source.as_str().into();
            }
            identity["sessionContext"] = context;
        }
        identity
    }
}

#[cfg(test)]
mod tests;
