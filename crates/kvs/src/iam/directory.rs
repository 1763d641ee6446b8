//! A whole account as a value, and what was changed of it.

use std::sync::Arc;

use super::shelf::Shelf;
use super::{
    Entity, EntityId, EntityKind, Group, IamError, InstanceProfile, MfaDevice, OidcProvider,
    Policy, Role, Settings, User,
};
use crate::account::{AccessKey, AccountState, PasswordHash};
use crate::name::AccountId;

/// An account's identities. A clone is cheap: it shares what neither side changes.
#[derive(Clone, Debug)]
pub struct Directory {
    account: AccountId,
    state: AccountState,
    revision: u64,
    settings: Arc<Settings>,
    users: Shelf<User>,
    groups: Shelf<Group>,
    roles: Shelf<Role>,
    policies: Shelf<Policy>,
    instance_profiles: Shelf<InstanceProfile>,
    mfa_devices: Shelf<MfaDevice>,
    oidc_providers: Shelf<OidcProvider>,
    changes: Vec<Change>,
}

/// One change, to be committed with the others of its operation.
#[derive(Clone, Debug)]
pub enum Change {
    /// An entity is new or different.
    Put(Entity),
    /// An entity is gone.
    Delete(EntityKind, EntityId),
    /// An access key is new or different; [`Directory`] itself holds no secrets of keys.
    PutAccessKey(AccessKey),
    /// Whether an access key is accepted has changed.
    SetAccessKey {
        /// Its id.
        id: String,
        /// Whether it is accepted.
        active: bool,
    },
    /// An access key is gone.
    DeleteAccessKey(String),
    /// The alias changed; the store sees to it that no two accounts have the same.
    Alias {
        /// The one before.
        old: Option<String>,
        /// The one from now on.
        new: Option<String>,
    },
    /// The account's state changed.
    State(AccountState),
    /// The root user has another password.
    RootPassword(PasswordHash),
}

impl Directory {
    /// An account from its stored entities.
    pub fn new(
        account: AccountId,
        revision: u64,
        entities: impl IntoIterator<Item = Entity>,
    ) -> Directory {
        let mut directory = Directory {
            account,
            state: AccountState::Active,
            revision,
            settings: Arc::default(),
            users: Shelf::default(),
            groups: Shelf::default(),
            roles: Shelf::default(),
            policies: Shelf::default(),
            instance_profiles: Shelf::default(),
            mfa_devices: Shelf::default(),
            oidc_providers: Shelf::default(),
            changes: Vec::new(),
        };
        for entity in entities {
            directory.place(entity);
        }
        directory
    }

    /// The account.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// Whether the account is in use.
    pub fn state(&self) -> AccountState {
        self.state
    }

    /// The same account in another state, which is not a change of it: for the store.
    pub fn in_state(mut self, state: AccountState) -> Directory {
        self.state = state;
        self
    }

    /// Changes the account's state.
    pub fn change_state(&mut self, state: AccountState) {
        self.state = state;
        self.changes.push(Change::State(state));
    }

    /// Goes up with every committed change.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// What the account has only one of.
    pub fn settings(&self) -> &Arc<Settings> {
        &self.settings
    }

    /// Its users.
    pub fn users(&self) -> &Shelf<User> {
        &self.users
    }

    /// Its groups.
    pub fn groups(&self) -> &Shelf<Group> {
        &self.groups
    }

    /// Its roles.
    pub fn roles(&self) -> &Shelf<Role> {
        &self.roles
    }

    /// Its customer managed policies.
    pub fn policies(&self) -> &Shelf<Policy> {
        &self.policies
    }

    /// Its instance profiles.
    pub fn instance_profiles(&self) -> &Shelf<InstanceProfile> {
        &self.instance_profiles
    }

    /// Its virtual MFA devices, assigned or not.
    pub fn mfa_devices(&self) -> &Shelf<MfaDevice> {
        &self.mfa_devices
    }

    /// Its OIDC providers.
    pub fn oidc_providers(&self) -> &Shelf<OidcProvider> {
        &self.oidc_providers
    }

    /// Puts an entity in the place of the one with its id, if there is one. The caller
    /// has seen to it that its name is free.
    pub fn put(&mut self, entity: impl Into<Entity>) {
        let entity = entity.into();
        self.changes.push(Change::Put(entity.clone()));
        self.place(entity);
    }

    /// Changes an entity that is there; if `change` leaves it as it is, nothing is written.
    ///
    /// # Errors
    ///
    /// Those of `change`.
    pub(super) fn edit<E: Clone + PartialEq + Into<Entity>, T>(
        &mut self,
        before: &E,
        change: impl FnOnce(&mut E) -> Result<T, IamError>,
    ) -> Result<T, IamError> {
        let mut after = before.clone();
        let value = change(&mut after)?;
        if after != *before {
            self.put(after);
        }
        Ok(value)
    }

    /// Takes an entity away. The caller has seen to it that nothing hangs on it.
    pub fn delete(&mut self, kind: EntityKind, id: &EntityId) {
        self.changes.push(Change::Delete(kind, id.clone()));
        match kind {
            EntityKind::Settings => self.settings = Arc::default(),
            EntityKind::User => drop(self.users.remove(id)),
            EntityKind::Group => drop(self.groups.remove(id)),
            EntityKind::Role => drop(self.roles.remove(id)),
            EntityKind::Policy => drop(self.policies.remove(id)),
            EntityKind::InstanceProfile => drop(self.instance_profiles.remove(id)),
            EntityKind::MfaDevice => drop(self.mfa_devices.remove(id)),
            EntityKind::OidcProvider => drop(self.oidc_providers.remove(id)),
        }
    }

    /// Notes a change of something that lies outside: an access key's secret, the alias.
    pub fn note(&mut self, change: Change) {
        self.changes.push(change);
    }

    /// What changed since the value was made, to be committed.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The same account after its changes were committed.
    pub fn committed(mut self) -> Directory {
        self.revision += 1;
        self.changes.clear();
        self
    }

    fn place(&mut self, entity: Entity) {
        match entity {
            Entity::Settings(settings) => self.settings = settings,
            Entity::User(user) => self.users.put(user),
            Entity::Group(group) => self.groups.put(group),
            Entity::Role(role) => self.roles.put(role),
            Entity::Policy(policy) => self.policies.put(policy),
            Entity::InstanceProfile(profile) => self.instance_profiles.put(profile),
            Entity::MfaDevice(device) => self.mfa_devices.put(device),
            Entity::OidcProvider(provider) => self.oidc_providers.put(provider),
        }
    }
}

macro_rules! into_entity {
    ($($entity:ident),*) => {$(
        impl From<$entity> for Entity {
            fn from(entity: $entity) -> Entity {
                Entity::$entity(Arc::new(entity))
            }
        }
    )*};
}

into_entity!(
    Settings,
    User,
    Group,
    Role,
    Policy,
    InstanceProfile,
    MfaDevice,
    OidcProvider
);

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::{Change, Directory};
    use crate::iam::{EntityId, EntityKind, Group};
    use crate::name::AccountId;

    fn group(id: &str, name: &str) -> Group {
        Group {
            id: EntityId::new(id),
            name: name.to_owned(),
            path: "/".to_owned(),
            created_ms: 1,
            attached: BTreeSet::new(),
            inline: BTreeMap::new(),
        }
    }

    #[test]
    fn changes_are_collected_and_a_clone_is_untouched() {
        let account = AccountId::parse("012345678901").unwrap();
        let before = Directory::new(account, 7, [group("AGPA1", "Ops").into()]);
        let mut after = before.clone();
        after.put(group("AGPA1", "operators"));
        after.put(group("AGPA2", "Zoo"));
        assert!(after.groups().get("Ops").is_none());
        assert_eq!(
            after.groups().get("OPERATORS").unwrap().id.as_str(),
            "AGPA1"
        );
        let rest: Vec<_> = after
            .groups()
            .after("Operators")
            .map(|g| &g.name[..])
            .collect();
        assert_eq!(rest, ["Zoo"]);
        after.delete(EntityKind::Group, &EntityId::new("AGPA2"));
        assert_eq!((after.groups().len(), after.changes().len()), (1, 3));
        assert!(matches!(
            after.changes()[2],
            Change::Delete(EntityKind::Group, _)
        ));
        assert_eq!(before.groups().get("ops").unwrap().name, "Ops");
        let after = after.committed();
        assert_eq!((after.revision(), after.changes().len()), (8, 0));
    }
}
