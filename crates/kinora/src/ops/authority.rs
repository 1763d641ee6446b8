//! The authorisation seam: every operation passes here once, with its action, the resource
//! it touches and the condition keys that only it knows.
//!
//! Root may do everything in its own account; everybody else what policies allow. Each
//! decision explains itself for a while.

pub mod circumstances;
pub mod decisions;
pub mod why;

use std::borrow::Cow;

use aws::op::{Op, Service};
use aws::policy::{DocumentKind, Policies, Request, Source as PolicySource, Sourced, evaluate};

use crate::ops::standing::Names;
use crate::ops::{ApiError, Caller, Cx};

use circumstances::Circumstances;
use decisions::Explained;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// The operation, if it is one of AWS.
    pub op: Option<Op>,
    /// The action, such as `kinesisvideo:PutMedia`; mostly the operation's own.
    pub action: &'a str,
    /// The resource's ARN, or `*` for an operation that is about none.
    pub resource: &'a str,
    /// Whether the account's password policy grants it to all of its users.
    pub is_granted: bool,
    /// Condition keys of this operation and their values, beside those of every request.
    pub context: Vec<(String, Vec<Cow<'static, str>>)>,
    /// What a denial calls the resource, if not by its ARN: what the client called it.
    pub shown: Option<&'a str>,
    /// The policy of the resource: a role's trust policy.
    pub resource_policy: Option<&'a Sourced>,
    /// The account of a resource whose ARN does not say.
    pub resource_account: &'a str,
}

impl<'a> Ask<'a> {
    /// The operation's own action on a resource.
    pub fn new(op: Op, resource: &'a str) -> Ask<'a> {
        Ask {
            op: Some(op),
            ..Ask::own(op.action(), resource)
        }
    }

    /// An action that no operation of AWS has, such as `kinora:GetDecision`.
    pub fn own(action: &'a str, resource: &'a str) -> Ask<'a> {
        Ask {
            op: None,
            action,
            resource,
            is_granted: false,
            context: Vec::new(),
            shown: None,
            resource_policy: None,
            resource_account: "",
        }
    }

    /// Another action than the operation's own, such as `iam:PassRole`.
    pub fn action(mut self, action: &'a str) -> Ask<'a> {
        self.action = action;
        self
    }

    /// Whether the account's password policy grants it: then it takes no policy to allow it.
    /// That counts as an identity policy would: a boundary or a session policy limits it.
    pub fn granted(mut self, is_granted: bool) -> Ask<'a> {
        self.is_granted = is_granted;
        self
    }

    /// A condition key with one value.
    pub fn key(self, name: impl Into<String>, value: impl Into<String>) -> Ask<'a> {
        self.keys(name, vec![value.into()])
    }

    /// A condition key with any number of values.
    pub fn keys(mut self, name: impl Into<String>, values: Vec<String>) -> Ask<'a> {
        let values = values.into_iter().map(Cow::Owned).collect();
        self.context.push((name.into(), values));
        self
    }

    /// What the client called the resource, for the denial.
    pub fn shown(mut self, shown: &'a str) -> Ask<'a> {
        self.shown = Some(shown);
        self
    }

    /// The trust policy of the role that is asked for, and the account it belongs to.
    pub fn trust(mut self, policy: &'a Sourced, account: &'a str) -> Ask<'a> {
        self.resource_policy = Some(policy);
        self.resource_account = account;
        self
    }

    /// Tags that the resource has: `aws:ResourceTag/…`, in IAM also `iam:ResourceTag/…`.
    pub fn resource_tags<'t>(mut self, tags: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        for (key, value) in tags {
            if self.op.is_some_and(|op| op.service() == Service::Iam) {
                self = self.tag(format!("iam:ResourceTag/{key}"), value);
            }
            self = self.tag(format!("aws:ResourceTag/{key}"), value);
        }
        self
    }

    /// The value of a tag. Keys of conditions know no case, but tags do: of those that differ
    /// in nothing else none may hide another, so that they are one key of several values.
    fn tag(mut self, name: String, value: &str) -> Ask<'a> {
        let mut known = self.context.iter_mut();
        match known.find(|(known, _)| known.eq_ignore_ascii_case(&name)) {
            Some((_, values)) => values.push(Cow::Owned(value.to_owned())),
            None => return self.key(name, value),
        }
        self
    }

    /// Tags that the request gives: `aws:RequestTag/…` and `aws:TagKeys`.
    pub fn request_tags<'t>(mut self, tags: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let mut keys = Vec::new();
        for (key, value) in tags {
            keys.push(key.to_owned());
            self = self.tag(format!("aws:RequestTag/{key}"), value);
        }
        self.tag_keys(keys)
    }

    /// Keys of the tags that the request names: `aws:TagKeys`.
    pub fn tag_keys(self, keys: Vec<String>) -> Self {
        match keys.is_empty() {
            true => self,
            false => self.keys("aws:TagKeys", keys),
        }
    }
}

/// Whether the caller may do what it asks for. The decision is kept with its reasons: see
/// [`why`].
///
/// # Errors
///
/// `AccessDeniedException` (`AccessDenied` in Query services) in AWS's words.
pub fn check(cx: &Cx, caller: &Caller, ask: &Ask<'_>) -> Result<(), ApiError> {
    let server = &cx.server;
    let held = server.standings.of(caller)?;
    let names = Names::of(caller);
    let now_ms = server.clock.now_ms();
    let circumstances = Circumstances::new(caller, &ask.context, ask.resource, now_ms);
    let request = Request {
        principal: names.principal(caller),
        action: ask.action,
        resource: Some(ask.resource).filter(|resource| *resource != "*"),
        keys: &circumstances,
    };
    let identity;
    let mut policies = held.policies();
    if ask.is_granted {
        let standings = &server.standings;
        let grant =
            standings.sourced(SETTING, PolicySource::None, GRANT, DocumentKind::Identity)?;
        identity = [&held.identity[..], &[grant]].concat();
        policies.identity = &identity;
    }
    let policies = Policies {
        resource: ask.resource_policy,
        resource_account: ask.resource_account,
        ..policies
    };
    let decision = evaluate(&policies, &request);
    let shown = ask.shown.unwrap_or(ask.resource);
    let denial = (!decision.is_allowed()).then(|| decision.denial(shown));
    let asked = (ask.action, ask.resource);
    let arn = names.arn();
    let mut explained = Explained::new(caller, arn, &decision, asked, denial.as_deref(), now_ms);
    if !["", caller.account.as_str()].contains(&ask.resource_account) {
        explained.hide_resource_policy();
    }
    server.decisions.keep(caller.account, explained);
    match denial {
        None => Ok(()),
        Some(message) => Err(denied(message)),
    }
}

/// A denial, in JSON and in Query services.
pub fn denied(message: String) -> ApiError {
    let query = Some(("AccessDenied", 403, message.clone()));
    let error = ApiError::new("AccessDeniedException", 403, message);
    ApiError { query, ..error }
}

/// What a decision names as the policy that [`GRANT`] is.
const SETTING: &str = "password policy";

/// `AllowUsersToChangePassword` as the statement that it amounts to. Who asks is asked about
/// its own user only.
const GRANT: &str = r#"{"Statement":{"Sid":"AllowUsersToChangePassword","Effect":"Allow",
    "Action":["iam:ChangePassword","iam:GetAccountPasswordPolicy"],"Resource":"*"}}"#;
