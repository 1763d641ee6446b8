//! What the server remembers of playback sessions. Nothing here is needed: a session lives
//! in its token, and what is forgotten is worked out again, more slowly.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use kvs::fragment::FragmentNumber;
use kvs::limits;
use kvs::playback::Progress;

/// The beginning of a session's token: version, nonce and some of the rest. No two
/// sessions share it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionId([u8; 18]);

impl SessionId {
    /// Of a token that was opened; `None` for what is too short to be one.
    pub fn of(token: &str) -> Option<SessionId> {
        token.as_bytes().first_chunk().copied().map(SessionId)
    }
}

/// Sessions by their tokens, bounded by [`limits::SESSIONS_KNOWN_MAX`].
#[derive(Default)]
pub struct Known(Mutex<HashMap<SessionId, Entry>>);

#[derive(Clone, Copy, Default)]
struct Entry {
    expires_ms: u64,
    target_s: u64,
    goes_on: Option<(FragmentNumber, Progress)>,
    first: Option<FragmentNumber>,
}

impl Known {
    /// Where the range of a session begins.
    pub fn first(&self, id: SessionId) -> Option<FragmentNumber> {
        self.with(|entries| entries.get(&id)?.first)
    }

    /// Remembers where the range of a session begins. `expires_ms` is the session's end.
    pub fn remember_first(
        &self,
        id: SessionId,
        expires_ms: u64,
        now_ms: u64,
        first: FragmentNumber,
    ) {
        self.with(|entries| entry(entries, id, expires_ms, now_ms).first = Some(first));
    }

    /// Where a replay goes on.
    pub fn goes_on(&self, id: SessionId) -> Option<(FragmentNumber, Progress)> {
        self.with(|entries| entries.get(&id)?.goes_on)
    }

    /// Remembers where a replay goes on. `expires_ms` is the session's end.
    pub fn remember(
        &self,
        id: SessionId,
        expires_ms: u64,
        now_ms: u64,
        goes_on: (FragmentNumber, Progress),
    ) {
        self.with(|entries| entry(entries, id, expires_ms, now_ms).goes_on = Some(goes_on));
    }

    /// The target duration a session's playlists say from now on, seconds: the largest one
    /// that any of them needed.
    pub fn target_s(&self, id: SessionId, expires_ms: u64, now_ms: u64, needed_s: u64) -> u64 {
        self.with(|entries| {
            let entry = entry(entries, id, expires_ms, now_ms);
            entry.target_s = entry.target_s.max(needed_s);
            entry.target_s
        })
    }

    fn with<T>(&self, run: impl FnOnce(&mut HashMap<SessionId, Entry>) -> T) -> T {
        // Every state of the map is a good one.
        run(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn entry(
    entries: &mut HashMap<SessionId, Entry>,
    id: SessionId,
    expires_ms: u64,
    now_ms: u64,
) -> &mut Entry {
    if entries.len() >= limits::SESSIONS_KNOWN_MAX && !entries.contains_key(&id) {
        entries.retain(|_, entry| entry.expires_ms > now_ms);
        if entries.len() >= limits::SESSIONS_KNOWN_MAX {
            entries.clear();
        }
    }
    let entry = entries.entry(id).or_default();
    entry.expires_ms = expires_ms;
    entry
}

#[cfg(test)]
mod tests {
    use kvs::fragment::FragmentNumber;
    use kvs::limits;
    use kvs::playback::Progress;

    use super::{Known, SessionId};

    fn id(n: u64) -> SessionId {
        SessionId::of(&format!("{n:018}")).unwrap()
    }

    #[test]
    fn a_target_never_shrinks() {
        let known = Known::default();
        let targets = [2, 5, 2].map(|needed_s| known.target_s(id(1), 10, 0, needed_s));
        assert_eq!(targets, [2, 5, 5]);
        assert_eq!(known.target_s(id(2), 10, 0, 3), 3);
    }

    #[test]
    fn sessions_are_bounded_and_the_expired_go_first() {
        let known = Known::default();
        let place = (FragmentNumber::parse(NUMBER).unwrap(), Progress::default());
        known.remember(id(0), u64::MAX, 0, place);
        for n in 1..=limits::SESSIONS_KNOWN_MAX as u64 {
            known.remember(id(n), 10, n, place);
        }
        assert_eq!(known.goes_on(id(0)), Some(place));
        assert_eq!(known.goes_on(id(1)), None);
        for n in 0..3 * limits::SESSIONS_KNOWN_MAX as u64 {
            known.remember(id(n), u64::MAX, 0, place);
            assert!(known.with(|entries| entries.len()) <= limits::SESSIONS_KNOWN_MAX);
        }
    }

    const NUMBER: &str = "91343852333181432402585582989886887689224114392";
}
