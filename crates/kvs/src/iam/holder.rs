//! What permissions policies hang on: users, groups and roles alike.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::shelf::fold;
use super::{Directory, Entity, EntityId, Group, IamError, IamErrorKind, Role, User};
use crate::limits;
use crate::name::AccountId;

/// A user, a group or a role.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // See [`Entity`].
pub enum Holder {
    User(Arc<User>),
    Group(Arc<Group>),
    Role(Arc<Role>),
}

/// Which of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // See [`Holder`].
pub enum HolderKind {
    User,
    Group,
    Role,
}

/// Inline policies by name.
pub type Inline = BTreeMap<String, Arc<str>>;

impl HolderKind {
    /// `user`, `group` or `role`, as in ARNs and messages.
    pub fn noun(self) -> &'static str {
        match self {
            HolderKind::User => "user",
            HolderKind::Group => "group",
            HolderKind::Role => "role",
        }
    }

    /// The quota of attached policies, by its name.
    fn attached_quota(self) -> &'static str {
        match self {
            HolderKind::User => "PoliciesPerUser",
            HolderKind::Group => "PoliciesPerGroup",
            HolderKind::Role => "PoliciesPerRole",
        }
    }

    /// Longest inline policies together, characters without white space.
    fn inline_chars_max(self) -> usize {
        match self {
            HolderKind::User => limits::USER_INLINE_CHARS_MAX,
            HolderKind::Group => limits::GROUP_INLINE_CHARS_MAX,
            HolderKind::Role => limits::ROLE_INLINE_CHARS_MAX,
        }
    }
}

impl Holder {
    /// Which of the three it is.
    pub fn kind(&self) -> HolderKind {
        match self {
            Holder::User(_) => HolderKind::User,
            Holder::Group(_) => HolderKind::Group,
            Holder::Role(_) => HolderKind::Role,
        }
    }

    /// Its unique id.
    pub fn id(&self) -> &EntityId {
        match self {
            Holder::User(user) => &user.id,
            Holder::Group(group) => &group.id,
            Holder::Role(role) => &role.id,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Holder::User(user) => &user.name,
            Holder::Group(group) => &group.name,
            Holder::Role(role) => &role.name,
        }
    }

    /// Its path.
    pub fn path(&self) -> &str {
        match self {
            Holder::User(user) => &user.path,
            Holder::Group(group) => &group.path,
            Holder::Role(role) => &role.path,
        }
    }

    /// Its ARN.
    pub fn arn(&self, account: AccountId) -> String {
        match self {
            Holder::User(user) => user.arn(account),
            Holder::Group(group) => group.arn(account),
            Holder::Role(role) => role.arn(account),
        }
    }

    /// ARNs of attached policies.
    pub fn attached(&self) -> &BTreeSet<String> {
        match self {
            Holder::User(user) => &user.attached,
            Holder::Group(group) => &group.attached,
            Holder::Role(role) => &role.attached,
        }
    }

    /// Inline policies by name.
    pub fn inline(&self) -> &Inline {
        match self {
            Holder::User(user) => &user.inline,
            Holder::Group(group) => &group.inline,
            Holder::Role(role) => &role.inline,
        }
    }

    /// ARN of the policy that bounds it; groups have none.
    pub fn boundary(&self) -> Option<&str> {
        match self {
            Holder::User(user) => user.boundary.as_deref(),
            Holder::Group(_) => None,
            Holder::Role(role) => role.boundary.as_deref(),
        }
    }

    /// Name and text of an inline policy, whatever the letter case of the name asked for.
    pub fn inline_policy(&self, name: &str) -> Result<(&str, &Arc<str>), IamError> {
        let noun = self.kind().noun();
        let missing = || IamError::missing(&format!("{noun} policy"), name);
        let mut policies = self.inline().iter();
        let found = policies.find(|(known, _)| fold(known) == fold(name));
        let (known, text) = found.ok_or_else(missing)?;
        Ok((known, text))
    }

    /// The same with other attached and inline policies.
    fn with(&self, attached: BTreeSet<String>, inline: Inline) -> Entity {
        match self {
            Holder::User(user) => User {
                attached,
                inline,
                ..User::clone(user)
            }
            .into(),
            Holder::Group(group) => Group {
                attached,
                inline,
                ..Group::clone(group)
            }
            .into(),
            Holder::Role(role) => Role {
                attached,
                inline,
                ..Role::clone(role)
            }
            .into(),
        }
    }

    /// Roles of services belong to the services.
    fn check_modifiable(&self) -> Result<(), IamError> {
        match self {
            Holder::Role(role) => role.check_modifiable(),
            _ => Ok(()),
        }
    }
}

impl Directory {
    /// A user, group or role by name.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity`.
    pub fn holder(&self, kind: HolderKind, name: &str) -> Result<Holder, IamError> {
        let found = match kind {
            HolderKind::User => self.users().get(name).cloned().map(Holder::User),
            HolderKind::Group => self.groups().get(name).cloned().map(Holder::Group),
            HolderKind::Role => self.roles().get(name).cloned().map(Holder::Role),
        };
        found.ok_or_else(|| IamError::missing(kind.noun(), name))
    }

    /// A user, group or role of this account by ARN.
    pub fn holder_by_arn(&self, arn: &str) -> Option<Holder> {
        let (account, kind, path, name) = super::arn::parse(arn)?;
        let kind = match kind {
            "user" => HolderKind::User,
            "group" => HolderKind::Group,
            "role" => HolderKind::Role,
            _ => return None,
        };
        let holder = self.holder(kind, name).ok()?;
        let is_it = holder.path() == path && holder.name() == name;
        (account == self.account() && is_it).then_some(holder)
    }

    /// All users, groups and roles.
    pub fn holders(&self) -> impl Iterator<Item = Holder> {
        let users = self.users().iter().cloned().map(Holder::User);
        let groups = self.groups().iter().cloned().map(Holder::Group);
        let roles = self.roles().iter().cloned().map(Holder::Role);
        users.chain(groups).chain(roles)
    }

    /// Attaches a managed policy; one that is attached already stays so. `is_global` says
    /// whether the ARN is of a policy that every account sees.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity`, `LimitExceeded`, `UnmodifiableEntity`.
    pub fn attach(
        &mut self,
        kind: HolderKind,
        name: &str,
        arn: &str,
        is_global: bool,
    ) -> Result<(), IamError> {
        let holder = self.holder(kind, name)?;
        if !is_global && self.policy_by_arn(arn).is_none() {
            let message = format!("Policy {arn} does not exist or is not attachable.");
            return Err(IamError::new(IamErrorKind::NoSuchEntity, message));
        }
        holder.check_modifiable()?;
        let mut attached = holder.attached().clone();
        if !attached.insert(arn.to_owned()) {
            return Ok(());
        }
        if attached.len() > limits::ATTACHED_POLICIES_MAX {
            let (quota, max) = (kind.attached_quota(), limits::ATTACHED_POLICIES_MAX);
            return Err(IamError::over_quota(quota, max));
        }
        self.put(holder.with(attached, holder.inline().clone()));
        Ok(())
    }

    /// Detaches a managed policy.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity` also for one that is not attached; `UnmodifiableEntity`.
    pub fn detach(&mut self, kind: HolderKind, name: &str, arn: &str) -> Result<(), IamError> {
        let holder = self.holder(kind, name)?;
        holder.check_modifiable()?;
        let mut attached = holder.attached().clone();
        if !attached.remove(arn) {
            let message = format!("Policy {arn} was not found.");
            return Err(IamError::new(IamErrorKind::NoSuchEntity, message));
        }
        self.put(holder.with(attached, holder.inline().clone()));
        Ok(())
    }

    /// Sets an inline policy, in the place of one of that name. `chars` counts what a
    /// quota counts of a policy.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity`, `LimitExceeded`, `UnmodifiableEntity`.
    pub fn put_inline(
        &mut self,
        kind: HolderKind,
        name: &str,
        policy: (&str, &Arc<str>),
        chars: impl Fn(&str) -> usize,
    ) -> Result<(), IamError> {
        let holder = self.holder(kind, name)?;
        holder.check_modifiable()?;
        let mut inline = holder.inline().clone();
        inline.retain(|known, _| fold(known) != fold(policy.0));
        inline.insert(policy.0.to_owned(), Arc::clone(policy.1));
        let total: usize = inline.values().map(|text| chars(text)).sum();
        let max = kind.inline_chars_max();
        if total > max {
            let message = format!(
                "Maximum policy size of {max} bytes exceeded for {} {name}",
                kind.noun()
            );
            return Err(IamError::new(IamErrorKind::LimitExceeded, message));
        }
        self.put(holder.with(holder.attached().clone(), inline));
        Ok(())
    }

    /// Takes an inline policy away.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity`, `UnmodifiableEntity`.
    pub fn delete_inline(
        &mut self,
        kind: HolderKind,
        name: &str,
        policy: &str,
    ) -> Result<(), IamError> {
        let holder = self.holder(kind, name)?;
        holder.check_modifiable()?;
        let known = holder.inline_policy(policy)?.0.to_owned();
        let mut inline = holder.inline().clone();
        inline.remove(&known);
        self.put(holder.with(holder.attached().clone(), inline));
        Ok(())
    }

    /// Sets or takes away the permissions boundary of a user or role. `is_global` says
    /// whether the ARN is of a policy that every account sees.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity`, `UnmodifiableEntity`; `InvalidInput` for a group.
    pub fn bound(
        &mut self,
        kind: HolderKind,
        name: &str,
        boundary: Option<&str>,
        is_global: bool,
    ) -> Result<(), IamError> {
        let holder = self.holder(kind, name)?;
        if let Some(arn) = boundary {
            self.check_boundary(arn, is_global)?;
        }
        holder.check_modifiable()?;
        let boundary = boundary.map(str::to_owned);
        match holder {
            Holder::User(user) => self.put(User {
                boundary,
                ..User::clone(&user)
            }),
            Holder::Role(role) => self.put(Role {
                boundary,
                ..Role::clone(&role)
            }),
            Holder::Group(_) => {
                let message = "A group has no permissions boundary.";
                return Err(IamError::new(IamErrorKind::InvalidInput, message));
            }
        }
        Ok(())
    }

    /// Whether a policy can be a boundary: it is there.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity`.
    pub fn check_boundary(&self, arn: &str, is_global: bool) -> Result<(), IamError> {
        if is_global || self.policy_by_arn(arn).is_some() {
            return Ok(());
        }
        let message = format!("Scope ARN: {arn} does not exist or is not attachable.");
        Err(IamError::new(IamErrorKind::NoSuchEntity, message))
    }
}
