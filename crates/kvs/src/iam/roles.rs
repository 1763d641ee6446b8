//! Roles: what may be done with them, and when they may go.

use std::sync::Arc;

use super::{Directory, EntityKind, IamError, IamErrorKind, InstanceProfile, Role};

impl Role {
    /// Whether its account may change it: roles of services belong to the services.
    ///
    /// # Errors
    ///
    /// `UnmodifiableEntity`.
    pub fn check_modifiable(&self) -> Result<(), IamError> {
        if !is_reserved(&self.path) {
            return Ok(());
        }
        let name = &self.name;
        let message = format!(
            "Cannot perform the operation on the protected role '{name}' - this role is only \
             modifiable by AWS"
        );
        Err(IamError::new(IamErrorKind::UnmodifiableEntity, message))
    }
}

impl Directory {
    /// A role by name.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity`.
    pub fn role(&self, name: &str) -> Result<&Arc<Role>, IamError> {
        let role = self.roles().get(name);
        role.ok_or_else(|| IamError::missing("role", name))
    }

    /// Adds a role, unless there are `max` in the account. `is_global` says whether its
    /// boundary is a policy that every account sees.
    ///
    /// # Errors
    ///
    /// `EntityAlreadyExists`, `LimitExceeded`, `InvalidInput` for a path of services,
    /// `NoSuchEntity` for its boundary.
    pub fn create_role(&mut self, role: Role, is_global: bool, max: usize) -> Result<(), IamError> {
        if is_reserved(&role.path) {
            let path = &role.path;
            let message = format!("The path {path} is reserved for roles of services.");
            return Err(IamError::new(IamErrorKind::InvalidInput, message));
        }
        self.roles().admit("Role", &role.name, max)?;
        if let Some(arn) = &role.boundary {
            self.check_boundary(arn, is_global)?;
        }
        self.put(role);
        Ok(())
    }

    /// Changes a role.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity`, `UnmodifiableEntity`, and the change's own.
    pub fn update_role(
        &mut self,
        name: &str,
        change: impl FnOnce(&mut Role) -> Result<(), IamError>,
    ) -> Result<Arc<Role>, IamError> {
        let mut role = Role::clone(self.role(name)?);
        role.check_modifiable()?;
        change(&mut role)?;
        let role = Arc::new(role);
        self.put(super::Entity::Role(Arc::clone(&role)));
        Ok(role)
    }

    /// Deletes a role that nothing hangs on.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity`, `DeleteConflict`, `UnmodifiableEntity`.
    pub fn delete_role(&mut self, name: &str) -> Result<(), IamError> {
        let role = Arc::clone(self.role(name)?);
        role.check_modifiable()?;
        if self.profiles_of(&role).next().is_some() {
            return Err(IamError::delete_conflict(
                "remove roles from instance profile",
            ));
        }
        if !role.attached.is_empty() {
            return Err(IamError::delete_conflict("detach all policies"));
        }
        if !role.inline.is_empty() {
            return Err(IamError::delete_conflict("delete policies"));
        }
        self.delete(EntityKind::Role, &role.id);
        Ok(())
    }

    /// The instance profiles a role is in, sorted by lower-case name.
    pub fn profiles_of<'a>(
        &'a self,
        role: &Role,
    ) -> impl Iterator<Item = &'a Arc<InstanceProfile>> + use<'a> {
        let id = role.id.clone();
        let profiles = self.instance_profiles().iter();
        profiles.filter(move |profile| profile.role.as_ref() == Some(&id))
    }

    /// An instance profile by name.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity`.
    pub fn instance_profile(&self, name: &str) -> Result<&Arc<InstanceProfile>, IamError> {
        self.instance_profiles().get(name).ok_or_else(|| {
            let message = format!("Instance Profile {name} cannot be found.");
            IamError::new(IamErrorKind::NoSuchEntity, message)
        })
    }

    /// Adds an instance profile, unless there are `max` in the account.
    ///
    /// # Errors
    ///
    /// `EntityAlreadyExists`, `LimitExceeded`.
    pub fn create_instance_profile(
        &mut self,
        profile: InstanceProfile,
        max: usize,
    ) -> Result<(), IamError> {
        if self.instance_profiles().get(&profile.name).is_some() {
            let message = format!("Instance Profile {} already exists.", profile.name);
            return Err(IamError::new(IamErrorKind::EntityAlreadyExists, message));
        }
        if self.instance_profiles().len() >= max {
            return Err(IamError::over_quota("InstanceProfilesPerAccount", max));
        }
        self.put(profile);
        Ok(())
    }

    /// Puts a role into an instance profile, which holds one at most.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity`, `LimitExceeded`, `UnmodifiableEntity`.
    pub fn add_role_to_profile(&mut self, profile: &str, role: &str) -> Result<(), IamError> {
        let profile = InstanceProfile::clone(self.instance_profile(profile)?);
        let role = self.role(role)?;
        role.check_modifiable()?;
        if profile.role.is_some() {
            return Err(IamError::over_quota(
                "InstanceSessionsPerInstanceProfile",
                1,
            ));
        }
        let role = Some(role.id.clone());
        self.put(InstanceProfile { role, ..profile });
        Ok(())
    }

    /// Takes a role out of an instance profile.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity` also if it is not in it; `UnmodifiableEntity`.
    pub fn remove_role_from_profile(&mut self, profile: &str, role: &str) -> Result<(), IamError> {
        let profile = InstanceProfile::clone(self.instance_profile(profile)?);
        let role = self.role(role)?;
        role.check_modifiable()?;
        if profile.role.as_ref() != Some(&role.id) {
            let (role, profile) = (&role.name, &profile.name);
            let message = format!("Role {role} is not in instance profile {profile}.");
            return Err(IamError::new(IamErrorKind::NoSuchEntity, message));
        }
        let role = None;
        self.put(InstanceProfile { role, ..profile });
        Ok(())
    }

    /// Deletes an instance profile without a role.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity`, `DeleteConflict`.
    pub fn delete_instance_profile(&mut self, name: &str) -> Result<(), IamError> {
        let profile = self.instance_profile(name)?;
        if profile.role.is_some() {
            return Err(IamError::delete_conflict(
                "remove roles from instance profile",
            ));
        }
        let id = profile.id.clone();
        self.delete(EntityKind::InstanceProfile, &id);
        Ok(())
    }
}

/// Paths of roles that services make for themselves.
fn is_reserved(path: &str) -> bool {
    RESERVED.iter().any(|reserved| path.starts_with(reserved))
}

const RESERVED: &[&str] = &["/aws-service-role/", "/aws-reserved/"];
