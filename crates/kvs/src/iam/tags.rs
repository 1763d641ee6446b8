//! Tags of an identity: keys are unique whatever their letter case, which is kept.

use std::collections::BTreeMap;

/// Tags by key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags(BTreeMap<String, String>);

impl Tags {
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

#[cfg(test)]
mod tests {
    use super::Tags;

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
