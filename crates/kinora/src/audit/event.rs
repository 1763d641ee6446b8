//! One event, and how it is put in CloudTrail's words.
//!
//! "CloudTrail record contents" (AWS CloudTrail User Guide).

use std::borrow::Cow;

use bytes::Bytes;
use kvs::limits;
use kvs::name::AccountId;
use serde_json::{Map, Value, json};
use store::{AuditCursor, AuditRow};

use crate::audit::mask;
use crate::http::reply;
use crate::ops::caller::{Caller, Identity, Source};
use crate::ops::instant;
use crate::server;

/// Something that happened. Make one with [`Event::new`], say what is known of it, and give
/// it to [`Trail::record`](crate::audit::Trail::record).
pub struct Event {
    account: AccountId,
    at_ms: u64,
    kind: EventKind,
    source: &'static str,
    name: Cow<'static, str>,
    actor: Actor,
    from: Source,
    request: Parameters,
    response: Value,
    error: Option<(String, String)>,
    more: Map<String, Value>,
    pub(super) is_read_only: bool,
}

/// What sort of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A signed call.
    ApiCall,
    /// Somebody signed in, or tried to.
    ConsoleSignIn,
    /// Anything else: sign-up, a reset password, a command of the operator.
    ServiceEvent,
}

impl EventKind {
    fn as_str(self) -> &'static str {
        match self {
            EventKind::ApiCall => "AwsApiCall",
            EventKind::ConsoleSignIn => "AwsConsoleSignIn",
            EventKind::ServiceEvent => "AwsServiceEvent",
        }
    }
}

/// Who did it (`userIdentity`), and the name it is found by.
pub struct Actor {
    identity: Value,
    name: String,
}

/// Parameters, put in words only when the event is kept.
pub(super) enum Parameters {
    /// As they are.
    Value(Value),
    /// A JSON body.
    Json(Bytes),
    /// A form.
    Form(Bytes),
}

impl Event {
    /// An event of an account's trail, at a time in milliseconds since the epoch. `source` is
    /// the service's name, such as `signin.amazonaws.com`, `name` what happened, such as
    /// `ConsoleLogin`.
    pub fn new(
        kind: EventKind,
        source: &'static str,
        name: impl Into<Cow<'static, str>>,
        account: AccountId,
        at_ms: u64,
    ) -> Event {
        Event {
            account,
            at_ms,
            kind,
            source,
            name: name.into(),
            actor: Actor::unknown(account),
            from: Source::default(),
            request: Parameters::Value(Value::Null),
            response: Value::Null,
            error: None,
            more: Map::new(),
            is_read_only: false,
        }
    }

    /// Who did it; without this, somebody unknown.
    pub fn by(mut self, actor: Actor) -> Event {
        self.actor = actor;
        self
    }

    /// Where it came from.
    pub fn from(mut self, source: &Source) -> Event {
        self.from = source.clone();
        self
    }

    /// `requestParameters`. What looks like a secret is masked.
    pub fn request(mut self, parameters: Value) -> Event {
        self.request = Parameters::Value(parameters);
        self
    }

    /// The body of a call as `requestParameters`.
    pub(super) fn parameters(mut self, parameters: Parameters) -> Event {
        self.request = parameters;
        self
    }

    /// `responseElements`. What looks like a secret is masked.
    pub fn response(mut self, elements: Value) -> Event {
        self.response = elements;
        self
    }

    /// It was refused: `errorCode` and `errorMessage`.
    pub fn failed(mut self, code: impl Into<String>, message: impl Into<String>) -> Event {
        self.error = Some((code.into(), message.into()));
        self
    }

    /// A member of `additionalEventData`, such as `MFAUsed`.
    pub fn more(mut self, name: &str, value: impl Into<Value>) -> Event {
        self.more.insert(name.to_owned(), value.into());
        self
    }

    /// It only looked at something.
    pub fn read_only(mut self, is_read_only: bool) -> Event {
        self.is_read_only = is_read_only;
        self
    }

    /// Whether it was refused.
    pub(super) fn is_failed(&self) -> bool {
        self.error.is_some()
    }

    /// The row that is kept.
    pub(super) fn into_row(self) -> AuditRow {
        let at = AuditCursor {
            at_ms: self.at_ms,
            serial: u64::from_le_bytes(server::random()),
        };
        let (account, user) = (self.account, self.actor.name.clone());
        let name = self.name.clone().into_owned();
        AuditRow {
            account,
            at,
            name,
            user,
            body: self.into_json(),
        }
    }

    fn into_json(self) -> String {
        let from = self.from;
        let mut request = match self.request {
            Parameters::Value(value) => value,
            Parameters::Json(body) => serde_json::from_slice(&body).unwrap_or(Value::Null),
            Parameters::Form(form) => aws::query::document(&form).unwrap_or(Value::Null),
        };
        mask::clean(&mut request);
        let mut response = self.response;
        mask::clean(&mut response);
        let mut more = Value::Object(self.more);
        mask::clean_values(&mut more);
        let ip = from.ip.map(|ip| ip.to_canonical().to_string());
        let mut event = json!({
            "eventVersion": "1.09",
            "userIdentity": self.actor.identity,
            "eventTime": instant::iso_8601(self.at_ms),
            "eventSource": self.source,
            "eventName": self.name,
            "awsRegion": from.region,
            "sourceIPAddress": ip,
            "userAgent": from.user_agent,
        });
        if let Some((code, message)) = self.error {
            event["errorCode"] = code.into();
            event["errorMessage"] = mask::shortened(message).into();
        }
        event["requestParameters"] = request;
        event["responseElements"] = response;
        if more.as_object().is_some_and(|more| !more.is_empty()) {
            event["additionalEventData"] = more;
        }
        event["requestID"] = from.request_id.into();
        event["eventID"] = reply::request_id().into();
        event["readOnly"] = self.is_read_only.into();
        event["eventType"] = self.kind.as_str().into();
        event["managementEvent"] = true.into();
        event["recipientAccountId"] = self.account.as_str().into();
        event["eventCategory"] = "Management".into();
        let text = event.to_string();
        if text.len() <= limits::AUDIT_EVENT_BYTES_MAX {
            return text;
        }
        for big in ["requestParameters", "responseElements", "userAgent"] {
            event[big] = json!({ "omitted": "too long" });
        }
        event.to_string()
    }
}

impl Actor {
    /// Nobody knows who.
    pub fn unknown(account: AccountId) -> Actor {
        Actor {
            identity: json!({ "type": "Unknown", "accountId": account.as_str() }),
            name: String::new(),
        }
    }

    /// The root user of an account.
    pub fn root(account: AccountId) -> Actor {
        Actor {
            identity: json!({
                "type": "Root",
                "principalId": account.as_str(),
                "arn": format!("arn:aws:iam::{account}:root"),
                "accountId": account.as_str(),
            }),
            name: "root".to_owned(),
        }
    }

    /// A user of an account, by name: somebody who tries to sign in. A name that nobody has
    /// may be a password typed into the wrong field, so it is not kept: pass `None` for it.
    pub fn user_named(account: AccountId, name: Option<&str>) -> Actor {
        let shown = name.unwrap_or("HIDDEN_DUE_TO_SECURITY_REASONS");
        Actor {
            identity: json!({
                "type": "IAMUser",
                "accountId": account.as_str(),
                "userName": shown,
            }),
            name: name.unwrap_or_default().to_owned(),
        }
    }

    /// The operator of the server, at its command line.
    pub fn operator(account: AccountId) -> Actor {
        Actor {
            identity: json!({
                "type": "AWSService",
                "accountId": account.as_str(),
                "invokedBy": "kinora operator",
            }),
            name: "operator".to_owned(),
        }
    }

    /// Whom an identity provider vouches for.
    pub fn web_identity(provider: &str, audience: &str, subject: &str) -> Actor {
        Actor {
            identity: json!({
                "type": "WebIdentityUser",
                "principalId": format!("{provider}:{audience}:{subject}"),
                "userName": subject,
                "identityProvider": provider,
            }),
            name: subject.to_owned(),
        }
    }

    /// The service that lends roles to devices, for one of an account's certificates.
    pub fn device(account: AccountId, certificate_id: &str, service: &str) -> Actor {
        Actor {
            identity: json!({
                "type": "AWSService",
                "principalId": certificate_id,
                "accountId": account.as_str(),
                "invokedBy": service,
            }),
            name: certificate_id.to_owned(),
        }
    }

    /// A proven caller.
    pub fn caller(caller: &Caller) -> Actor {
        let account = caller.account.as_str();
        let (kind, name) = match &caller.identity {
            Identity::Root => ("Root", "root"),
            Identity::User(user) => ("IAMUser", user.name.as_str()),
            Identity::Role { role, .. } => ("AssumedRole", role.name.as_str()),
            Identity::Federated { name, .. } => ("FederatedUser", name.as_str()),
        };
        let mut identity = json!({
            "type": kind,
            "principalId": caller.user_id(),
            "arn": caller.arn(),
            "accountId": account,
            "accessKeyId": caller.access_key_id,
        });
        if let Identity::User(user) = &caller.identity {
            identity["userName"] = user.name.as_str().into();
        }
        if let Some(session) = &caller.session {
            let mut context = json!({
                "attributes": {
                    "creationDate": instant::iso_8601(session.issued_ms),
                    "mfaAuthenticated": session.mfa_ms.is_some().to_string(),
                },
            });
            if let Identity::Role { role, .. } = &caller.identity {
                context["sessionIssuer"] = json!({
                    "type": "Role",
                    "principalId": role.id.to_string(),
                    "arn": caller.principal_arn(),
                    "accountId": account,
                    "userName": role.name,
                });
            }
            if let Some(source) = &session.source_identity {
                context["sourceIdentity"] = source.as_str().into();
            }
            identity["sessionContext"] = context;
        }
        Actor {
            identity,
            name: name.to_owned(),
        }
    }
}
