//! Recent decisions, so that each can be explained to whoever asks about it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use aws::policy::{Decision, Effect, Outcome, Remedy, Source, Stage};
use kvs::limits;
use kvs::name::AccountId;

use crate::ops::Caller;

/// One decision, explained.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// The request that asked.
    pub request_id: String,
    /// When, milliseconds since the epoch.
    pub at_ms: u64,
    /// Who asked: its ARN.
    pub principal: String,
    /// Who asked: `aws:userid`.
    pub user_id: String,
    /// What for.
    pub action: String,
    /// The resource that was asked about.
    pub resource: String,
    /// What was decided.
    pub outcome: Outcome,
    /// Which policies decided.
    pub stage: Stage,
    /// The statements that decided.
    pub statements: Vec<Statement>,
    /// Condition keys that statements about the action speak of and the request did not
    /// have; only of denials.
    pub missing_keys: Vec<String>,
    /// What would have to change, in words; only of denials.
    pub remedy: Option<String>,
    /// The smallest statement that is missing, as JSON, if that is what would have to change.
    pub missing_statement: Option<String>,
    /// What the caller was told; only of denials.
    pub message: Option<String>,
}

/// A statement that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Which policies it belongs to.
    pub stage: Stage,
    /// The policy's ARN or name.
    pub policy: String,
    /// What the policy is attached to.
    pub policy_type: Source,
    /// `Sid`.
    pub sid: Option<String>,
    /// Its place in the policy, from 1.
    pub number: usize,
    /// Whether it allows.
    pub is_allow: bool,
    /// Where it begins.
    pub line: usize,
    /// Where it begins in that line.
    pub column: usize,
}

/// The newest decisions of the accounts that were busy lately. Denials have a ring of their
/// own, so that what is allowed does not push them out.
#[derive(Default)]
pub struct Decisions {
    rings: Mutex<HashMap<AccountId, Rings>>,
}

#[derive(Default)]
struct Rings {
    allowed: VecDeque<Arc<Explained>>,
    denied: VecDeque<Arc<Explained>>,
    newest_ms: u64,
}

impl Decisions {
    /// Keeps a decision.
    pub fn keep(&self, account: AccountId, explained: Explained) {
        let mut all = self.rings.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= limits::DECISION_ACCOUNTS_MAX && !all.contains_key(&account) {
            let oldest = all.iter().min_by_key(|(_, rings)| rings.newest_ms);
            if let Some(oldest) = oldest.map(|(account, _)| *account) {
                all.remove(&oldest);
            }
        }
        let rings = all.entry(account).or_default();
        rings.newest_ms = explained.at_ms;
        let ring = match explained.outcome {
            Outcome::Allowed => &mut rings.allowed,
            Outcome::ExplicitDeny | Outcome::ImplicitDeny => &mut rings.denied,
        };
        if ring.len() >= limits::DECISIONS_PER_ACCOUNT_MAX {
            ring.pop_front();
        }
        ring.push_back(Arc::new(explained));
    }

    /// The decisions of one request, in the order they were taken.
    pub fn of_request(&self, account: AccountId, request_id: &str) -> Vec<Arc<Explained>> {
        let all = self.rings.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(rings) = all.get(&account) else {
            return Vec::new();
        };
        // A denial ends a request, so it comes last.
        let kept = rings.allowed.iter().chain(&rings.denied);
        kept.filter(|explained| explained.request_id == request_id)
            .cloned()
            .collect()
    }

    /// The last decision of a request that has just been answered.
    pub fn last(&self, account: AccountId, request_id: &str) -> Option<Arc<Explained>> {
        let all = self.rings.lock().unwrap_or_else(PoisonError::into_inner);
        let rings = all.get(&account)?;
        let of_request = |explained: &&Arc<Explained>| explained.request_id == request_id;
        let denied = rings.denied.iter().rev().take(LOOKED_AT).find(of_request);
        let found = denied.or_else(|| rings.allowed.iter().rev().take(LOOKED_AT).find(of_request));
        found.cloned()
    }
}

impl Explained {
    /// Explains a decision about a caller's request.
    pub fn new(
        caller: &Caller,
        principal: &str,
        decision: &Decision<'_>,
        (action, resource): (&str, &str),
        message: Option<&str>,
        at_ms: u64,
    ) -> Explained {
        let is_denial = message.is_some();
        let statements = match decision.stage {
            Stage::Root => Vec::new(),
            _ => statements(decision),
        };
        let remedy = is_denial.then(|| decision.remedy());
        let missing_keys = match is_denial {
            true => decision.missing_context_keys(),
            false => Vec::new(),
        };
        Explained {
            request_id: caller.source.request_id.clone(),
            at_ms,
            principal: principal.to_owned(),
            user_id: caller.user_id(),
            action: action.to_owned(),
            resource: resource.to_owned(),
            outcome: decision.outcome,
            stage: decision.stage,
            statements,
            missing_keys: missing_keys.into_iter().map(str::to_owned).collect(),
            missing_statement: match &remedy {
                Some(Remedy::Add { statement, .. }) => Some(statement.clone()),
                _ => None,
            },
            remedy: remedy.map(|remedy| in_words(&remedy)),
            message: message.map(str::to_owned),
        }
    }
}

impl Explained {
    /// Leaves out what the policy of the resource says: it is another account's.
    pub fn hide_resource_policy(&mut self) {
        let statements = &mut self.statements;
        statements.retain(|statement| statement.stage != Stage::Resource);
        if self.outcome != Outcome::Allowed {
            // Whether there is such a thing must not be seen either.
            self.missing_keys.clear();
            if self.stage == Stage::Resource {
                self.missing_statement = None;
                self.remedy = Some("the other account must allow it".to_owned());
            }
        }
    }
}

fn statements(decision: &Decision<'_>) -> Vec<Statement> {
    let matched = decision.matched();
    let kept = matched.iter().take(STATEMENTS_MAX);
    kept.map(|matched| Statement {
        stage: matched.stage,
        policy: matched.sourced.id.clone(),
        policy_type: matched.sourced.source,
        sid: matched.sid.map(str::to_owned),
        number: matched.index + 1,
        is_allow: matched.effect == Effect::Allow,
        line: matched.start.line,
        column: matched.start.column,
    })
    .collect()
}

fn in_words(remedy: &Remedy) -> String {
    match remedy {
        Remedy::Add { stage, .. } => format!("no {} allows it", stage_in_words(*stage)),
        other => other.to_string(),
    }
}

/// Which policies, as a person says it.
pub fn stage_in_words(stage: Stage) -> &'static str {
    match stage {
        Stage::Root => "root user",
        Stage::Identity => "identity-based policy",
        Stage::Boundary => "permissions boundary",
        Stage::Session => "session policy",
        Stage::Resource => "resource-based policy",
    }
}

/// Most statements that are named for one decision.
const STATEMENTS_MAX: usize = 8;

/// How many decisions may have been taken between a request's own and its answer.
const LOOKED_AT: usize = 128;

#[cfg(test)]
mod tests {
    use aws::policy::{Outcome, Stage};
    use kvs::limits;
    use kvs::name::AccountId;

    use super::{Decisions, Explained};

    fn decision(request_id: &str, at_ms: u64, outcome: Outcome) -> Explained {
        Explained {
            request_id: request_id.to_owned(),
            at_ms,
            principal: String::new(),
            user_id: String::new(),
            action: String::new(),
            resource: String::new(),
            outcome,
            stage: Stage::Identity,
            statements: Vec::new(),
            missing_keys: Vec::new(),
            remedy: None,
            missing_statement: None,
            message: None,
        }
    }

    #[test]
    fn denials_outlive_what_is_allowed_and_accounts_are_apart() {
        let decisions = Decisions::default();
        let [one, two] = ["000000000001", "000000000002"].map(|id| AccountId::parse(id).unwrap());
        decisions.keep(one, decision("a", 1, Outcome::Allowed));
        decisions.keep(one, decision("a", 1, Outcome::ImplicitDeny));
        for n in 0..limits::DECISIONS_PER_ACCOUNT_MAX {
            decisions.keep(one, decision(&n.to_string(), 2, Outcome::Allowed));
        }
        let kept = decisions.of_request(one, "a");
        assert_eq!((kept.len(), kept[0].outcome), (1, Outcome::ImplicitDeny));
        assert!(decisions.of_request(two, "a").is_empty());
        assert!(decisions.last(one, "255").is_some());
    }

    #[test]
    fn the_quietest_account_is_forgotten() {
        let decisions = Decisions::default();
        let account = |n: usize| AccountId::parse(&format!("{n:012}")).unwrap();
        for n in 0..=limits::DECISION_ACCOUNTS_MAX {
            decisions.keep(account(n), decision("r", n as u64, Outcome::Allowed));
        }
        assert!(decisions.of_request(account(0), "r").is_empty());
        assert_eq!(decisions.of_request(account(1), "r").len(), 1);
    }
}
