//! Customer managed policies: their versions, and what uses them.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Directory, EntityKind, IamError, IamErrorKind, Policy, PolicyVersion};
use crate::limits;

/// How often policies are used, by ARN.
#[derive(Debug, Default)]
pub struct Usage(HashMap<String, Used>);

/// How often a policy is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// `AttachmentCount`: users, groups and roles it is attached to.
    pub attachments: usize,
    /// `PermissionsBoundaryUsageCount`: users and roles it bounds.
    pub boundaries: usize,
}

impl Usage {
    /// How often each policy is used in an account.
    pub fn of(directory: &Directory) -> Usage {
        let mut usage = Usage::default();
        for holder in directory.holders() {
            for arn in holder.attached() {
                usage.count(arn).attachments += 1;
            }
            if let Some(arn) = holder.boundary() {
                usage.count(arn).boundaries += 1;
            }
        }
        usage
    }

    /// How often this one is used.
    pub fn used(&self, arn: &str) -> Used {
        self.0.get(arn).copied().unwrap_or_default()
    }

    fn count(&mut self, arn: &str) -> &mut Used {
        self.0.entry(arn.to_owned()).or_default()
    }
}

impl Used {
    /// How often this policy is used in an account.
    pub fn of(directory: &Directory, arn: &str) -> Used {
        let mut used = Used::default();
        for holder in directory.holders() {
            used.attachments += usize::from(holder.attached().contains(arn));
            used.boundaries += usize::from(holder.boundary() == Some(arn));
        }
        used
    }
}

impl Policy {
    /// The version that counts.
    pub fn default_document(&self) -> Option<&Arc<str>> {
        let version = self.versions.get(&self.default_version)?;
        Some(&version.document)
    }

    /// A version by number.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity`.
    pub fn version(&self, arn: &str, number: u32) -> Result<&PolicyVersion, IamError> {
        let missing = || {
            let message =
                format!("Policy {arn} version v{number} does not exist or is not attachable.");
            IamError::new(IamErrorKind::NoSuchEntity, message)
        };
        self.versions.get(&number).ok_or_else(missing)
    }
}

impl Directory {
    /// The customer managed policy of an ARN.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity`.
    pub fn managed_policy(&self, arn: &str) -> Result<&Arc<Policy>, IamError> {
        self.policy_by_arn(arn).ok_or_else(|| {
            let message = format!("Policy {arn} was not found.");
            IamError::new(IamErrorKind::NoSuchEntity, message)
        })
    }

    /// Adds a policy, unless there are `max` in the account.
    ///
    /// # Errors
    ///
    /// `EntityAlreadyExists`, `LimitExceeded`.
    pub fn create_policy(&mut self, policy: Policy, max: usize) -> Result<(), IamError> {
        if self.policies().get(&policy.name).is_some() {
            let name = &policy.name;
            let message =
                format!("A policy called {name} already exists. Duplicate names are not allowed.");
            return Err(IamError::new(IamErrorKind::EntityAlreadyExists, message));
        }
        if self.policies().len() >= max {
            return Err(IamError::over_quota("PoliciesPerAccount", max));
        }
        self.put(policy);
        Ok(())
    }

    /// Adds a version and tells its number.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity`, `LimitExceeded`.
    pub fn add_policy_version(
        &mut self,
        arn: &str,
        version: PolicyVersion,
        is_default: bool,
    ) -> Result<u32, IamError> {
        let mut policy = Policy::clone(self.managed_policy(arn)?);
        if policy.versions.len() >= limits::POLICY_VERSIONS_MAX {
            return Err(IamError::new(IamErrorKind::LimitExceeded, VERSIONS_FULL));
        }
        policy.last_version += 1;
        if is_default {
            policy.default_version = policy.last_version;
            policy.updated_ms = version.created_ms;
        }
        let number = policy.last_version;
        policy.versions.insert(number, version);
        self.put(policy);
        Ok(number)
    }

    /// Takes a version away that is not the default one.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity`, `DeleteConflict`.
    pub fn delete_policy_version(&mut self, arn: &str, number: u32) -> Result<(), IamError> {
        let mut policy = Policy::clone(self.managed_policy(arn)?);
        policy.version(arn, number)?;
        if policy.default_version == number {
            let message = "Cannot delete the default version of a policy.";
            return Err(IamError::new(IamErrorKind::DeleteConflict, message));
        }
        policy.versions.remove(&number);
        self.put(policy);
        Ok(())
    }

    /// Makes a version the default one.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity`.
    pub fn set_default_policy_version(
        &mut self,
        arn: &str,
        number: u32,
        now_ms: u64,
    ) -> Result<(), IamError> {
        let mut policy = Policy::clone(self.managed_policy(arn)?);
        policy.version(arn, number)?;
        if policy.default_version != number {
            policy.default_version = number;
            policy.updated_ms = now_ms;
            self.put(policy);
        }
        Ok(())
    }

    /// Deletes a policy that nothing uses and that has one version.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity`, `DeleteConflict`.
    pub fn delete_policy(&mut self, arn: &str) -> Result<(), IamError> {
        let policy = Arc::clone(self.managed_policy(arn)?);
        let used = Used::of(self, arn);
        let conflict = |message: &str| Err(IamError::new(IamErrorKind::DeleteConflict, message));
        if used != Used::default() {
            return conflict("Cannot delete a policy attached to entities.");
        }
        if policy.versions.len() > 1 {
            return conflict(VERSIONS_LEFT);
        }
        self.delete(EntityKind::Policy, &policy.id);
        Ok(())
    }
}

const VERSIONS_FULL: &str = "A managed policy can have up to 5 versions. Before you create a new \
    version, you must delete an existing version.";
const VERSIONS_LEFT: &str = "This policy has more than one version. Before you delete a policy, \
    you must delete the policy's versions. The default version is deleted with the policy.";
