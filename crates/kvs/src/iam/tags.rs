//! Tags of an identity: keys are unique whatever their letter case, which is kept.

use std::collections::BTreeMap;

use super::{IamError, IamErrorKind};
use crate::limits;

/// Tags by key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags(BTreeMap<String, String>);

impl Tags {
    /// The tags of a request. The model has checked characters and lengths.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a key that comes twice or is reserved; `LimitExceeded`.
    pub fn given<'a>(
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Tags, IamError> {
        let mut tags = Tags::default();
        for (key, value) in pairs {
            if tags.get(key).is_some() {
                return Err(IamError::new(IamErrorKind::InvalidInput, TWICE));
            }
            if key.to_lowercase().starts_with(RESERVED) {
                return Err(IamError::new(IamErrorKind::InvalidInput, RESERVED_KEY));
            }
            tags.set(key, value);
        }
        tags.within_quota()
    }

    /// These with others over them, as TagUser and its kin make them.
    ///
    /// # Errors
    ///
    /// `LimitExceeded`.
    pub fn with(&self, given: &Tags) -> Result<Tags, IamError> {
        let mut tags = self.clone();
        for (key, value) in given.iter() {
            tags.set(key, value);
        }
        tags.within_quota()
    }

    /// These without some, as UntagUser and its kin make them. A key that is not there
    /// is no error.
    pub fn without(&self, keys: &[String]) -> Tags {
        let mut tags = self.clone();
        for key in keys {
            tags.remove(key);
        }
        tags
    }

    fn within_quota(self) -> Result<Tags, IamError> {
        let max = limits::TAGS_PER_ENTITY_MAX;
        match self.len() <= max {
            true => Ok(self),
            false => Err(IamError::over_quota("TagsPerResource", max)),
        }
    }

    /// Sets a tag; one whose key differs in letter case alone is replaced.
    pub fn set(&mut self, key: &str, value: &str) {
        self.remove(key);
        self.0.insert(key.to_owned(), value.to_owned());
    }

    /// Removes a tag, whatever the letter case of its key.
    pub fn remove(&mut self, key: &str) {
        self.0.retain(|old, _| !same(old, key));
    }

    /// The value of a tag, whatever the letter case of its key.
    pub fn get(&self, key: &str) -> Option<&str> {
        let exact = self.0.get(key);
        let found = exact.or_else(|| {
            let mut entries = self.0.iter();
            entries.find_map(|(old, value)| same(old, key).then_some(value))
        });
        found.map(String::as_str)
    }

    /// Key and value, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

impl<'a> FromIterator<(&'a str, &'a str)> for Tags {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(pairs: I) -> Tags {
        let mut tags = Tags::default();
        for (key, value) in pairs {
            tags.set(key, value);
        }
        tags
    }
}

const TWICE: &str = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
const RESERVED: &str = "aws:";
const RESERVED_KEY: &str = "Tag keys that begin with aws: are reserved for system use.";

#[cfg(test)]
mod tests {
    use super::Tags;
    use crate::iam::IamErrorKind;

    #[test]
    fn tags_of_a_request_are_checked() {
        let refused = |pairs: &[(&str, &str)]| {
            let error = Tags::given(pairs.iter().copied()).unwrap_err();
            (error.kind, error.message)
        };
        let (kind, message) = refused(&[("Team", "a"), ("tEAM", "b")]);
        assert_eq!(kind, IamErrorKind::InvalidInput);
        assert!(
            message.starts_with("Duplicate tag keys found."),
            "{message}"
        );
        let (kind, _) = refused(&[("AWS:team", "a")]);
        assert_eq!(kind, IamErrorKind::InvalidInput);
        let many: Vec<String> = (0..51).map(|n| n.to_string()).collect();
        let pairs: Vec<_> = many.iter().map(|key| (&key[..], "")).collect();
        let (kind, message) = refused(&pairs);
        assert_eq!(kind, IamErrorKind::LimitExceeded);
        assert_eq!(message, "Cannot exceed quota for TagsPerResource: 50");
        assert_eq!(Tags::given(pairs[..50].iter().copied()).unwrap().len(), 50);
    }

    #[test]
    fn tags_are_put_over_others_and_taken_away() {
        let many: Vec<String> = (0..50).map(|n| format!("Key{n}")).collect();
        let full = Tags::given(many.iter().map(|key| (&key[..], "old"))).unwrap();
        let same = full.with(&Tags::from_iter([("kEY7", "new")])).unwrap();
        assert_eq!((same.len(), same.get("Key7")), (50, Some("new")));
        let error = full.with(&Tags::from_iter([("other", "")])).unwrap_err();
        assert_eq!(error.kind, IamErrorKind::LimitExceeded);
        let rest = full.without(&["KEY1".to_owned(), "nobody".to_owned()]);
        assert_eq!((rest.len(), rest.get("Key1")), (49, None));
    }

    #[test]
    fn keys_are_unique_whatever_their_case() {
        let mut tags = Tags::from_iter([("Site", "a"), ("team", "b"), ("SITE", "c")]);
        assert_eq!(tags.get("site"), Some("c"));
        assert_eq!(
            tags.iter().collect::<Vec<_>>(),
            [("SITE", "c"), ("team", "b")]
        );
        tags.remove("Team");
        assert_eq!(tags.len(), 1);
    }
}
