//! The public test suite, the shapes of real clients, and requests altered on the way.

mod altered;
mod clients;
mod known;
mod refused;
mod roundtrip;
mod suite;

use super::sign::{Credentials, Payload, Scope, sign_header};
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
    fn new(method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Request {
        let mut request = Request {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
        };
        for (name, value) in headers {
            request.push(name, value);
        }
        request
    }

    fn push(&mut self, name: &str, value: &str) {
        self.headers
            .push((name.to_owned(), value.as_bytes().to_vec()));
    }

    /// Replaces the value of the one header of that name.
    fn set(&mut self, name: &str, value: &str) {
        let header = self
            .headers
            .iter_mut()
            .find(|(other, _)| other.eq_ignore_ascii_case(name));
        header.expect("the header is there").1 = value.as_bytes().to_vec();
    }

    fn remove(&mut self, name: &str) {
        self.headers
            .retain(|(other, _)| !other.eq_ignore_ascii_case(name));
    }

    fn header(&self, name: &str) -> String {
        let header = self
            .headers
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name));
        String::from_utf8_lossy(&header.expect("the header is there").1).into_owned()
    }

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

    /// Signs all headers there are and adds those of the signature.
    fn sign(&mut self, credentials: &Credentials<'_>, scope: &Scope<'_>, payload: Payload<'_>) {
        let added = self.with_head(|head| sign_header(head, credentials, scope, payload));
        for (name, value) in added.expect("the request can be signed") {
            self.push(&name, &value);
        }
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
