//! The public test suite, the shapes of real clients, and requests altered on the way.

mod suite;

use super::{AuthError, Head, Presented, Rules, SigningKey, signing_key};

/// The secret AWS's examples and test suite use.
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// A request that owns its parts, so that tests can change them.
#[derive(Debug, Clone, Default)]
struct Request {
    method: String,
    target: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Request {
    fn with_head<T>(&self, call: impl FnOnce(&Head<'_>) -> T) -> T {
        let headers: Vec<(&str, &[u8])> = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_slice()))
            .collect();
        call(&Head {
            method: &self.method,
            target: &self.target,
            headers: &headers,
        })
    }

    fn parse(&self, rules: &Rules<'_>) -> Result<Presented, AuthError> {
        self.with_head(|head| Presented::parse(head, rules))
    }

    fn verify(&self, rules: &Rules<'_>) -> Result<(), AuthError> {
        let presented = self.parse(rules)?;
        let hash = super::check_body(presented.payload(), &self.body)?;
        presented.verify(&key_of(&presented), &hash)
    }
}

fn key_of(presented: &Presented) -> SigningKey {
    signing_key(
        SECRET,
        presented.date(),
        presented.region(),
        presented.service(),
    )
}
