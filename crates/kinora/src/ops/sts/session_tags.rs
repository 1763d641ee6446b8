//! Session tags: `aws:PrincipalTag/…` of a session, and which of them the next inherits.

use std::collections::BTreeMap;

use aws::shapes::sts::Tag;
use kvs::iam::{Session, Tags};
use kvs::limits;

use crate::ops::ApiError;
use crate::ops::sts::invalid;

/// Tags of a session in the making.
#[derive(Clone, Debug, Default)]
pub struct SessionTags {
    /// All of them, inherited ones too.
    pub all: BTreeMap<String, String>,
    /// Those that the request gives.
    pub given: Vec<(String, String)>,
    /// Keys of those that the next session inherits.
    pub transitive: Vec<String>,
}

impl SessionTags {
    /// From a request, and from the session that makes it.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a key that comes twice or is reserved; `ValidationError` for a
    /// transitive key without tag, a tag that would replace an inherited one, or more than
    /// [`limits::TAGS_PER_ENTITY_MAX`].
    pub fn read(
        tags: Option<&[Tag]>,
        transitive: Option<Vec<String>>,
        parent: Option<&Session>,
    ) -> Result<SessionTags, ApiError> {
        let pairs = tags.into_iter().flatten();
        let given = Tags::given(pairs.map(|tag| (tag.key.as_str(), tag.value.as_str())))?;
        let mut kept: Vec<String> = Vec::new();
        for key in transitive.into_iter().flatten() {
            if given.get(&key).is_none() {
                return Err(invalid(format!(
                    "The specified transitive tag key must be included in the requested tags: \
                     {key}"
                )));
            }
            // Named twice, it is inherited once.
            if !kept.iter().any(|known| known.eq_ignore_ascii_case(&key)) {
                kept.push(key);
            }
        }
        let mut transitive = kept;
        let mut all: BTreeMap<String, String> = given
            .iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        for key in parent.into_iter().flat_map(|p| &p.transitive_tag_keys) {
            if given.get(key).is_some() {
                return Err(invalid(
                    "One of the specified transitive tag keys can't be set because it conflicts \
                     with a transitive tag key from the calling session.",
                ));
            }
            let inherited = parent.and_then(|parent| {
                let mut tags = parent.tags.iter();
                tags.find(|(known, _)| known.eq_ignore_ascii_case(key))
            });
            if let Some((key, value)) = inherited {
                all.insert(key.clone(), value.clone());
                transitive.push(key.clone());
            }
        }
        let max = limits::TAGS_PER_ENTITY_MAX;
        if all.len() > max {
            return Err(invalid(format!(
                "A session can have at most {max} tags, those that it inherits among them."
            )));
        }
        let given = given
            .iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()));
        Ok(SessionTags {
            given: given.collect(),
            all,
            transitive,
        })
    }

    /// How many characters they have.
    pub fn len(&self) -> usize {
        let lengths = self.all.iter().map(|(key, value)| key.len() + value.len());
        lengths.sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use aws::shapes::sts::Tag;
    use kvs::iam::{Session, SessionKind};
    use kvs::name::AccountId;

    use super::SessionTags;

    fn tag(key: &str, value: &str) -> Tag {
        Tag {
            key: key.to_owned(),
            value: value.to_owned(),
        }
    }

    fn parent() -> Session {
        let account = AccountId::parse("123456789012").unwrap();
        Session {
            tags: BTreeMap::from([
                ("Team".to_owned(), "a".to_owned()),
                ("Own".to_owned(), "b".to_owned()),
            ]),
            transitive_tag_keys: vec!["team".to_owned()],
            ..Session::new(account, SessionKind::Root, 0, 0)
        }
    }

    #[test]
    fn transitive_tags_are_inherited_and_the_others_are_not() {
        let parent = parent();
        let tags = SessionTags::read(Some(&[tag("site", "x")]), None, Some(&parent)).unwrap();
        let all: Vec<_> = tags.all.iter().map(|(k, v)| (&k[..], &v[..])).collect();
        assert_eq!(all, [("Team", "a"), ("site", "x")]);
        assert_eq!(tags.transitive, ["Team"]);
        assert_eq!(tags.given, [("site".to_owned(), "x".to_owned())]);
    }

    #[test]
    fn a_transitive_key_that_is_named_twice_is_one() {
        let keys = ["a", "A", "a"].map(str::to_owned).to_vec();
        let tags = SessionTags::read(Some(&[tag("a", "1")]), Some(keys), None).unwrap();
        assert_eq!(tags.transitive, ["a"]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let parent = parent();
        let read = |tags: &[Tag], keys: &[&str]| {
            let keys = keys.iter().map(|key| (*key).to_owned()).collect();
            let read = SessionTags::read(Some(tags), Some(keys), Some(&parent));
            read.map(|tags| tags.len()).map_err(|error| error.code)
        };
        let twice = [tag("a", "1"), tag("A", "2")];
        assert_eq!(read(&twice, &[]), Err("InvalidInput"));
        assert_eq!(read(&[tag("TEAM", "b")], &[]), Err("ValidationError"));
        assert_eq!(read(&[tag("a", "1")], &["b"]), Err("ValidationError"));
        assert_eq!(read(&[tag("a", "1")], &["A"]), Ok(7));
        // With the one that is inherited, 49 are the most that can be given.
        let many: Vec<Tag> = (0..50).map(|n| tag(&format!("k{n}"), "")).collect();
        assert!(read(&many[1..], &[]).is_ok());
        assert_eq!(read(&many, &[]), Err("ValidationError"));
    }
}
