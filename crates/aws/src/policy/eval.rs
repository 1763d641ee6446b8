//! Whether a request is allowed, and which policies said so.
//!
//! "Policy evaluation logic" (IAM User Guide). Nothing is allocated unless a variable has to be
//! filled in or an action has more than 64 characters; what explains a decision is worked out when
//! it is asked for.

use std::fmt;
use std::sync::Arc;

use super::model::{Document, DocumentKind, Effect, Resources, Statement};
use super::pattern::{Action, Fields, Lowered};
use super::principal::Grant;
use super::request::{Principal, Request};
use super::variable::ArnPattern;

/// A document and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Sourced {
    /// What `SimulatePrincipalPolicy` calls the source: a policy's ARN or name.
    pub id: String,
    /// What it is attached to.
    pub source: Source,
    /// The document.
    pub document: Arc<Document>,
}

/// What a policy is attached to, in the words of `SimulatePrincipalPolicy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// Inline in, or attached to, a user.
    User,
    /// Of a group of the user.
    Group,
    /// Of a role.
    Role,
    /// A managed policy of AWS.
    AwsManaged,
    /// A managed policy of the account.
    UserManaged,
    /// A resource policy, or the trust policy of a role.
    Resource,
    /// Not attached: handed in for this once.
    None,
}

impl Source {
    /// The `SourcePolicyType`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
            Self::AwsManaged => "aws-managed",
            Self::UserManaged => "user-managed",
            Self::Resource => "resource",
            Self::None => "none",
        }
    }
}

/// The policies that decide about a request.
#[derive(Debug, Clone, Copy, Default)]
pub struct Policies<'a> {
    /// Of the user and its groups, or of the role.
    pub identity: &'a [Sourced],
    /// The permissions boundary of the user or role.
    pub boundary: Option<&'a Sourced>,
    /// Of the session; together they allow what one of them allows. None at all do not limit.
    pub session: &'a [Sourced],
    /// Of the resource. If it is a trust policy, nothing is allowed without it.
    pub resource: Option<&'a Sourced>,
    /// The account the resource belongs to, where its ARN does not say; the request's own if
    /// empty.
    pub resource_account: &'a str,
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It may be done.
    Allowed,
    /// A Deny forbids it.
    ExplicitDeny,
    /// Nothing allows it, or not everything that must.
    ImplicitDeny,
}

impl Outcome {
    /// The `EvalDecision` of `SimulatePrincipalPolicy`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::ExplicitDeny => "explicitDeny",
            Self::ImplicitDeny => "implicitDeny",
        }
    }
}

/// Which policies decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// The caller is the account's owner, who needs no policy.
    Root,
    /// The identity policies.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// The session policies.
    Session,
    /// The resource or trust policy.
    Resource,
}

/// An answer, and what it was the answer to.
#[derive(Clone, Copy)]
pub struct Decision<'a> {
    /// Allowed or not.
    pub outcome: Outcome,
    /// Which policies decided: allowed it, denied it, or do not allow it.
    pub stage: Stage,
    pub(super) policies: Policies<'a>,
    pub(super) request: Request<'a>,
}

impl Decision<'_> {
    /// Whether it may be done.
    pub fn is_allowed(&self) -> bool {
        self.outcome == Outcome::Allowed
    }
}

impl fmt::Debug for Decision<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decision")
            .field("outcome", &self.outcome)
            .field("stage", &self.stage)
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

/// Decides about a request.
pub fn evaluate<'a>(policies: &Policies<'a>, request: &Request<'a>) -> Decision<'a> {
    let lowered = Lowered::new(request.action);
    let asked = Asked::new(request, &lowered);
    let (outcome, stage) = decide(policies, request, &asked);
    Decision {
        outcome,
        stage,
        policies: *policies,
        request: *request,
    }
}

/// What one stage says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    Nothing,
    Allow(Grant),
    Deny,
}

impl Says {
    fn allows(self) -> bool {
        matches!(self, Self::Allow(_))
    }
}

fn decide(policies: &Policies<'_>, request: &Request<'_>, asked: &Asked<'_>) -> (Outcome, Stage) {
    let principal = request.principal;
    let says = |documents: &[Sourced]| asked.all_say(documents);
    let is_root = matches!(principal, Principal::Root { .. });
    let has_identity = principal.has_identity_policies();
    let identity = match has_identity {
        true => says(policies.identity),
        false if is_root => Says::Allow(Grant::Direct),
        false => Says::Nothing,
    };
    let boundary = match policies.boundary {
        Some(boundary) if has_identity => says(std::slice::from_ref(boundary)),
        _ => Says::Allow(Grant::Direct),
    };
    let is_federated = matches!(principal, Principal::Federated { .. });
    let session = match !policies.session.is_empty() || is_federated {
        true => says(policies.session),
        false => Says::Allow(Grant::Direct),
    };
    let resource = policies
        .resource
        .map_or(Says::Nothing, |sourced| asked.says(&sourced.document));
    let own = [
        (identity, Stage::Identity),
        (boundary, Stage::Boundary),
        (session, Stage::Session),
    ];
    let mut denies = own.iter().filter(|(says, _)| *says == Says::Deny);
    if let Some((_, stage)) = denies.next() {
        return (Outcome::ExplicitDeny, *stage);
    }
    let grant = match resource {
        Says::Deny => return (Outcome::ExplicitDeny, Stage::Resource),
        Says::Allow(grant) => Some(grant),
        Says::Nothing => None,
    };
    let is_foreign = is_foreign(policies, request);
    let is_trust = |sourced: &Sourced| sourced.document.kind() == DocumentKind::Trust;
    // The first of the own policies from some stage on that does not allow it.
    let lack = |from: usize| {
        let mut lacks = own[from..].iter().filter(|(says, _)| !says.allows());
        lacks.next().map(|(_, stage)| *stage)
    };
    let denied = |stage| (Outcome::ImplicitDeny, stage);
    match grant {
        // Those who have no policies of their own need the resource's word only.
        grant if !is_root && !has_identity => match grant {
            Some(_) => (Outcome::Allowed, Stage::Resource),
            None => denied(Stage::Resource),
        },
        // The caller's own side is named first, as it is what the caller can change.
        None if is_foreign => denied(lack(0).unwrap_or(Stage::Resource)),
        None if policies.resource.is_some_and(is_trust) => denied(Stage::Resource),
        Some(Grant::Direct) if !is_foreign => (Outcome::Allowed, Stage::Resource),
        Some(grant @ (Grant::Role | Grant::Everybody)) if !is_foreign => {
            match lack(if grant == Grant::Role { 1 } else { 2 }) {
                Some(stage) => denied(stage),
                None => (Outcome::Allowed, Stage::Resource),
            }
        }
        _ => match lack(0) {
            Some(stage) => denied(stage),
            None if is_root => (Outcome::Allowed, Stage::Root),
            None => (Outcome::Allowed, Stage::Identity),
        },
    }
}

/// Whether the resource belongs to another account.
fn is_foreign(policies: &Policies<'_>, request: &Request<'_>) -> bool {
    let account = request.principal.account();
    let of_arn = || {
        let fields = request.resource.and_then(Fields::split);
        fields.map_or("", |fields| fields.leading[4])
    };
    let owner = match policies.resource_account {
        "" => of_arn(),
        owner => owner,
    };
    // AWS's own policies belong to everybody.
    let is_somebodys = owner.len() == 12 && owner.bytes().all(|byte| byte.is_ascii_digit());
    !account.is_empty() && is_somebodys && owner != account
}

/// A request, taken apart once.
pub(super) struct Asked<'a> {
    pub(super) request: Request<'a>,
    action: Action<'a>,
    target: Target<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Target<'a> {
    /// Only `*` matches.
    Everything,
    Arn(Fields<'a>),
}

/// How far a statement fits a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// It is about something or somebody else.
    Not,
    /// Only the condition does not hold.
    ButCondition,
    Applies,
}

impl<'a> Asked<'a> {
    pub(super) fn new(request: &Request<'a>, lowered: &'a Lowered) -> Asked<'a> {
        let target = request.resource.and_then(Fields::split);
        Asked {
            request: *request,
            action: lowered.action(),
            target: target.map_or(Target::Everything, Target::Arn),
        }
    }

    /// What documents say together.
    fn all_say(&self, documents: &[Sourced]) -> Says {
        let mut best = Says::Nothing;
        for sourced in documents {
            match self.says(&sourced.document) {
                Says::Deny => return Says::Deny,
                Says::Allow(grant) => best = Says::Allow(grant),
                Says::Nothing => {}
            }
        }
        best
    }

    fn says(&self, document: &Document) -> Says {
        let mut best = None;
        for statement in &document.statements {
            if statement.effect == Effect::Allow && best == Some(Grant::Direct) {
                continue;
            }
            if !self.is_about(statement) {
                continue;
            }
            let Some(grant) = statement.whom.reaches(self.request.principal) else {
                continue;
            };
            if !self.meets(statement) {
                continue;
            }
            match statement.effect {
                Effect::Deny => return Says::Deny,
                Effect::Allow => best = best.max(Some(grant)),
            }
        }
        best.map_or(Says::Nothing, Says::Allow)
    }

    /// How far a statement fits.
    pub(super) fn fit(&self, statement: &Statement) -> Fit {
        let is_meant = statement.whom.reaches(self.request.principal).is_some();
        match is_meant && self.is_about(statement) {
            false => Fit::Not,
            true if self.meets(statement) => Fit::Applies,
            true => Fit::ButCondition,
        }
    }

    /// Whether a statement's actions have the request's among them.
    pub(super) fn is_action_of(&self, statement: &Statement) -> bool {
        statement.actions.contains(&self.action) != statement.is_not_action
    }

    fn is_about(&self, statement: &Statement) -> bool {
        self.is_action_of(statement) && self.is_among(&statement.resources)
    }

    fn is_among(&self, resources: &Resources) -> bool {
        match resources {
            Resources::Own => true,
            Resources::Only(patterns) => patterns
                .iter()
                .any(|pattern| self.is_target(pattern) == Some(true)),
            // A variable without a value must not make everything else match.
            Resources::AllBut(patterns) => patterns
                .iter()
                .all(|pattern| self.is_target(pattern) == Some(false)),
        }
    }

    fn is_target(&self, pattern: &ArnPattern) -> Option<bool> {
        match (self.target, pattern) {
            (_, ArnPattern::Any) => Some(true),
            (Target::Everything, _) => Some(false),
            (Target::Arn(fields), _) => pattern.matches(&fields, self.request.keys),
        }
    }

    fn meets(&self, statement: &Statement) -> bool {
        let keys = self.request.keys;
        statement.clauses.iter().all(|clause| clause.holds(keys))
    }
}
