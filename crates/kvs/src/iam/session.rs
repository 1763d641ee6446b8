//! A session: what temporary credentials stand for, sealed into their token.

use std::collections::BTreeMap;
use std::fmt;

use super::EntityId;
use crate::name::AccountId;

/// Temporary credentials' claims. Policies of the user or role are not among them: they
/// are read live at every request.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// The temporary access key id (`ASIA…`) that this session's token belongs to.
    pub access_key_id: String,
    /// The account whose resources it works on.
    pub account: AccountId,
    /// Who it acts as.
    pub kind: SessionKind,
    /// When it was made, milliseconds since the epoch (`aws:TokenIssueTime`).
    pub issued_ms: u64,
    /// When it ends, milliseconds since the epoch.
    pub expires_ms: u64,
    /// When multi-factor authentication took place, milliseconds since the epoch.
    pub mfa_ms: Option<u64>,
    /// Session policies, as text.
    pub policies: Vec<String>,
    /// ARNs of managed policies that act as session policies.
    pub policy_arns: Vec<String>,
    /// Session tags (`aws:PrincipalTag/…`), over those of the role.
    pub tags: BTreeMap<String, String>,
    /// Keys of tags that the next role inherits.
    pub transitive_tag_keys: Vec<String>,
    /// `aws:SourceIdentity`.
    pub source_identity: Option<String>,
    /// Whether a role session made it: role chaining is limited to an hour.
    pub is_chained: bool,
    /// Further condition keys, such as `credentials-iot:ThingName`.
    pub context: BTreeMap<String, String>,
}

impl Session {
    /// A session of its own that nothing limits or describes further, and that has no key
    /// yet. Times are milliseconds since the epoch.
    pub fn new(account: AccountId, kind: SessionKind, issued_ms: u64, expires_ms: u64) -> Session {
        Session {
            access_key_id: String::new(),
            account,
            kind,
            issued_ms,
            expires_ms,
            mfa_ms: None,
            policies: Vec::new(),
            policy_arns: Vec::new(),
            tags: BTreeMap::new(),
            transitive_tag_keys: Vec::new(),
            source_identity: None,
            is_chained: false,
            context: BTreeMap::new(),
        }
    }

    /// Whether somebody who is signed in has it. Unlike a session of GetSessionToken it may
    /// call IAM without multi-factor authentication, as AWS's console does.
    pub fn is_sign_in(&self) -> bool {
        self.context.contains_key(SIGN_IN_KEY)
    }
}

/// The condition key that tells sessions of people who are signed in.
pub const SIGN_IN_KEY: &str = "kinora:SignInSession";

/// Who a session acts as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionKind {
    /// Root's own identity (GetSessionToken).
    Root,
    /// A user's own identity (GetSessionToken), by unique id.
    User(EntityId),
    /// A role (AssumeRole and its kin), by unique id.
    Role {
        /// The role.
        role: EntityId,
        /// `RoleSessionName`.
        name: String,
    },
    /// A federated user (GetFederationToken).
    Federated {
        /// The user who made it; `None` for root.
        by: Option<EntityId>,
        /// `Name`.
        name: String,
    },
}

// Tags and policies may hold what nobody should read in a log.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("access_key_id", &self.access_key_id)
            .field("account", &self.account)
            .field("kind", &self.kind)
            .field("expires_ms", &self.expires_ms)
            .finish_non_exhaustive()
    }
}
