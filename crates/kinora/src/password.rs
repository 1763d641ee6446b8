//! Passwords: argon2id (RFC 9106) with its recommended parameters, on threads of its own,
//! a few at a time.
//!
//! A hash takes 19 MiB and some ten milliseconds of a core: guessing must not take the
//! machine (see [`Compute`]).

use argon2::Argon2;
use kvs::limits;

use crate::compute::Compute;
use crate::ops::ApiError;

/// Hashes and checks passwords. One per process.
pub struct Passwords(Compute);

impl Default for Passwords {
    fn default() -> Passwords {
        Passwords(Compute::new(
            limits::PASSWORDS_AT_ONCE_MAX,
            limits::PASSWORDS_WAITING_MAX,
            "Too many passwords are being checked. Please try again in a moment.",
        ))
    }
}

impl Passwords {
    /// The hash of a password with a new salt, in PHC string form.
    ///
    /// # Errors
    ///
    /// `ServiceUnavailable` if too many wait already.
    pub async fn hash(&self, password: &str) -> Result<String, ApiError> {
        let password = password.to_owned();
        self.0.run(move || hash(&password)).await?
    }

    /// Whether a password is the one that was hashed. Without a hash the answer is no,
    /// after the same work: how long it takes tells nobody whether there is such a user.
    ///
    /// # Errors
    ///
    /// `ServiceUnavailable` if too many wait already; a hash that is none.
    pub async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool, ApiError> {
        let password = password.to_owned();
        let exists = hash.is_some();
        let hash = hash.unwrap_or(NOBODYS).to_owned();
        let fits = self.0.run(move || verify(&password, &hash)).await??;
        Ok(fits && exists)
    }

    /// Whether a password is one of those that were hashed, for rules of reuse.
    ///
    /// # Errors
    ///
    /// As of [`Passwords::verify`].
    pub async fn verify_any(&self, password: &str, hashes: &[String]) -> Result<bool, ApiError> {
        for hash in hashes {
            if self.verify(password, Some(hash)).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The hash of a password, on this thread; for commands.
///
/// # Errors
///
/// `InternalFailure`, if the operating system has no random bytes or no memory.
pub fn hash(password: &str) -> Result<String, ApiError> {
    use argon2::password_hash::PasswordHasher as _;
    let hash = Argon2::default().hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string())
        .map_err(|error| ApiError::internal(format!("hashing a password: {error}")))
}

fn verify(password: &str, hash: &str) -> Result<bool, ApiError> {
    use argon2::password_hash::{Error, PasswordVerifier as _};
    match Argon2::default().verify_password(password.as_bytes(), hash) {
        Ok(()) => Ok(true),
        Err(Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(ApiError::internal(format!("checking a password: {error}"))),
    }
}

/// What is checked where there is no hash, with the parameters of all others. What
/// password it is of does not matter: the answer is no whatever comes.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5J3Mgc2FsdA$\
                       AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[cfg(test)]
mod tests {
    use super::{NOBODYS, Passwords, hash};

    #[tokio::test]
    async fn a_hash_fits_its_password_alone() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse").await.unwrap();
        for (password, hash, fits) in [
            ("correct horse", Some(&hash[..]), true),
            ("correct house", Some(&hash[..]), false),
            ("correct horse", None, false),
        ] {
            assert_eq!(passwords.verify(password, hash).await.unwrap(), fits);
        }
        let hashes = [passwords.hash("other").await.unwrap(), hash];
        let any = passwords.verify_any("correct horse", &hashes);
        assert!(any.await.unwrap());
        let broken = passwords.verify("correct horse", Some("$argon2id$")).await;
        assert_eq!(broken.unwrap_err().status, 500);
    }

    #[test]
    fn the_work_for_nobody_is_the_same() {
        let parameters = |hash: &str| hash.split('$').take(4).collect::<Vec<_>>().join("$");
        assert_eq!(parameters(NOBODYS), parameters(&hash("any").unwrap()));
        let length = |hash: &str| hash.rsplit('$').next().map(str::len);
        assert_eq!(length(NOBODYS), length(&hash("any").unwrap()));
    }
}
