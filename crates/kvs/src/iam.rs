//! The identities of one account: users, groups, roles, policies and what hangs on them.
//!
//! A [`Directory`] is a whole account as a value. Operations read it, decide, and change
//! it by whole entities; what changed is collected and committed together, if nobody
//! else changed the account meanwhile. So every rule (quotas, delete guards, names) is
//! decided on one consistent picture.

pub mod arn;
pub mod directory;
pub mod entity;
pub mod error;
pub mod groups;
pub mod holder;
pub mod id;
pub mod keys;
pub mod mfa;
pub mod oidc;
pub mod passwords;
pub mod policies;
pub mod report;
pub mod roles;
pub mod session;
pub mod shelf;
pub mod tags;
pub mod totp;
pub mod users;

pub use directory::{Change, Directory};
pub use entity::{
    AccessKeyMeta, Entity, EntityKind, Group, InstanceProfile, LoginProfile, MfaDevice,
    OidcProvider, PasswordPolicy, Policy, PolicyVersion, Role, RootUser, Settings, User,
};
pub use error::{IamError, IamErrorKind};
pub use holder::{Holder, HolderKind};
pub use id::{EntityId, IdPrefix};
pub use policies::{Usage, Used};
pub use session::{Session, SessionKind};
pub use tags::Tags;

#[cfg(test)]
mod tests;
