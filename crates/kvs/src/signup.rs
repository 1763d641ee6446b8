//! Signing up for an account: what is kept while it is under way, and its rules.
//!
//! Codes themselves are nowhere: a [`Challenge`] has the digest of one, made with a key
//! that only the server knows and bound to its sign-up.

use std::fmt;

use crate::account::PasswordHash;
use crate::limits;
use crate::name::AccountId;

/// A sign-up that is not finished.
#[derive(Clone, PartialEq, Eq)]
pub struct Signup {
    /// The address of the root user to be.
    pub email: String,
    /// The account's name.
    pub name: String,
    /// Telephone number in the form `+15550100`.
    pub phone: Option<String>,
    /// The root user's password.
    pub password: PasswordHash,
    /// Digest of the invitation it came with.
    pub invitation: Option<String>,
    /// Whether the address is proven.
    pub email_verified: bool,
    /// The proof that is asked for next.
    pub challenge: Challenge,
    /// When it is forgotten, milliseconds since the epoch.
    pub expires_ms: u64,
}

/// A code that was sent and is waited for.
#[derive(Clone, PartialEq, Eq)]
pub struct Challenge {
    /// Where it was sent to.
    pub channel: Channel,
    /// Digest of the code; `None` if nothing was sent, so that no code is right.
    pub digest: Option<[u8; 32]>,
    /// Until when it counts, milliseconds since the epoch.
    pub expires_ms: u64,
    /// How many wrong ones are still heard.
    pub tries_left: u8,
}

/// What a code is sent over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// Mail.
    Email,
    /// A text message or a call.
    Phone,
}

/// What became of a code that somebody gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried {
    /// It is the one. It counts only once: the challenge is spent.
    Right,
    /// It is not, or it was used, or it is too old: all the same to who asks.
    Wrong,
    /// No more are heard: another code must be sent.
    Exhausted,
}

/// A way to a new password for a root user, known to who reads its mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reset {
    /// The account.
    pub account: AccountId,
    /// When it was made, milliseconds since the epoch. A password set since makes it void.
    pub issued_ms: u64,
    /// Until when it counts, milliseconds since the epoch.
    pub expires_ms: u64,
    /// How many wrong codes of a device are still heard.
    pub tries_left: u8,
}

impl Challenge {
    /// A challenge that was just sent.
    pub fn new(channel: Channel, digest: Option<[u8; 32]>, now_ms: u64) -> Challenge {
        Challenge {
            channel,
            digest,
            expires_ms: now_ms + limits::CODE_MS_MAX,
            tries_left: limits::CODE_TRIES_MAX,
        }
    }

    /// Holds a code's digest against it, which is noted: the caller commits the
    /// challenge before it tells anybody.
    pub fn offer(&mut self, digest: &[u8; 32], now_ms: u64) -> Tried {
        if self.tries_left == 0 {
            return Tried::Exhausted;
        }
        self.tries_left -= 1;
        let sent = self.digest.unwrap_or([0; 32]);
        // Without an early end, which would tell how much of it is right.
        let differing = sent.iter().zip(digest).fold(0, |all, (a, b)| all | (a ^ b));
        if self.digest.is_none() || now_ms >= self.expires_ms || differing != 0 {
            return Tried::Wrong;
        }
        self.digest = None;
        Tried::Right
    }
}

/// An address that mail can go to: 5 to 64 characters, one `@` with something on both
/// sides, no spaces or control characters. Whether it exists only mail tells.
pub fn is_email(text: &str) -> bool {
    let plain = text
        .chars()
        .all(|c| !c.is_whitespace() && !c.is_control() && !"<>()[],;:\\\"".contains(c));
    let parts = text.split_once('@');
    plain
        && (5..=64).contains(&text.chars().count())
        && parts.is_some_and(|(user, domain)| {
            !user.is_empty()
                && !domain.contains('@')
                && !domain.starts_with(['.', '-'])
                && !domain.ends_with(['.', '-'])
                && domain.len() >= 2
        })
}

/// A telephone number in the form `+15550100` (E.164: 7 to 15 digits), without the
/// spaces, dots, dashes and brackets that people write.
pub fn phone(text: &str) -> Option<String> {
    let plain: String = text.chars().filter(|c| !" -.()".contains(*c)).collect();
    let digits = plain.strip_prefix('+')?;
    let good = (7..=15).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0');
    (good && text.len() <= 40).then_some(plain)
}

/// An account's name: 1 to 50 characters, none of them for control.
pub fn is_account_name(text: &str) -> bool {
    (1..=50).contains(&text.chars().count())
        && !text.chars().any(char::is_control)
        && !text.trim().is_empty()
}

/// What is wrong with a root user's password: AWS asks for 8 to 128 characters, three of
/// the four classes (upper case, lower case, digits, others), and that it is neither the
/// address nor the account's name.
pub fn password_fault(password: &str, email: &str, name: &str) -> Option<&'static str> {
    let length = password.chars().count();
    if !(8..=128).contains(&length) {
        return Some("The password must have 8 to 128 characters.");
    }
    let classes = [
        password.chars().any(|c| c.is_uppercase()),
        password.chars().any(|c| c.is_lowercase()),
        password.chars().any(|c| c.is_ascii_digit()),
        password.chars().any(|c| !c.is_alphanumeric()),
    ];
    if classes.iter().filter(|class| **class).count() < 3 {
        return Some(
            "The password must have three of these: upper-case letters, lower-case letters, \
             digits, other characters.",
        );
    }
    let lower = password.to_lowercase();
    if lower == email.to_lowercase() || lower == name.to_lowercase() {
        return Some("The password must not be the e-mail address or the account's name.");
    }
    None
}

impl fmt::Debug for Signup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signup")
            .field("email", &self.email)
            .field("name", &self.name)
            .field("challenge", &self.challenge)
            .finish_non_exhaustive()
    }
}

// A digest of so few digits is as good as the code.
impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Challenge")
            .field("channel", &self.channel)
            .field("expires_ms", &self.expires_ms)
            .field("tries_left", &self.tries_left)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{Challenge, Channel, Tried, is_account_name, is_email, password_fault, phone};
    use crate::limits;

    #[test]
    fn a_code_counts_once_and_few_are_heard() {
        let mut challenge = Challenge::new(Channel::Email, Some([7; 32]), 1000);
        let mut late = challenge.clone();
        assert_eq!(
            late.offer(&[7; 32], 1000 + limits::CODE_MS_MAX),
            Tried::Wrong
        );
        assert_eq!(challenge.offer(&[8; 32], 1000), Tried::Wrong);
        assert_eq!(challenge.offer(&[7; 32], 1000), Tried::Right);
        assert_eq!(challenge.offer(&[7; 32], 1000), Tried::Wrong);
        let mut guessed = Challenge::new(Channel::Phone, Some([7; 32]), 0);
        for _ in 0..limits::CODE_TRIES_MAX {
            assert_eq!(guessed.offer(&[1; 32], 0), Tried::Wrong);
        }
        assert_eq!(guessed.offer(&[7; 32], 0), Tried::Exhausted);
        // Where nothing was sent, not even the digest of nothing is right.
        let mut nothing = Challenge::new(Channel::Email, None, 0);
        assert_eq!(nothing.offer(&[0; 32], 0), Tried::Wrong);
    }

    #[test]
    fn addresses_and_numbers() {
        for good in ["a@b.c", "some.one+cameras@mail.example", "ä@example.com"] {
            assert!(is_email(good), "{good}");
        }
        let long = format!("{}@example.com", "x".repeat(64));
        for bad in [
            "",
            "a@b",
            "@example.com",
            "a@",
            "a b@example.com",
            "a@b@c.d",
            "a@example.com\r\nBcc: all",
            "<a@example.com>",
            "a@.example",
            &long,
        ] {
            assert!(!is_email(bad), "{bad}");
        }
        assert_eq!(phone("+1 (555) 010-0").as_deref(), Some("+15550100"));
        for bad in [
            "",
            "15550100",
            "+0155501",
            "+1555",
            "+1555010a",
            "+1234567890123456",
        ] {
            assert_eq!(phone(bad), None, "{bad}");
        }
        assert!(is_account_name("Häuser & Höfe"));
        assert!(!is_account_name("a\nb") && !is_account_name(" "));
    }

    #[test]
    fn passwords_of_root() {
        let fault = |password| password_fault(password, "someone@example.com", "My House 1");
        assert_eq!(fault("Cameras-1"), None);
        assert_eq!(fault("cameras 1 ä"), None);
        for bad in [
            "Short-1",
            "onlylowercase1",
            "Someone@Example.com",
            "my house 1",
            &"aA1".repeat(43),
        ] {
            assert!(fault(bad).is_some(), "{bad}");
        }
    }
}
