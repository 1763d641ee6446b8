//! Slowing guesses down: exponential back-off, and counts by the hour. Both are bounded
//! maps in memory; a restart forgets them.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::IpAddr;
use std::sync::atomic::AtomicUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use kvs::limits;
use kvs::name::AccountId;

/// What sign-up and sign-in are held back by. One per process.
#[derive(Default)]
pub struct Gate {
    /// Failed sign-ins by who was signed in as, and by client address.
    pub backoff: Backoff,
    /// Client addresses with an attempt at a root user under way that is held back.
    pub lane: Lane,
    /// Messages by where they went.
    pub sends: Hourly,
    /// Sign-ups by client address.
    pub starts: Hourly,
    /// Sign-ups under way, as of the last sweep and what was added since.
    pub signups: AtomicUsize,
}

/// An attempt to prove something that can be guessed, which counts as failed until it says
/// otherwise.
#[must_use]
pub struct Attempt<'a> {
    backoff: &'a Backoff,
    address: (Key, Begun),
    who: (Key, Begun),
}

impl Gate {
    /// Begins an attempt of somebody from a client address. `Err` is how long to wait,
    /// milliseconds; then nothing was counted.
    pub fn attempt(&self, address: Key, who: Key, now_ms: u64) -> Result<Attempt<'_>, u64> {
        let backoff = &self.backoff;
        let first = backoff.begin(address, limits::ADDRESS_FAILURES_FREE, now_ms)?;
        let second = backoff.begin(who, limits::SIGNIN_FAILURES_FREE, now_ms);
        let second = second.inspect_err(|_| backoff.undo(address, first))?;
        Ok(Attempt {
            backoff,
            address: (address, first),
            who: (who, second),
        })
    }
}

impl Gate {
    /// Begins an attempt that is heard although it is too early, and gives how long its
    /// answer must take, milliseconds.
    pub fn attempt_anyway(&self, address: Key, who: Key, now_ms: u64) -> (Attempt<'_>, u64) {
        let begin = |key, free| match self.backoff.begin(key, free, now_ms) {
            Ok(begun) => (begun, 0),
            Err(_) => self.backoff.begin_anyway(key, free, now_ms),
        };
        let (first, first_ms) = begin(address, limits::ADDRESS_FAILURES_FREE);
        let (second, second_ms) = begin(who, limits::SIGNIN_FAILURES_FREE);
        let attempt = Attempt {
            backoff: &self.backoff,
            address: (address, first),
            who: (who, second),
        };
        (attempt, first_ms.max(second_ms))
    }
}

impl Attempt<'_> {
    /// It was right: what failed before is forgotten.
    pub fn succeeded(self) {
        self.backoff.undo(self.address.0, self.address.1);
        self.backoff.forget(self.who.0);
    }

    /// Whether it was right was not looked at.
    pub fn withdrawn(self) {
        for (key, begun) in [self.address, self.who] {
            self.backoff.undo(key, begun);
        }
    }
}

/// Who or what is counted: the digest of a text, so that every entry is as large.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u8; 32]);

impl Key {
    /// Of a kind of thing and its name.
    pub fn new(kind: &str, name: &str) -> Key {
        let text = format!("{kind}\0{name}");
        let mut key = [0; 32];
        key.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
        Key(key)
    }

    /// Of a kind of attempt to be a user of an account, or its root user (`None`).
    pub fn of_identity(kind: &str, account: AccountId, user: Option<&str>) -> Key {
        let name = user.unwrap_or_default().to_ascii_lowercase();
        Key::new(kind, &format!("{account} {name}"))
    }

    /// Of a client address. Of IPv6 addresses the first half counts: everybody has 2^64.
    pub fn of_address(ip: Option<IpAddr>) -> Key {
        let name = match ip.map(|ip| ip.to_canonical()) {
            Some(IpAddr::V4(ip)) => ip.to_string(),
            Some(IpAddr::V6(ip)) => {
                let [a, b, c, d, ..] = ip.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}")
            }
            None => String::new(),
        };
        Key::new("address", &name)
    }
}

/// Exponential back-off: after so many failures 1 s, 2 s, 4 s and so on to 15 minutes.
#[derive(Default)]
pub struct Backoff {
    entries: Mutex<HashMap<Key, Failures>>,
}

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last_ms: u64,
}

/// An attempt that [`Backoff::begin`] let through: when the one before it was, and it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begun {
    before_ms: u64,
    at_ms: u64,
}

impl Failures {
    fn begin(&mut self, now_ms: u64) -> Begun {
        let before_ms = self.last_ms;
        self.count = self.count.saturating_add(1);
        self.last_ms = now_ms;
        Begun {
            before_ms,
            at_ms: now_ms,
        }
    }
}

impl Backoff {
    /// Begins an attempt, which counts as a failure until [`Backoff::undo`] or
    /// [`Backoff::forget`] says otherwise: so no more attempts at once are heard than
    /// one after the other. `Err` is how long to wait, milliseconds; then the attempt
    /// does not count.
    pub fn begin(&self, key: Key, free: u32, now_ms: u64) -> Result<Begun, u64> {
        let mut entries = lock(&self.entries);
        let entry = live(&mut entries, key, now_ms);
        let until_ms = entry.last_ms + wait_ms(entry.count, free);
        if now_ms < until_ms {
            return Err(until_ms - now_ms);
        }
        Ok(entry.begin(now_ms))
    }

    /// Begins an attempt that is heard although it is too early, and gives how long its
    /// answer must take, milliseconds.
    pub fn begin_anyway(&self, key: Key, free: u32, now_ms: u64) -> (Begun, u64) {
        let mut entries = lock(&self.entries);
        let entry = live(&mut entries, key, now_ms);
        let wait_ms = wait_ms(entry.count, free);
        (entry.begin(now_ms), wait_ms)
    }

    /// An attempt that was begun did not fail after all: it is as if it had not been, unless
    /// others have begun since.
    pub fn undo(&self, key: Key, begun: Begun) {
        let mut entries = lock(&self.entries);
        if let Some(entry) = entries.get_mut(&key) {
            entry.count = entry.count.saturating_sub(1);
            if entry.last_ms == begun.at_ms {
                entry.last_ms = begun.before_ms;
            }
        }
    }

    /// An attempt succeeded: what failed before is forgotten.
    pub fn forget(&self, key: Key) {
        lock(&self.entries).remove(&key);
    }
}

/// The wait after the last of `count` failures, `free` of which cost nothing.
fn wait_ms(count: u32, free: u32) -> u64 {
    let Some(over) = count.checked_sub(free) else {
        return 0;
    };
    let wait = 1000_u64.checked_shl(over.min(32)).unwrap_or(u64::MAX);
    wait.min(limits::BACKOFF_MS_MAX)
}

fn live(entries: &mut HashMap<Key, Failures>, key: Key, now_ms: u64) -> &mut Failures {
    let is_old = |entry: &Failures| now_ms.saturating_sub(entry.last_ms) > FORGOTTEN_MS;
    if entries.len() >= limits::THROTTLED_MAX && !entries.contains_key(&key) {
        entries.retain(|_, entry| !is_old(entry));
        // Those that failed least lose least by being forgotten.
        let least = entries.iter().min_by_key(|(_, e)| (e.count, e.last_ms));
        if entries.len() >= limits::THROTTLED_MAX
            && let Some(least) = least.map(|(key, _)| *key)
        {
            entries.remove(&least);
        }
    }
    let none = Failures {
        count: 0,
        last_ms: 0,
    };
    let entry = entries.entry(key).or_insert(none);
    if is_old(entry) {
        *entry = none;
    }
    entry
}

/// A lane in which each client address has one place.
#[derive(Default)]
pub struct Lane {
    taken: Mutex<HashSet<Key>>,
}

/// A place in a [`Lane`]; dropping it gives it up.
pub struct Place<'a> {
    lane: &'a Lane,
    key: Key,
}

impl Lane {
    /// Takes the place of a key, if it is free and the lane is not full.
    pub fn enter(&self, key: Key) -> Option<Place<'_>> {
        let mut taken = lock(&self.taken);
        if taken.len() >= limits::THROTTLED_MAX || !taken.insert(key) {
            return None;
        }
        Some(Place { lane: self, key })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        lock(&self.lane.taken).remove(&self.key);
    }
}

/// Counts what happened within the last hour.
#[derive(Default)]
pub struct Hourly {
    entries: Mutex<HashMap<Key, VecDeque<u64>>>,
}

impl Hourly {
    /// Counts one more, unless there were as many as `max` already: then how long until
    /// the next, milliseconds. Where too many keys are counted, new ones must wait too.
    pub fn count(&self, key: Key, max: usize, now_ms: u64) -> Result<(), u64> {
        let mut entries = lock(&self.entries);
        let is_old = |at_ms: &u64| now_ms.saturating_sub(*at_ms) >= HOUR_MS;
        if entries.len() >= limits::THROTTLED_MAX && !entries.contains_key(&key) {
            entries.retain(|_, times| times.back().is_some_and(|last| !is_old(last)));
            if entries.len() >= limits::THROTTLED_MAX {
                return Err(HOUR_MS);
            }
        }
        let times = entries.entry(key).or_default();
        while times.front().is_some_and(is_old) {
            times.pop_front();
        }
        if times.len() >= max {
            let first = times.front().copied().unwrap_or(now_ms);
            return Err((first + HOUR_MS).saturating_sub(now_ms));
        }
        times.push_back(now_ms);
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

const HOUR_MS: u64 = 3_600_000;
/// Failures are forgotten after so long without another; longer than any wait.
const FORGOTTEN_MS: u64 = HOUR_MS;

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use kvs::limits;

    use super::{Backoff, Gate, Hourly, Key, Lane, wait_ms};

    #[test]
    fn waits_double_up_to_a_quarter_of_an_hour() {
        let waits = [4, 5, 6, 7, 14, 15, 1000].map(|count| wait_ms(count, 5) / 1000);
        assert_eq!(waits, [0, 1, 2, 4, 512, 900, 900]);
        assert_eq!(wait_ms(u32::MAX, 5), limits::BACKOFF_MS_MAX);
    }

    #[test]
    fn a_thousand_guesses_in_a_row_are_mostly_not_heard() {
        let (backoff, key) = (Backoff::default(), Key::new("user", "someone"));
        // Ten guesses a second: what is heard grows with the logarithm of the time.
        let heard = (0..1000_u64).filter(|n| backoff.begin(key, 5, 1_000_000 + n * 100).is_ok());
        let heard = heard.count();
        // 5 free ones and then one after 1, 2, 4 … 64 s within 100 s.
        assert_eq!(heard, 5 + 6);
        let other = Key::new("user", "someone else");
        assert!(backoff.begin(other, 5, 1_000_000).is_ok());
        backoff.forget(key);
        assert!(backoff.begin(key, 5, 1_100_000).is_ok());
    }

    #[test]
    fn an_attempt_that_did_not_fail_does_not_count() {
        let (backoff, key) = (Backoff::default(), Key::new("user", "someone"));
        for _ in 0..100 {
            let begun = backoff.begin(key, 5, 5).unwrap();
            backoff.undo(key, begun);
        }
        for _ in 0..5 {
            assert!(backoff.begin(key, 5, 5).is_ok());
        }
        assert_eq!(backoff.begin(key, 5, 5), Err(1000));
        assert_eq!(backoff.begin_anyway(key, 5, 5).1, 1000);
        assert_eq!(backoff.begin_anyway(key, 5, 5).1, 2000);
    }

    #[test]
    fn an_attempt_that_was_not_looked_at_does_not_begin_the_wait_anew() {
        let (backoff, key) = (Backoff::default(), Key::new("user", "someone"));
        for _ in 0..6 {
            backoff.begin_anyway(key, 5, 1000);
        }
        let begun = backoff
            .begin(key, 5, 3000)
            .expect("two seconds have passed");
        backoff.undo(key, begun);
        assert!(backoff.begin(key, 5, 3001).is_ok());
    }

    #[test]
    fn codes_are_guessed_as_slowly_as_passwords() {
        let gate = Gate::default();
        let [address, who] = ["a", "b"].map(|name| Key::new("test", name));
        let right = gate.attempt(address, who, 1).expect("the first");
        right.succeeded();
        for _ in 0..100 {
            gate.attempt(address, who, 1)
                .expect("not counted")
                .withdrawn();
        }
        for _ in 0..limits::SIGNIN_FAILURES_FREE {
            assert!(gate.attempt(address, who, 1).is_ok());
        }
        assert_eq!(gate.attempt(address, who, 1).err(), Some(1000));
        let other = Key::new("test", "c");
        for _ in limits::SIGNIN_FAILURES_FREE..limits::ADDRESS_FAILURES_FREE {
            gate.backoff.forget(other);
            assert!(gate.attempt(address, other, 1).is_ok());
        }
        gate.backoff.forget(other);
        assert!(gate.attempt(address, other, 1).is_err());
    }

    #[test]
    fn an_address_that_is_held_back_counts_for_nobody() {
        let gate = Gate::default();
        let [address, other, who] = ["a", "b", "c"].map(|name| Key::new("test", name));
        for n in 0..limits::ADDRESS_FAILURES_FREE {
            let guessed = Key::new("test", &format!("guessed {n}"));
            assert!(gate.attempt(address, guessed, 1).is_ok());
        }
        for _ in 0..100 {
            assert!(gate.attempt(address, who, 1).is_err());
        }
        for n in 0..limits::SIGNIN_FAILURES_FREE {
            assert!(gate.attempt(other, who, 1).is_ok(), "{n}");
        }
        assert_eq!(gate.attempt(other, who, 1).err(), Some(1000));
    }

    #[test]
    fn maps_stay_small() {
        let (backoff, hourly) = (Backoff::default(), Hourly::default());
        let known = Key::new("user", "guessed at");
        for _ in 0..6 {
            backoff.begin_anyway(known, 5, 1);
        }
        for n in 0..limits::THROTTLED_MAX + 50 {
            let key = Key::new("user", &n.to_string());
            let _ = (backoff.begin(key, 5, 1), hourly.count(key, 3, 1));
        }
        assert_eq!(super::lock(&backoff.entries).len(), limits::THROTTLED_MAX);
        assert_eq!(super::lock(&hourly.entries).len(), limits::THROTTLED_MAX);
        assert!(backoff.begin(known, 5, 2).is_err());
        assert!(hourly.count(known, 3, 2).is_err());
        assert!(hourly.count(known, 3, 3_600_002).is_ok());
    }

    #[test]
    fn three_in_an_hour() {
        let (hourly, key) = (Hourly::default(), Key::new("phone", "+15550100"));
        for at_ms in [0, 1, 2] {
            assert!(hourly.count(key, 3, at_ms).is_ok());
        }
        assert_eq!(hourly.count(key, 3, 1000), Err(3_599_000));
        assert!(hourly.count(key, 3, 3_600_000).is_ok());
    }

    #[test]
    fn an_address_has_one_place() {
        let lane = Lane::default();
        let ip = |text: &str| Key::of_address(Some(text.parse::<IpAddr>().unwrap()));
        let place = lane.enter(ip("2001:db8::1"));
        assert!(place.is_some());
        assert!(lane.enter(ip("2001:db8::ffff:1")).is_none());
        assert!(lane.enter(ip("192.0.2.1")).is_some());
        drop(place);
        assert!(lane.enter(ip("2001:db8::1")).is_some());
    }
}
