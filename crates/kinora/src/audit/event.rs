//! One event: what is known of something that happened, taken down at once.
//!
//! Nothing is put in words here, which would hold up whoever made the event: see `kept`.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use kvs::name::AccountId;
use serde_json::{Map, Value, json};

use crate::audit::kept::{Kept, Kind, Session, Who};
use crate::audit::{call, mask};
use crate::http::reply;
use crate::ops::authority::decisions::Explained;
use crate::ops::caller::{Caller, Identity, Source};

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
    response: Elements,
    error: Option<(String, String)>,
    more: Map<String, Value>,
    decision: Option<Arc<Explained>>,
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
    /// `eventType`.
    pub fn as_str(self) -> &'static str {
        match self {
            EventKind::ApiCall => "AwsApiCall",
            EventKind::ConsoleSignIn => "AwsConsoleSignIn",
            EventKind::ServiceEvent => "AwsServiceEvent",
        }
    }
}

/// Who did it (`userIdentity`), and the name it is found by.
pub struct Actor {
    who: Who,
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

/// What of an answer is kept, picked out only then.
pub(super) enum Elements {
    /// As it is.
    Value(Value),
    /// What [`call::elements`] finds in the body of an answer.
    Of {
        body: Bytes,
        /// Whether it is XML, not JSON.
        is_query: bool,
    },
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
            response: Elements::Value(Value::Null),
            error: None,
            more: Map::new(),
            decision: None,
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
        self.response = Elements::Value(elements);
        self
    }

    /// The body of an answer, of which the elements that tell what was made are kept.
    pub(super) fn answered(mut self, body: Bytes, is_query: bool) -> Event {
        self.response = Elements::Of { body, is_query };
        self
    }

    /// Why it was allowed or denied: the `decision` in `additionalEventData`.
    pub(super) fn decided(mut self, decision: Option<Arc<Explained>>) -> Event {
        self.decision = decision;
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

    /// The event as it is kept: without secrets, long texts cut.
    pub(super) fn into_kept(self) -> Kept {
        let mut request = match self.request {
            Parameters::Value(value) => value,
            Parameters::Json(body) => serde_json::from_slice(&body).unwrap_or(Value::Null),
            Parameters::Form(form) => aws::query::document(&form).unwrap_or(Value::Null),
        };
        mask::clean(&mut request);
        let mut response = match self.response {
            Elements::Value(value) => value,
            Elements::Of { body, is_query } => call::elements(&body, is_query),
        };
        mask::clean(&mut response);
        let mut more = Value::Object(self.more);
        mask::clean_values(&mut more);
        let error = self.error;
        Kept {
            account: self.account,
            at_ms: self.at_ms,
            id: reply::random_uuid(),
            kind: self.kind,
            source: self.source.into(),
            name: self.name,
            user: self.actor.name,
            who: self.actor.who,
            ip: self.from.ip.map(|ip| ip.to_canonical()),
            user_agent: self.from.user_agent,
            region: self.from.region,
            request_id: self.from.request_id,
            error: error.map(|(code, message)| (code, mask::shortened(message))),
            request,
            response,
            more,
            decision: self.decision,
            is_read_only: self.is_read_only,
            is_cut: false,
        }
    }
}

impl Actor {
    /// Nobody knows who.
    pub fn unknown(account: AccountId) -> Actor {
        Actor {
            who: Who::InWords(json!({ "type": "Unknown", "accountId": account.as_str() })),
            name: String::new(),
        }
    }

    /// The root user of an account.
    pub fn root(account: AccountId) -> Actor {
        Actor {
            who: Who::InWords(json!({
                "type": "Root",
                "principalId": account.as_str(),
                "arn": format!("arn:aws:iam::{account}:root"),
                "accountId": account.as_str(),
            })),
            name: "root".to_owned(),
        }
    }

    /// A user of an account, by name: somebody who tries to sign in. A name that nobody has
    /// may be a password typed into the wrong field, so it is not kept: pass `None` for it.
    pub fn user_named(account: AccountId, name: Option<&str>) -> Actor {
        let shown = name.unwrap_or("HIDDEN_DUE_TO_SECURITY_REASONS");
        Actor {
            who: Who::InWords(json!({
                "type": "IAMUser",
                "accountId": account.as_str(),
                "userName": shown,
            })),
            name: name.unwrap_or_default().to_owned(),
        }
    }

    /// The operator of the server, at its command line.
    pub fn operator(account: AccountId) -> Actor {
        Actor {
            who: Who::InWords(json!({
                "type": "AWSService",
                "accountId": account.as_str(),
                "invokedBy": "kinora operator",
            })),
            name: "operator".to_owned(),
        }
    }

    /// Whom an identity provider vouches for.
    pub fn web_identity(provider: &str, audience: &str, subject: &str) -> Actor {
        Actor {
            who: Who::InWords(json!({
                "type": "WebIdentityUser",
                "principalId": format!("{provider}:{audience}:{subject}"),
                "userName": subject,
                "identityProvider": provider,
            })),
            name: subject.to_owned(),
        }
    }

    /// The service that lends roles to devices, for one of an account's certificates.
    pub fn device(account: AccountId, certificate_id: &str, service: &str) -> Actor {
        Actor {
            who: Who::InWords(json!({
                "type": "AWSService",
                "principalId": certificate_id,
                "accountId": account.as_str(),
                "invokedBy": service,
            })),
            name: certificate_id.to_owned(),
        }
    }

    /// A proven caller.
    pub fn caller(caller: &Caller) -> Actor {
        let (kind, name) = match &caller.identity {
            Identity::Root => (Kind::Root, "root"),
            Identity::User(user) => (Kind::User, user.name.as_str()),
            Identity::Role { role, .. } => (Kind::Role, role.name.as_str()),
            Identity::Federated { name, .. } => (Kind::Federated, name.as_str()),
        };
        let session = caller.session.as_ref().map(|session| Session {
            issued_ms: session.issued_ms,
            is_mfa: session.mfa_ms.is_some(),
            role: match &caller.identity {
                Identity::Role { role, .. } => Some((role.id.to_string(), caller.principal_arn())),
                _ => None,
            },
            source_identity: session.source_identity.clone(),
        });
        let who = Who::Caller {
            kind,
            user_id: caller.user_id(),
            arn: caller.arn(),
            access_key_id: caller.access_key_id.clone(),
            session,
        };
        Actor {
            who,
            name: name.to_owned(),
        }
    }
}
