//! What an operation is about, as far as policies can ask: its ARN, tags and boundary.
//!
//! Found before it is told whether the thing is there: for what is not there the ARN is
//! the one it would have.

use aws::op::Op;
use kvs::iam::{Holder, HolderKind, Tags, arn};

use crate::ops::Caller;
use crate::ops::authority::Ask;

/// A thing that is asked for.
#[derive(Clone, Debug)]
pub struct Target {
    arn: String,
    tags: Tags,
    boundary: Option<String>,
}

impl Target {
    /// A user, group or role.
    pub fn holder(caller: &Caller, kind: HolderKind, name: &str) -> Target {
        let account = caller.account;
        let Ok(holder) = caller.directory.holder(kind, name) else {
            return Target::bare(arn::identity(account, kind.noun(), "/", name));
        };
        let tags = match &holder {
            Holder::User(user) => user.tags.clone(),
            Holder::Role(role) => role.tags.clone(),
            Holder::Group(_) => Tags::default(),
        };
        Target {
            arn: holder.arn(account),
            tags,
            boundary: holder.boundary().map(str::to_owned),
        }
    }

    /// A user, group or role by ARN.
    pub fn by_arn(caller: &Caller, arn: &str) -> Target {
        match caller.directory.holder_by_arn(arn) {
            Some(holder) => Target::holder(caller, holder.kind(), holder.name()),
            None => Target::bare(arn),
        }
    }

    /// A role.
    pub fn role(caller: &Caller, name: &str) -> Target {
        Target::holder(caller, HolderKind::Role, name)
    }

    /// A managed policy, by its ARN.
    pub fn policy(caller: &Caller, arn: &str) -> Target {
        let policy = caller.directory.policy_by_arn(arn);
        let tags = policy.map(|policy| policy.tags.clone());
        Target {
            tags: tags.unwrap_or_default(),
            ..Target::bare(arn.to_owned())
        }
    }

    /// An instance profile.
    pub fn instance_profile(caller: &Caller, name: &str) -> Target {
        match caller.directory.instance_profiles().get(name) {
            None => Target::bare(arn::identity(caller.account, "instance-profile", "/", name)),
            Some(profile) => Target {
                tags: profile.tags.clone(),
                ..Target::bare(profile.arn(caller.account))
            },
        }
    }

    /// An OIDC provider, by its ARN.
    pub fn oidc_provider(caller: &Caller, arn: &str) -> Target {
        let id = kvs::iam::EntityId::new(arn);
        let provider = caller.directory.oidc_providers().by_id(&id);
        let tags = provider.map(|provider| provider.tags.clone());
        Target {
            tags: tags.unwrap_or_default(),
            ..Target::bare(arn.to_owned())
        }
    }

    /// A virtual MFA device, by its serial number.
    pub fn mfa_device(caller: &Caller, serial: &str) -> Target {
        let id = kvs::iam::EntityId::new(serial);
        let device = caller.directory.mfa_devices().by_id(&id);
        let tags = device.map(|device| device.tags.clone());
        Target {
            tags: tags.unwrap_or_default(),
            ..Target::bare(serial.to_owned())
        }
    }

    /// Something of which only the ARN is known, or `*`.
    pub fn bare(arn: impl Into<String>) -> Target {
        Target {
            arn: arn.into(),
            tags: Tags::default(),
            boundary: None,
        }
    }

    /// The same without its boundary, for an operation that brings another.
    pub fn unbounded(mut self) -> Target {
        self.boundary = None;
        self
    }

    /// What is asked about it: with its tags, and its boundary where the action knows it.
    pub fn ask(&self, op: Op) -> Ask<'_> {
        let ask = Ask::new(op, &self.arn).resource_tags(self.tags.iter());
        let knows_boundary = op.access().keys.contains(&BOUNDARY);
        match &self.boundary {
            Some(boundary) if knows_boundary => ask.key(BOUNDARY, boundary),
            _ => ask,
        }
    }
}

/// The condition key of permissions boundaries.
pub const BOUNDARY: &str = "iam:PermissionsBoundary";
