//! What a user's password must be, in AWS's words, and how long it lasts.

use super::{IamError, IamErrorKind, LoginProfile, PasswordPolicy};

/// Checks a new password against the account's policy, or without one against the default:
/// eight characters, of three of the four classes, and none of `names`.
///
/// # Errors
///
/// `PasswordPolicyViolation`, which says all that is missing.
pub fn check(
    policy: Option<&PasswordPolicy>,
    password: &str,
    names: &[&str],
) -> Result<(), IamError> {
    let length_min = policy.map_or(DEFAULT_LENGTH_MIN, |policy| policy.length_min as usize);
    if password.chars().count() < length_min {
        let what = format!("Password should have a minimum length of {length_min}");
        return Err(violation(what));
    }
    if policy.is_none() && names.iter().any(|name| name.eq_ignore_ascii_case(password)) {
        return Err(violation(
            "Password should not be the name of its account or user",
        ));
    }
    let (wanted, enough) = match policy {
        None => ([true; 4], DEFAULT_CLASSES_MIN),
        Some(policy) => {
            let (upper, lower) = (policy.uppercase, policy.lowercase);
            ([upper, lower, policy.numbers, policy.symbols], 4)
        }
    };
    let unmet: Vec<&str> = CLASSES
        .iter()
        .zip(wanted)
        .filter(|((_, is_of), wanted)| *wanted && !password.chars().any(is_of))
        .map(|((what, _), _)| *what)
        .collect();
    let met = CLASSES.len() - unmet.len();
    match enough.saturating_sub(met) {
        0 => Ok(()),
        1 if unmet.len() == 1 => Err(violation(format!("{LACKS} {}", unmet[0]))),
        more => {
            let unmet: Vec<_> = unmet.iter().map(|what| format!("{LACKS} {what}")).collect();
            let unmet = unmet.join(", ");
            let what = "of the following requirements:";
            Err(violation(format!(
                "Password should meet {more} more {what} {unmet}"
            )))
        }
    }
}

/// Hashes of the passwords that must not come again, the present one first.
pub fn barred(policy: Option<&PasswordPolicy>, login: &LoginProfile) -> Vec<String> {
    let count = policy.and_then(|policy| policy.reuse_prevention);
    let all = std::iter::once(&login.hash).chain(&login.history);
    all.take(count.unwrap_or(0) as usize).cloned().collect()
}

/// A password that was used before.
pub fn used_before() -> IamError {
    violation("Password should not be one of those that were used before")
}

/// When a password set at this time expires, milliseconds since the epoch; `None` if it
/// does not.
pub fn expires_ms(policy: Option<&PasswordPolicy>, login: &LoginProfile) -> Option<u64> {
    let days = policy?.age_days_max?;
    Some(login.changed_ms.saturating_add(u64::from(days) * DAY_MS))
}

/// The profile with another password.
pub fn set(login: &LoginProfile, hash: String, now_ms: u64, must_reset: bool) -> LoginProfile {
    let mut history = vec![login.hash.clone()];
    history.extend(login.history.iter().take(HISTORY_MAX - 1).cloned());
    LoginProfile {
        hash,
        history,
        changed_ms: now_ms,
        must_reset,
        ..login.clone()
    }
}

fn violation(what: impl Into<String>) -> IamError {
    IamError::new(IamErrorKind::PasswordPolicyViolation, what)
}

type Class = (&'static str, fn(char) -> bool);

const CLASSES: [Class; 4] = [
    ("uppercase letter", |c| c.is_ascii_uppercase()),
    ("lowercase letter", |c| c.is_ascii_lowercase()),
    ("number", |c| c.is_ascii_digit()),
    ("symbol", |c| SYMBOLS.contains(c)),
];
const LACKS: &str = "Password should have at least one";
const SYMBOLS: &str = "!@#$%^&*()_+-=[]{}|'";
const DEFAULT_LENGTH_MIN: usize = 8;
const DEFAULT_CLASSES_MIN: usize = 3;
/// Earlier passwords that are remembered: the most that a policy can ask for.
const HISTORY_MAX: usize = 24;
const DAY_MS: u64 = 86_400_000;

#[cfg(test)]
mod tests {
    use super::{barred, check, expires_ms, set};
    use crate::iam::PasswordPolicy;
    use crate::iam::users::tests::login;

    fn strict() -> PasswordPolicy {
        PasswordPolicy {
            length_min: 10,
            symbols: true,
            numbers: true,
            uppercase: true,
            lowercase: true,
            users_may_change: false,
            age_days_max: Some(90),
            reuse_prevention: Some(3),
            hard_expiry: false,
        }
    }

    fn fault(policy: Option<&PasswordPolicy>, password: &str) -> String {
        let result = check(policy, password, &["Camera-Firm1"]);
        result.err().map(|error| error.message).unwrap_or_default()
    }

    #[test]
    fn a_policy_says_what_is_missing() {
        let policy = strict();
        let fault = |password| fault(Some(&policy), password);
        assert_eq!(fault("Abcdefg-1234"), "");
        assert_eq!(fault("Ab-1"), "Password should have a minimum length of 10");
        let one = "Password should have at least one symbol";
        assert_eq!(fault("Abcdefg1234"), one);
        let two = "Password should meet 2 more of the following requirements: \
                   Password should have at least one uppercase letter, \
                   Password should have at least one symbol";
        assert_eq!(fault("abcdefg1234"), two);
    }

    #[test]
    fn without_a_policy_three_classes_do() {
        for good in ["Abcdefg1", "abcdef-1", "ABCDEF-1", "Abcdefg-"] {
            assert_eq!(fault(None, good), "");
        }
        assert_eq!(
            fault(None, "Abc-1"),
            "Password should have a minimum length of 8"
        );
        let more = fault(None, "abcdefg1");
        let start = "Password should meet 1 more of the following requirements: ";
        assert!(more.starts_with(start), "{more}");
        assert!(fault(None, "abcdefgh").starts_with("Password should meet 2 more"));
        assert!(!fault(None, "camera-firm1").is_empty());
    }

    #[test]
    fn passwords_are_remembered_and_expire() {
        let policy = strict();
        let mut profile = login(1000);
        for n in 0..30 {
            profile = set(&profile, format!("hash{n}"), 2000 + n, false);
        }
        assert_eq!(profile.history.len(), 24);
        assert_eq!(
            barred(Some(&policy), &profile),
            ["hash29", "hash28", "hash27"]
        );
        assert!(barred(None, &profile).is_empty());
        assert_eq!(
            expires_ms(Some(&policy), &profile),
            Some(2029 + 90 * 86_400_000)
        );
        assert_eq!(expires_ms(None, &profile), None);
    }
}
