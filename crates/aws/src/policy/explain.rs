//! Decisions in words: the denial AWS sends, the statements that matched, and what would have to
//! change.

use std::collections::HashSet;
use std::fmt;

use serde_json::json;

use super::condition::Clause;
use super::eval::{Asked, Decision, Fit, Outcome, Sourced, Stage};
use super::model::{DocumentKind, Effect, Position, Statement};
use super::pattern::Lowered;
use super::request::{Keys, Values};

/// A statement that applied to a request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Matched<'a> {
    /// The policies it belongs to.
    pub stage: Stage,
    /// The policy.
    pub sourced: &'a Sourced,
    /// Its place in the policy, from 0.
    pub index: usize,
    /// Its `Sid`, if it has one.
    pub sid: Option<&'a str>,
    /// What it says.
    pub effect: Effect,
    /// Where its object begins.
    pub start: Position,
    /// Where its object ends: the place behind the closing brace.
    pub end: Position,
}

/// The least that would have to change for a request to be allowed.
#[derive(Debug, Clone, PartialEq)]
pub enum Remedy {
    /// Nothing.
    Nothing,
    /// A policy of this stage needs this statement.
    Add {
        /// Which policies.
        stage: Stage,
        /// The statement, as JSON in one line.
        statement: String,
    },
    /// This statement denies it.
    Remove {
        /// Which policies.
        stage: Stage,
        /// The policy's [`Sourced::id`].
        policy: String,
        /// The statement's `Sid`, or its number from 1.
        statement: String,
        /// Where it begins.
        start: Position,
    },
    /// This statement would allow it, were it not for its condition.
    Meet {
        /// Which policies.
        stage: Stage,
        /// The policy's [`Sourced::id`].
        policy: String,
        /// The statement's `Sid`, or its number from 1.
        statement: String,
        /// The first clause that does not hold.
        unmet: Unmet,
    },
}

/// A clause of a condition that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmet {
    /// The operator, as the policy writes it.
    pub operator: String,
    /// The key, as the policy writes it.
    pub key: String,
    /// The policy's values.
    pub wanted: Vec<String>,
    /// The request's values; `None` if it does not have the key.
    pub got: Option<Vec<String>>,
}

impl<'a> Decision<'a> {
    /// What AWS tells the caller. `resource` is what the caller named, or an ARN, or `*`.
    pub fn denial(&self, resource: &str) -> String {
        let (caller, action) = (self.request.principal.arn(), self.request.action);
        let mut text = format!(
            "User: {caller} is not authorized to perform: {action} on resource: {resource}"
        );
        let policies = match self.stage {
            Stage::Root | Stage::Identity => "identity-based policy",
            Stage::Boundary => "permissions boundary",
            Stage::Session => "session policy",
            Stage::Resource => "resource-based policy",
        };
        // Nobody is told why a role may not be assumed, nor whether it is there at all.
        let is_trust = self.policies.resource.is_some_and(is_trust);
        match self.outcome {
            Outcome::ExplicitDeny if !(is_trust && self.stage == Stage::Resource) => {
                let article = if self.stage == Stage::Identity {
                    "an"
                } else {
                    "a"
                };
                text.push_str(&format!(" with an explicit deny in {article} {policies}"));
            }
            Outcome::ImplicitDeny if !is_trust => {
                text.push_str(&format!(
                    " because no {policies} allows the {action} action"
                ));
            }
            _ => {}
        }
        text
    }

    /// The statements that apply to the request: the Deny statements of an explicit deny, else the
    /// Allow statements.
    pub fn matched(&self) -> Vec<Matched<'a>> {
        let effect = match self.outcome {
            Outcome::ExplicitDeny => Effect::Deny,
            Outcome::Allowed | Outcome::ImplicitDeny => Effect::Allow,
        };
        let lowered = Lowered::new(self.request.action);
        let asked = Asked::new(&self.request, &lowered);
        let applies = |matched: &(Matched<'a>, &Statement)| {
            matched.0.effect == effect && asked.fit(matched.1) == Fit::Applies
        };
        let found = self.statements().filter(applies);
        found.map(|(matched, _)| matched).collect()
    }

    /// Condition keys that statements about the action speak of and the request does not have, each
    /// once, as they are first written.
    pub fn missing_context_keys(&self) -> Vec<&'a str> {
        let lowered = Lowered::new(self.request.action);
        let asked = Asked::new(&self.request, &lowered);
        let mut known = HashSet::new();
        let statements = self.statements().map(|(_, statement)| statement);
        statements
            .filter(|statement| asked.is_action_of(statement))
            .flat_map(Statement::context_keys)
            .filter(|key| known.insert(key.to_ascii_lowercase()))
            .filter(|key| self.request.keys.values(key).is_none())
            .collect()
    }

    /// The least that would have to change for the request to be allowed; other things may stand in
    /// the way behind it.
    pub fn remedy(&self) -> Remedy {
        let lowered = Lowered::new(self.request.action);
        let asked = Asked::new(&self.request, &lowered);
        let name = |matched: &Matched<'_>| match matched.sid {
            Some(sid) if !sid.is_empty() => sid.to_owned(),
            _ => (matched.index + 1).to_string(),
        };
        match self.outcome {
            Outcome::Allowed => return Remedy::Nothing,
            Outcome::ExplicitDeny => {
                let denies = self.matched();
                let first = denies.iter().find(|matched| matched.stage == self.stage);
                if let Some(first) = first {
                    return Remedy::Remove {
                        stage: first.stage,
                        policy: first.sourced.id.clone(),
                        statement: name(first),
                        start: first.start,
                    };
                }
            }
            Outcome::ImplicitDeny => {}
        }
        for (matched, statement) in self.statements() {
            let is_near = matched.stage == self.stage
                && matched.effect == Effect::Allow
                && asked.fit(statement) == Fit::ButCondition;
            let unmet = || unmet(statement, self.request.keys);
            if let Some(unmet) = is_near.then(unmet).flatten() {
                return Remedy::Meet {
                    stage: self.stage,
                    policy: matched.sourced.id.clone(),
                    statement: name(&matched),
                    unmet,
                };
            }
        }
        Remedy::Add {
            stage: self.stage,
            statement: self.missing_statement(),
        }
    }

    /// [`Decision::remedy`] in words; where a statement is missing, the statement alone, as JSON.
    pub fn smallest_allow(&self) -> String {
        self.remedy().to_string()
    }

    /// The smallest statement that allows the request and nothing else.
    fn missing_statement(&self) -> String {
        let action = self.request.action;
        let resource = self.request.resource.unwrap_or("*");
        let mut statement = json!({"Effect": "Allow"});
        if self.stage == Stage::Resource {
            use super::request::Principal::{Anonymous, Provider, Service, Session};
            statement["Principal"] = match self.request.principal {
                Anonymous => json!("*"),
                Service { name } => json!({"Service": name}),
                Provider { name } => json!({"Federated": name}),
                Session { role_arn, .. } => json!({"AWS": role_arn}),
                other => json!({"AWS": other.arn()}),
            };
        }
        statement["Action"] = json!(action);
        if !self.policies.resource.is_some_and(is_trust) || self.stage != Stage::Resource {
            statement["Resource"] = json!(resource);
        }
        statement.to_string()
    }

    fn statements(&self) -> impl Iterator<Item = (Matched<'a>, &'a Statement)> + use<'a> {
        let policies = self.policies;
        let of = |stage: Stage| move |sourced: &'a Sourced| (stage, sourced);
        // What does not count for a principal cannot have matched.
        let counts = self.request.principal.has_identity_policies();
        let identity = policies.identity.iter().filter(move |_| counts);
        let boundary = policies.boundary.into_iter().filter(move |_| counts);
        identity
            .map(of(Stage::Identity))
            .chain(boundary.map(of(Stage::Boundary)))
            .chain(policies.session.iter().map(of(Stage::Session)))
            .chain(policies.resource.into_iter().map(of(Stage::Resource)))
            .flat_map(|(stage, sourced)| {
                let statements = sourced.document.statements.iter().enumerate();
                statements.map(move |(index, statement)| {
                    let matched = Matched {
                        stage,
                        sourced,
                        index,
                        sid: statement.sid.as_deref(),
                        effect: statement.effect,
                        start: statement.start,
                        end: statement.end,
                    };
                    (matched, statement)
                })
            })
    }
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("it is allowed"),
            Self::Add { statement, .. } => f.write_str(statement),
            Self::Remove {
                policy,
                statement,
                start,
                ..
            } => write!(
                f,
                "statement {statement} of policy {policy} (line {}, column {}) denies it",
                start.line, start.column
            ),
            Self::Meet {
                policy,
                statement,
                unmet,
                ..
            } => write!(
                f,
                "statement {statement} of policy {policy} would allow it, but {unmet}"
            ),
        }
    }
}

impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Unmet {
            operator,
            key,
            wanted,
            got,
        } = self;
        let wanted = wanted.join(", ");
        write!(f, "it wants {key} to meet {operator} [{wanted}], and ")?;
        match got {
            None => f.write_str("the request does not have that key"),
            Some(got) => write!(f, "the request has [{}]", got.join(", ")),
        }
    }
}

fn unmet(statement: &Statement, keys: &dyn Keys) -> Option<Unmet> {
    let clause: &Clause = statement
        .clauses
        .iter()
        .find(|clause| !clause.holds(keys))?;
    let got = keys.values(&clause.key).map(|values| match values {
        Values::One(value) => vec![value.into_owned()],
        Values::Many(values) => values.iter().map(|value| value.to_string()).collect(),
    });
    Some(Unmet {
        operator: clause.written.to_string(),
        key: clause.key.to_string(),
        wanted: clause
            .wanted
            .iter()
            .map(|value| value.to_string())
            .collect(),
        got,
    })
}

fn is_trust(sourced: &Sourced) -> bool {
    sourced.document.kind() == DocumentKind::Trust
}
