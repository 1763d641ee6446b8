//! The authorisation seam: every operation passes here, with its action, the resource it
//! touches and the condition keys that only it knows.
//!
//! Root may do everything in its own account; everybody else what policies allow.

use aws::op::{Op, Service};
use aws::policy::{Context, Request, evaluate};

use crate::ops::standing::{self, Standing};
use crate::ops::{ApiError, Caller, Cx};

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// The operation, if it is one of AWS.
    pub op: Option<Op>,
    /// The action, such as `kinesisvideo:PutMedia`; mostly the operation's own.
    pub action: &'a str,
    /// The resource's ARN, or `*` for an operation that is about none.
    pub resource: &'a str,
    /// Condition keys of this operation and their values, beside those of every request.
    pub context: Vec<(String, Vec<String>)>,
}

impl<'a> Ask<'a> {
    /// The operation's own action on a resource.
    pub fn new(op: Op, resource: &'a str) -> Ask<'a> {
        Ask {
            op: Some(op),
            action: op.action(),
            resource,
            context: Vec::new(),
        }
    }

    /// An action that no operation of AWS has, such as `kinora:GetDecision`.
    pub fn own(action: &'a str, resource: &'a str) -> Ask<'a> {
        Ask {
            op: None,
            action,
            resource,
            context: Vec::new(),
        }
    }

    /// Another action than the operation's own, such as `iam:PassRole`.
    pub fn action(mut self, action: &'a str) -> Ask<'a> {
        self.action = action;
        self
    }

    /// A condition key with one value.
    pub fn key(self, name: impl Into<String>, value: impl Into<String>) -> Ask<'a> {
        self.keys(name, vec![value.into()])
    }

    /// A condition key with any number of values.
    pub fn keys(mut self, name: impl Into<String>, values: Vec<String>) -> Ask<'a> {
        self.context.push((name.into(), values));
        self
    }

    /// Tags that the resource has: `aws:ResourceTag/…`, in IAM also `iam:ResourceTag/…`.
    pub fn resource_tags<'t>(mut self, tags: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        for (key, value) in tags {
            if self.op.is_some_and(|op| op.service() == Service::Iam) {
                self = self.key(format!("iam:ResourceTag/{key}"), value);
            }
            self = self.key(format!("aws:ResourceTag/{key}"), value);
        }
        self
    }

    /// Tags that the request gives: `aws:RequestTag/…` and `aws:TagKeys`.
    pub fn request_tags<'t>(mut self, tags: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let mut keys = Vec::new();
        for (key, value) in tags {
            keys.push(key.to_owned());
            self = self.key(format!("aws:RequestTag/{key}"), value);
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

    /// Adds the keys of this operation to those of every request.
    pub fn fill(&self, keys: &mut Context<'_>) {
        for (key, values) in &self.context {
            let is_many = MANY_VALUED.contains(&key.as_str());
            match values.as_slice() {
                [value] if !is_many => keys.set(key.clone(), value.clone()),
                values => keys.set_many(key.clone(), values.iter().cloned()),
            }
        }
    }
}

/// Whether the caller may do what it asks for.
///
/// # Errors
///
/// `AccessDeniedException` (`AccessDenied` in Query services) in AWS's words.
pub fn check(cx: &Cx, caller: &Caller, ask: &Ask<'_>) -> Result<(), ApiError> {
    let standing = Standing::of(caller)?;
    let mut keys = standing::context(cx, caller);
    ask.fill(&mut keys);
    let request = Request {
        principal: standing.principal(caller),
        action: ask.action,
        resource: Some(ask.resource).filter(|resource| *resource != "*"),
        keys: &keys,
    };
    let decision = evaluate(&standing.policies(None), &request);
    if decision.is_allowed() {
        return Ok(());
    }
    let message = decision.denial(ask.resource);
    let query = Some(("AccessDenied", 403, message.clone()));
    let error = ApiError::new("AccessDeniedException", 403, message);
    Err(ApiError { query, ..error })
}

/// Keys that are lists even if they have one value.
const MANY_VALUED: &[&str] = &["aws:TagKeys", "sts:TransitiveTagKeys"];
