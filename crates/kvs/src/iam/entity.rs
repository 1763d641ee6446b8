//! The entities of an account.
//!
//! All times are milliseconds since the epoch. `path` is `/` or `/…/`. Policies are
//! attached by ARN: an attached policy cannot be deleted, so an ARN stays what it is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::shelf::Named;
use super::{EntityId, Tags};
use crate::name::AccountId;

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// `AIDA…`.
    pub id: EntityId,
    /// Its name, as given.
    pub name: String,
    /// Its path.
    pub path: String,
    /// When it was created.
    pub created_ms: u64,
    /// ARN of the managed policy that bounds it.
    pub boundary: Option<String>,
    /// Its tags.
    pub tags: Tags,
    /// Ids of the groups it is in.
    pub groups: BTreeSet<EntityId>,
    /// ARNs of attached policies.
    pub attached: BTreeSet<String>,
    /// Inline policies by name.
    pub inline: BTreeMap<String, Arc<str>>,
    /// Its access keys, oldest first.
    pub keys: Vec<AccessKeyMeta>,
    /// Its password.
    pub login: Option<LoginProfile>,
    /// Sessions issued before are void: set when a password changes or is taken away.
    pub sessions_after_ms: u64,
}

/// What is known of an access key besides its secret, which lies elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKeyMeta {
    /// `AKIA…`.
    pub id: String,
    /// Whether requests signed with it are accepted.
    pub active: bool,
    /// When it was created.
    pub created_ms: u64,
}

/// A user's password.
#[derive(Clone, PartialEq, Eq)]
pub struct LoginProfile {
    /// Hash in PHC string form.
    pub hash: String,
    /// Hashes of earlier passwords, newest first.
    pub history: Vec<String>,
    /// When it was created.
    pub created_ms: u64,
    /// When the password was last set.
    pub changed_ms: u64,
    /// When it was last signed in with.
    pub used_ms: Option<u64>,
    /// Whether it must be changed at the next sign-in.
    pub must_reset: bool,
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// `AGPA…`.
    pub id: EntityId,
    /// Its name, as given.
    pub name: String,
    /// Its path.
    pub path: String,
    /// When it was created.
    pub created_ms: u64,
    /// ARNs of attached policies.
    pub attached: BTreeSet<String>,
    /// Inline policies by name.
    pub inline: BTreeMap<String, Arc<str>>,
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// `AROA…`.
    pub id: EntityId,
    /// Its name, as given.
    pub name: String,
    /// Its path.
    pub path: String,
    /// When it was created.
    pub created_ms: u64,
    /// `Description`.
    pub description: Option<String>,
    /// The trust policy, user and role principals replaced by unique ids.
    pub trust: Arc<str>,
    /// Accounts of the principals in `trust` that are of other accounts.
    pub foreign: BTreeMap<EntityId, AccountId>,
    /// Longest session, seconds (3600 to 43 200).
    pub session_s_max: u32,
    /// ARN of the managed policy that bounds it.
    pub boundary: Option<String>,
    /// Its tags.
    pub tags: Tags,
    /// ARNs of attached policies.
    pub attached: BTreeSet<String>,
    /// Inline policies by name.
    pub inline: BTreeMap<String, Arc<str>>,
}

/// A customer managed policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// `ANPA…`.
    pub id: EntityId,
    /// Its name, as given.
    pub name: String,
    /// Its path.
    pub path: String,
    /// When it was created.
    pub created_ms: u64,
    /// When its default version last changed.
    pub updated_ms: u64,
    /// `Description`.
    pub description: Option<String>,
    /// Its tags.
    pub tags: Tags,
    /// Versions by number (`v1` is 1).
    pub versions: BTreeMap<u32, PolicyVersion>,
    /// The version that counts.
    pub default_version: u32,
    /// The highest number ever given.
    pub last_version: u32,
}

/// A version of a managed policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyVersion {
    /// The policy, byte for byte as it came.
    pub document: Arc<str>,
    /// When it was created.
    pub created_ms: u64,
}

/// An instance profile: kept because tools ask for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceProfile {
    /// `AIPA…`.
    pub id: EntityId,
    /// Its name, as given.
    pub name: String,
    /// Its path.
    pub path: String,
    /// When it was created.
    pub created_ms: u64,
    /// Its tags.
    pub tags: Tags,
    /// Id of the role in it.
    pub role: Option<EntityId>,
}

/// A virtual MFA device.
#[derive(Clone, PartialEq, Eq)]
pub struct MfaDevice {
    /// Its serial number, which is its ARN.
    pub serial: EntityId,
    /// Its name, as given.
    pub name: String,
    /// Its path.
    pub path: String,
    /// When it was created.
    pub created_ms: u64,
    /// The shared secret; sealed wherever it is kept.
    pub seed: Vec<u8>,
    /// Its tags.
    pub tags: Tags,
    /// Who it is assigned to: nobody, root (`Some(None)`) or a user by id.
    pub owner: Option<Option<EntityId>>,
    /// When it was assigned.
    pub enabled_ms: Option<u64>,
    /// The last 30-second step a code of which was accepted: no code counts twice.
    pub last_step: u64,
    /// How many steps its clock is ahead of ours, found by a resync.
    pub drift_steps: i64,
}

/// An OpenID Connect provider whose tokens roles may trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OidcProvider {
    /// Its ARN.
    pub arn: EntityId,
    /// Its address without `https://`.
    pub url: String,
    /// When it was created.
    pub created_ms: u64,
    /// Audiences.
    pub client_ids: BTreeSet<String>,
    /// SHA-1 thumbprints of certificates, hexadecimal.
    pub thumbprints: Vec<String>,
    /// Its tags.
    pub tags: Tags,
    /// Public keys (JSON Web Key Set) given by the operator, for sites without a way out.
    pub jwks: Option<String>,
}

/// What an account has only one of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The alias, unique over all accounts.
    pub alias: Option<String>,
    /// The password policy, if one was ever set.
    pub password_policy: Option<PasswordPolicy>,
    /// The root user.
    pub root: RootUser,
}

/// The root user, besides address and password, which are the account's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RootUser {
    /// Its access keys, oldest first.
    pub keys: Vec<AccessKeyMeta>,
    /// When it last signed in with its password.
    pub password_used_ms: Option<u64>,
    /// When its password was last set.
    pub password_changed_ms: Option<u64>,
    /// Sessions issued before are void.
    pub sessions_after_ms: u64,
}

/// `PasswordPolicy`; see UpdateAccountPasswordPolicy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// Least length, characters (6 to 128).
    pub length_min: u32,
    /// Whether a symbol is needed.
    pub symbols: bool,
    /// Whether a digit is needed.
    pub numbers: bool,
    /// Whether an upper-case letter is needed.
    pub uppercase: bool,
    /// Whether a lower-case letter is needed.
    pub lowercase: bool,
    /// Whether users may change their own.
    pub users_may_change: bool,
    /// Days after which a password expires (1 to 1095).
    pub age_days_max: Option<u32>,
    /// How many earlier passwords must not come again (1 to 24).
    pub reuse_prevention: Option<u32>,
    /// Whether an expired password can only be reset by an administrator.
    pub hard_expiry: bool,
}

/// Any entity, for the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entity {
    /// The account's settings.
    Settings(Arc<Settings>),
    /// A user.
    User(Arc<User>),
    /// A group.
    Group(Arc<Group>),
    /// A role.
    Role(Arc<Role>),
    /// A customer managed policy.
    Policy(Arc<Policy>),
    /// An instance profile.
    InstanceProfile(Arc<InstanceProfile>),
    /// A virtual MFA device.
    MfaDevice(Arc<MfaDevice>),
    /// An OIDC provider.
    OidcProvider(Arc<OidcProvider>),
}

/// The kind of an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // See [`Entity`].
pub enum EntityKind {
    Settings,
    User,
    Group,
    Role,
    Policy,
    InstanceProfile,
    MfaDevice,
    OidcProvider,
}

impl Entity {
    /// Its kind.
    pub fn kind(&self) -> EntityKind {
        match self {
            Entity::Settings(_) => EntityKind::Settings,
            Entity::User(_) => EntityKind::User,
            Entity::Group(_) => EntityKind::Group,
            Entity::Role(_) => EntityKind::Role,
            Entity::Policy(_) => EntityKind::Policy,
            Entity::InstanceProfile(_) => EntityKind::InstanceProfile,
            Entity::MfaDevice(_) => EntityKind::MfaDevice,
            Entity::OidcProvider(_) => EntityKind::OidcProvider,
        }
    }

    /// Its unique id; empty for the settings.
    pub fn id(&self) -> &str {
        match self {
            Entity::Settings(_) => "",
            Entity::User(user) => user.id.as_str(),
            Entity::Group(group) => group.id.as_str(),
            Entity::Role(role) => role.id.as_str(),
            Entity::Policy(policy) => policy.id.as_str(),
            Entity::InstanceProfile(profile) => profile.id.as_str(),
            Entity::MfaDevice(device) => device.serial.as_str(),
            Entity::OidcProvider(provider) => provider.arn.as_str(),
        }
    }
}

macro_rules! named {
    ($($entity:ident: $id:ident, $name:ident;)*) => {$(
        impl Named for $entity {
            fn id(&self) -> &EntityId {
                &self.$id
            }
            fn name(&self) -> &str {
                &self.$name
            }
        }
    )*};
}

named! {
    User: id, name;
    Group: id, name;
    Role: id, name;
    Policy: id, name;
    InstanceProfile: id, name;
    MfaDevice: serial, name;
    OidcProvider: arn, url;
}

// Hashes and seeds must not reach a log line.

impl fmt::Debug for LoginProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginProfile")
            .field("created_ms", &self.created_ms)
            .field("changed_ms", &self.changed_ms)
            .field("must_reset", &self.must_reset)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for MfaDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MfaDevice")
            .field("serial", &self.serial)
            .field("owner", &self.owner)
            .finish_non_exhaustive()
    }
}
