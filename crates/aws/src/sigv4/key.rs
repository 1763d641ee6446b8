//! The derived signing key and a bounded cache of such keys.

use std::collections::HashMap;
use std::fmt;

use aws_lc_rs::hmac;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The key a day's requests of one access key to one service are signed with.
///
/// Erased when dropped; `Debug` prints nothing of it.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SigningKey([u8; 32]);

impl SigningKey {
    /// The lower-case hexadecimal HMAC-SHA-256 of `parts`, one after the other, under this key.
    pub(super) fn sign(&self, parts: &[&[u8]]) -> [u8; 32] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        let mut context = hmac::Context::with_key(&key);
        for part in parts {
            context.update(part);
        }
        bytes_of(&context.sign())
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

/// Derives the signing key: four HMACs over the secret, the date (`yyyymmdd`), the region, the
/// signing name of the service and `aws4_request` ("Derive a signing key", AWS General Reference).
pub fn signing_key(secret: &str, date: &str, region: &str, service: &str) -> SigningKey {
    let mut start = Vec::with_capacity(4 + secret.len());
    start.extend_from_slice(b"AWS4");
    start.extend_from_slice(secret.as_bytes());
    let mut key = hmac_sha256(&start, date.as_bytes());
    start.zeroize();
    for part in [region, service, "aws4_request"] {
        let next = hmac_sha256(&key, part.as_bytes());
        key.zeroize();
        key = next;
    }
    let derived = SigningKey(key);
    key.zeroize();
    derived
}

/// What a cached signing key was derived from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyId<'a> {
    /// The access key id.
    pub access_key_id: &'a str,
    /// A number that changes whenever the secret behind the id does.
    pub generation: u64,
    /// `yyyymmdd`.
    pub date: &'a str,
    /// The region of the credential scope.
    pub region: &'a str,
    /// The signing name of the credential scope.
    pub service: &'a str,
}

/// Signing keys derived lately, at most a fixed number of access keys' worth of them.
///
/// It holds two generations: what is used is in the young one; when that is half of what may be
/// held it becomes the old one, and what was in the old one and not used since is dropped. So every
/// step takes constant time, and the half that was used last is there for sure.
///
/// Only keys of known access keys, in this server's regions and services and inside the clock
/// window, should be put in; then nobody without a key can push others out. It has no lock: share
/// it behind a mutex. Never print it: `Debug` says how full it is and no more.
pub struct KeyCache {
    capacity: usize,
    young: HashMap<String, Entry>,
    old: HashMap<String, Entry>,
}

struct Entry {
    generation: u64,
    keys: Vec<Cached>,
}

struct Cached {
    date: String,
    region: String,
    service: String,
    key: SigningKey,
}

impl KeyCache {
    /// A cache for at most `capacity` access keys (at least two).
    pub fn new(capacity: usize) -> KeyCache {
        KeyCache {
            capacity: capacity.max(2),
            young: HashMap::new(),
            old: HashMap::new(),
        }
    }

    /// The key derived from exactly `id`, if it is still here.
    pub fn lookup(&mut self, id: &KeyId<'_>) -> Option<SigningKey> {
        if !self.young.contains_key(id.access_key_id) {
            let (access_key_id, entry) = self.old.remove_entry(id.access_key_id)?;
            self.put(access_key_id, entry);
        }
        let entry = self.young.get(id.access_key_id)?;
        if entry.generation != id.generation {
            return None;
        }
        let cached = entry.keys.iter().find(|cached| cached.is(id))?;
        Some(cached.key.clone())
    }

    /// Keeps `key`, dropping the keys of another generation of the same access key and, when full,
    /// access keys that were not used for long.
    pub fn insert(&mut self, id: &KeyId<'_>, key: SigningKey) {
        let known = self.young.remove(id.access_key_id);
        let known = known.or_else(|| self.old.remove(id.access_key_id));
        let mut entry = known.unwrap_or_else(|| Entry {
            generation: id.generation,
            keys: Vec::new(),
        });
        if entry.generation != id.generation {
            entry.generation = id.generation;
            entry.keys.clear();
        }
        entry.keys.retain(|cached| !cached.is(id));
        if entry.keys.len() >= KEYS_PER_ACCESS_KEY {
            entry.keys.remove(0);
        }
        entry.keys.push(Cached {
            date: id.date.to_owned(),
            region: id.region.to_owned(),
            service: id.service.to_owned(),
            key,
        });
        self.put(id.access_key_id.to_owned(), entry);
    }

    /// Puts an entry that is in neither generation into the young one.
    fn put(&mut self, access_key_id: String, entry: Entry) {
        if self.young.len() >= self.capacity / 2 {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(access_key_id, entry);
    }

    /// Drops every key of an access key: it was deleted or its secret changed.
    pub fn forget(&mut self, access_key_id: &str) {
        self.young.remove(access_key_id);
        self.old.remove(access_key_id);
    }

    /// How many access keys have a signing key here.
    pub fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }

    /// Whether there is no key here.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for KeyCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyCache")
            .field("capacity", &self.capacity)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

impl Cached {
    fn is(&self, id: &KeyId<'_>) -> bool {
        self.date == id.date && self.region == id.region && self.service == id.service
    }
}

fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    bytes_of(&hmac::sign(
        &hmac::Key::new(hmac::HMAC_SHA256, key),
        message,
    ))
}

fn bytes_of(tag: &hmac::Tag) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(tag.as_ref());
    bytes
}

/// Two days times a few services and regions; older ones make room for newer ones.
const KEYS_PER_ACCESS_KEY: usize = 8;

#[cfg(test)]
mod tests {
    use super::{KEYS_PER_ACCESS_KEY, KeyCache, KeyId, signing_key};
    use crate::sigv4::hex;

    fn id<'a>(access_key_id: &'a str, generation: u64, date: &'a str) -> KeyId<'a> {
        KeyId {
            access_key_id,
            generation,
            date,
            region: "r",
            service: "s",
        }
    }

    #[test]
    fn derivation_gives_the_published_key() {
        let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        let key = signing_key(secret, "20240102", "us-west-2", "kinesisvideo");
        assert_eq!(
            hex(key.bytes()),
            "363eea1da0d8295a6c5ae923eff7ed7e999f44d350b1e4c1dc2134a9bf68e76a"
        );
        assert_eq!(format!("{key:?}"), "SigningKey(..)");
    }

    #[test]
    fn cache_answers_only_for_exactly_what_was_derived() {
        let mut cache = KeyCache::new(4);
        let key = signing_key("x", "20240102", "r", "s");
        cache.insert(&id("A", 1, "20240102"), key.clone());
        let found = cache.lookup(&id("A", 1, "20240102")).expect("just put in");
        assert_eq!(found.bytes(), key.bytes());
        assert!(cache.lookup(&id("A", 2, "20240102")).is_none());
        assert!(cache.lookup(&id("A", 1, "20240103")).is_none());
        assert!(cache.lookup(&id("B", 1, "20240102")).is_none());
        assert!(
            cache
                .lookup(&KeyId {
                    region: "q",
                    ..id("A", 1, "20240102")
                })
                .is_none()
        );
        assert!(
            cache
                .lookup(&KeyId {
                    service: "q",
                    ..id("A", 1, "20240102")
                })
                .is_none()
        );
        cache.insert(&id("A", 2, "20240102"), key.clone());
        assert!(cache.lookup(&id("A", 1, "20240102")).is_none());
        cache.forget("A");
        assert!(cache.is_empty());
        assert_eq!(format!("{cache:?}"), "KeyCache { capacity: 4, len: 0, .. }");
    }

    #[test]
    fn cache_is_bounded_and_drops_what_was_not_used() {
        let mut cache = KeyCache::new(2);
        let key = signing_key("x", "20240102", "r", "s");
        cache.insert(&id("A", 1, "d"), key.clone());
        cache.insert(&id("B", 1, "d"), key.clone());
        assert!(cache.lookup(&id("A", 1, "d")).is_some());
        cache.insert(&id("C", 1, "d"), key.clone());
        assert_eq!(cache.len(), 2);
        assert!(cache.lookup(&id("A", 1, "d")).is_some());
        assert!(cache.lookup(&id("B", 1, "d")).is_none());
        let dates: Vec<String> = (0..=KEYS_PER_ACCESS_KEY)
            .map(|day| day.to_string())
            .collect();
        for date in &dates {
            cache.insert(&id("A", 1, date), key.clone());
        }
        assert!(cache.lookup(&id("A", 1, "d")).is_none());
        assert!(cache.lookup(&id("A", 1, "0")).is_none());
        assert!(cache.lookup(&id("A", 1, "1")).is_some());
    }
}
