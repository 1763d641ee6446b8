//! Passwords: argon2id (RFC 9106) with its recommended parameters, on threads of its own,
//! a few at a time.
//!
//! A hash takes 19 MiB and some ten milliseconds of a core. So that guessing cannot take
//! the machine, few are computed at once and few may wait; who comes then is turned away.

use std::sync::Arc;

use argon2::Argon2;
use kvs::limits;
use tokio::sync::Semaphore;

use crate::ops::ApiError;

/// Hashes and checks passwords. One per process.
pub struct Passwords {
    /// Those being computed.
    room: Arc<Semaphore>,
    /// Those being computed or waiting.
    queue: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Passwords {
        Passwords {
            room: Arc::new(Semaphore::new(limits::PASSWORDS_AT_ONCE_MAX)),
            queue: Arc::new(Semaphore::new(limits::PASSWORDS_WAITING_MAX)),
        }
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
        self.compute(move || hash(&password)).await?
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
        let fits = self.compute(move || verify(&password, &hash)).await??;
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

    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let busy = || {
            let message = "Too many passwords are being checked. Please try again in a moment.";
            ApiError::new("ServiceUnavailable", 503, message)
        };
        let place = Arc::clone(&self.queue)
            .try_acquire_owned()
            .map_err(|_| busy())?;
        let permit = Arc::clone(&self.room).acquire_owned().await;
        let permit = permit.map_err(|_| busy())?;
        let worked = tokio::task::spawn_blocking(move || {
            let value = work();
            // With the work, not with its caller: one who leaves frees no core.
            drop((place, permit));
            value
        });
        worked
            .await
            .map_err(|error| ApiError::internal(error.to_string()))
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

    #[tokio::test]
    async fn few_may_wait() {
        let passwords = Passwords {
            queue: std::sync::Arc::new(tokio::sync::Semaphore::new(0)),
            ..Passwords::default()
        };
        assert_eq!(passwords.hash("any").await.unwrap_err().status, 503);
    }
}
