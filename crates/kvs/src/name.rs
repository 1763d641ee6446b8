//! Names and ids, parsed once at the edge.
//!
//! Below the edge nobody checks a name again: to hold one of these types is to hold a
//! valid value.

use std::fmt;
use std::sync::Arc;

/// A stream's name: 1 to 256 characters of `[a-zA-Z0-9_.-]`, case-sensitive.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamName(Arc<str>);

impl StreamName {
    /// Parses a name; `None` if it is not one.
    pub fn parse(text: &str) -> Option<StreamName> {
        let length_ok = (1..=256).contains(&text.len());
        let charset_ok = text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
        (length_ok && charset_ok).then(|| StreamName(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An account id: exactly 12 decimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId([u8; 12]);

impl AccountId {
    /// Parses an id; `None` if it is not one.
    pub fn parse(text: &str) -> Option<AccountId> {
        let digits: [u8; 12] = text.as_bytes().try_into().ok()?;
        digits
            .iter()
            .all(u8::is_ascii_digit)
            .then_some(AccountId(digits))
    }

    /// The 12 digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("an account id holds ASCII digits only")
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A stream's internal id, random and never used again: media, rows and keys of a
/// deleted stream cannot be mistaken for those of a new one with the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId(pub u64);

#[cfg(test)]
mod tests {
    use super::{AccountId, StreamName};

    #[test]
    fn stream_names() {
        for good in ["a", "cam-1", "A_b.c-D", &"x".repeat(256)] {
            assert!(StreamName::parse(good).is_some(), "{good}");
        }
        for bad in ["", "a b", "ä", "a/b", "a\n", &"x".repeat(257)] {
            assert!(StreamName::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn account_ids() {
        assert_eq!(
            AccountId::parse("012345678901").unwrap().as_str(),
            "012345678901"
        );
        for bad in [
            "",
            "12345678901",
            "0123456789012",
            "01234567890a",
            "٠12345678901",
        ] {
            assert!(AccountId::parse(bad).is_none(), "{bad}");
        }
    }
}
