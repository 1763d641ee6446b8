//! What a request brings to the evaluation: who asks to do what, to what, and under which
//! circumstances.

use std::borrow::Cow;

/// Who asks. Texts are borrowed; [`Principal`] is cheap to copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Principal<'a> {
    /// Nobody signed the request.
    Anonymous,
    /// The owner of an account.
    Root {
        /// Twelve digits.
        account: &'a str,
        /// `arn:aws:iam::A:root`
        arn: &'a str,
    },
    /// An IAM user, with keys of its own or a session of `GetSessionToken`.
    User {
        /// The account's twelve digits.
        account: &'a str,
        /// `arn:aws:iam::A:user/path/Name`
        arn: &'a str,
        /// `AIDA…`
        id: &'a str,
    },
    /// A session of a role.
    Session {
        /// The account's twelve digits.
        account: &'a str,
        /// `arn:aws:sts::A:assumed-role/Role/Session`
        arn: &'a str,
        /// `arn:aws:iam::A:role/path/Role`
        role_arn: &'a str,
        /// `AROA…`, of the role, without the session's name.
        role_id: &'a str,
    },
    /// A session of `GetFederationToken`. The identity policies are those of the user that made
    /// it, and without a session policy it may do nothing.
    Federated {
        /// The account's twelve digits.
        account: &'a str,
        /// `arn:aws:sts::A:federated-user/Name`
        arn: &'a str,
    },
    /// Somebody an identity provider vouches for, in `AssumeRoleWithWebIdentity`.
    Provider {
        /// `arn:aws:iam::A:oidc-provider/HOST`, or the name of a public provider.
        name: &'a str,
    },
    /// A device, by its certificate. Its identity policies are those of IoT.
    Certificate {
        /// The account's twelve digits.
        account: &'a str,
        /// `arn:aws:iot:R:A:cert/ID`
        arn: &'a str,
    },
    /// A service, e.g. `credentials.iot.amazonaws.com`.
    Service {
        /// The service's host name.
        name: &'a str,
    },
}

impl<'a> Principal<'a> {
    /// The account; empty for principals that belong to none.
    pub fn account(self) -> &'a str {
        match self {
            Self::Root { account, .. }
            | Self::User { account, .. }
            | Self::Session { account, .. }
            | Self::Federated { account, .. }
            | Self::Certificate { account, .. } => account,
            Self::Anonymous | Self::Provider { .. } | Self::Service { .. } => "",
        }
    }

    /// The ARN that messages show, or the name of one who has no ARN.
    pub fn arn(self) -> &'a str {
        match self {
            Self::Root { arn, .. }
            | Self::User { arn, .. }
            | Self::Session { arn, .. }
            | Self::Federated { arn, .. }
            | Self::Certificate { arn, .. } => arn,
            Self::Provider { name } | Self::Service { name } => name,
            Self::Anonymous => "anonymous",
        }
    }

    /// Whether identity policies can be attached to the principal, or to what it stands for.
    pub(super) fn has_identity_policies(self) -> bool {
        matches!(
            self,
            Self::User { .. }
                | Self::Session { .. }
                | Self::Federated { .. }
                | Self::Certificate { .. }
        )
    }
}

/// What is asked.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Who asks.
    pub principal: Principal<'a>,
    /// The action, e.g. `kinesisvideo:GetMedia`, in any case.
    pub action: &'a str,
    /// The ARN of what it is done to; `None` for actions that know no resource, and then only `*`
    /// in a policy matches.
    pub resource: Option<&'a str>,
    /// The circumstances.
    pub keys: &'a dyn Keys,
}

impl std::fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request")
            .field("principal", &self.principal)
            .field("action", &self.action)
            .field("resource", &self.resource)
            .finish_non_exhaustive()
    }
}

/// Condition keys and their values. A caller may compute values when they are asked for; most fill
/// a [`Context`].
pub trait Keys {
    /// The values of a key, which may come in any case; `None` if the request does not have it.
    fn values(&self, key: &str) -> Option<Values<'_>>;
}

/// What a key holds. Numbers, truths, times and addresses are texts: `900`, `true`,
/// `2026-11-22T10:00:00Z`, `192.0.2.1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Values<'a> {
    /// A key of one value.
    One(Cow<'a, str>),
    /// A key of any number of values, such as `aws:TagKeys`. None at all is the same as no key.
    Many(&'a [Cow<'a, str>]),
}

/// Condition keys in a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context<'a>(Vec<(Cow<'a, str>, Held<'a>)>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Held<'a> {
    One(Cow<'a, str>),
    Many(Vec<Cow<'a, str>>),
}

impl<'a> Context<'a> {
    /// An empty context.
    pub fn new() -> Context<'a> {
        Context(Vec::with_capacity(24))
    }

    /// Sets a key of one value. A key that is there keeps its place and gets the new value.
    pub fn set(&mut self, key: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) {
        self.put(key.into(), Held::One(value.into()));
    }

    /// Sets a key of any number of values.
    pub fn set_many(
        &mut self,
        key: impl Into<Cow<'a, str>>,
        values: impl IntoIterator<Item = impl Into<Cow<'a, str>>>,
    ) {
        let values = values.into_iter().map(Into::into).collect();
        self.put(key.into(), Held::Many(values));
    }

    /// The keys there are.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(key, _)| &**key)
    }

    fn put(&mut self, key: Cow<'a, str>, held: Held<'a>) {
        let place = self
            .0
            .iter_mut()
            .find(|(known, _)| known.eq_ignore_ascii_case(&key));
        match place {
            Some((_, place)) => *place = held,
            None => self.0.push((key, held)),
        }
    }
}

impl Keys for Context<'_> {
    fn values(&self, key: &str) -> Option<Values<'_>> {
        let found = self
            .0
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(key));
        found.map(|(_, held)| match held {
            Held::One(value) => Values::One(Cow::Borrowed(value)),
            Held::Many(values) => Values::Many(values),
        })
    }
}
