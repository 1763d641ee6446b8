//! Entities of one kind, by name and by id.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{EntityId, IamError};

/// What a [`Shelf`] needs of an entity.
pub trait Named {
    /// Its unique id.
    fn id(&self) -> &EntityId;
    /// Its name, unique on the shelf whatever the letter case.
    fn name(&self) -> &str;
}

/// Entities of one kind. A clone shares everything until one of the two changes.
#[derive(Debug)]
pub struct Shelf<T> {
    by_name: Arc<BTreeMap<String, Arc<T>>>,
    by_id: Arc<BTreeMap<EntityId, Arc<T>>>,
}

impl<T: Named> Shelf<T> {
    /// By name, whatever its letter case.
    pub fn get(&self, name: &str) -> Option<&Arc<T>> {
        self.by_name.get(&fold(name))
    }

    /// By unique id.
    pub fn by_id(&self, id: &EntityId) -> Option<&Arc<T>> {
        self.by_id.get(id)
    }

    /// All, sorted by lower-case name.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<T>> {
        self.by_name.values()
    }

    /// Those whose lower-case name comes after `name`'s, in that order: a page's rest.
    pub fn after<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Arc<T>> + use<'a, T> {
        use std::ops::Bound::{Excluded, Unbounded};
        let start = Excluded(fold(name));
        self.by_name
            .range((start, Unbounded))
            .map(|(_, entity)| entity)
    }

    /// Whether a new entity, such as a `User`, may have a name, and there may be one more.
    ///
    /// # Errors
    ///
    /// `EntityAlreadyExists` for a name that differs in letter case at most; `LimitExceeded`.
    pub(super) fn admit(&self, noun: &str, name: &str, max: usize) -> Result<(), IamError> {
        if self.get(name).is_some() {
            return Err(IamError::exists(noun, name));
        }
        if self.len() >= max {
            return Err(IamError::over_quota(&format!("{noun}sPerAccount"), max));
        }
        Ok(())
    }

    /// Whether an entity that is there may have another name, or its own in other letters.
    ///
    /// # Errors
    ///
    /// `EntityAlreadyExists`.
    pub(super) fn check_rename(
        &self,
        noun: &str,
        name: &str,
        new_name: &str,
    ) -> Result<(), IamError> {
        if fold(new_name) != fold(name) && self.get(new_name).is_some() {
            return Err(IamError::exists(noun, new_name));
        }
        Ok(())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// Puts an entity in the place of the one with its id, if there is one.
    pub(super) fn put(&mut self, entity: Arc<T>) {
        self.remove(entity.id());
        let name = fold(entity.name());
        Arc::make_mut(&mut self.by_id).insert(entity.id().clone(), Arc::clone(&entity));
        Arc::make_mut(&mut self.by_name).insert(name, entity);
    }

    /// Takes an entity away.
    pub(super) fn remove(&mut self, id: &EntityId) -> Option<Arc<T>> {
        if !self.by_id.contains_key(id) {
            return None;
        }
        let old = Arc::make_mut(&mut self.by_id).remove(id)?;
        Arc::make_mut(&mut self.by_name).remove(&fold(old.name()));
        Some(old)
    }
}

impl<T> Clone for Shelf<T> {
    fn clone(&self) -> Shelf<T> {
        Shelf {
            by_name: Arc::clone(&self.by_name),
            by_id: Arc::clone(&self.by_id),
        }
    }
}

impl<T> Default for Shelf<T> {
    fn default() -> Shelf<T> {
        Shelf {
            by_name: Arc::default(),
            by_id: Arc::default(),
        }
    }
}

/// Names differ only if they differ in more than letter case.
pub fn fold(name: &str) -> String {
    name.to_ascii_lowercase()
}
