//! Rows in memory: what was read by its key lately.
//!
//! Every request looks up the same few rows (its access key, its stream), and a look-up
//! in SQLite costs some file locks even if the page is in memory. Only this process
//! writes the file, so forgetting what a commit changed, before its caller is told,
//! keeps every read that begins later right.

use std::collections::HashMap;
use std::sync::Mutex;

use bytes::Bytes;

use crate::memory::lock;

/// Values by key, bounded by their bytes.
#[derive(Default)]
pub(super) struct Rows(Mutex<State>);

#[derive(Default)]
struct State {
    values: HashMap<Bytes, Bytes>,
    bytes: usize,
    changes: u64,
}

/// How many changes there had been when a look-up began.
#[derive(Clone, Copy)]
pub(super) struct Seen(u64);

impl Rows {
    /// What is known of the keys, in their order.
    pub(super) fn find(&self, keys: &[Bytes]) -> (Vec<Option<Bytes>>, Seen) {
        let state = lock(&self.0);
        let found = keys.iter().map(|key| state.values.get(key).cloned());
        (found.collect(), Seen(state.changes))
    }

    /// Remembers what was read from the file after [`Rows::find`], unless something was
    /// changed since: then the file may have been read before the change.
    pub(super) fn remember(&self, seen: Seen, rows: impl Iterator<Item = (Bytes, Bytes)>) {
        let mut state = lock(&self.0);
        if state.changes != seen.0 {
            return;
        }
        for (key, value) in rows {
            let bytes = key.len() + value.len() + ENTRY_BYTES;
            if bytes > BYTES_MAX / 64 {
                continue;
            }
            if state.bytes + bytes > BYTES_MAX {
                // What is in use comes back with its next look-up.
                state.values.clear();
                state.bytes = 0;
            }
            let key_len = key.len();
            if let Some(old) = state.values.insert(key, value) {
                // Another reader was as quick.
                state.bytes -= key_len + old.len() + ENTRY_BYTES;
            }
            state.bytes += bytes;
        }
    }

    /// Forgets rows that a commit changed. To be called after the commit, whether or not
    /// it succeeded, and before its callers are told.
    pub(super) fn forget<'a>(&self, keys: impl Iterator<Item = &'a Bytes>) {
        let mut state = lock(&self.0);
        state.changes += 1;
        if state.values.is_empty() {
            return;
        }
        for key in keys {
            if let Some(value) = state.values.remove(key) {
                state.bytes -= key.len() + value.len() + ENTRY_BYTES;
            }
        }
    }
}

/// What an entry takes beside its bytes, roughly.
const ENTRY_BYTES: usize = 128;
/// Most bytes held.
const BYTES_MAX: usize = 8 << 20;

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{BYTES_MAX, Rows};
    use crate::memory::lock;

    const KEY: Bytes = Bytes::from_static(b"key");

    fn one(value: &'static [u8]) -> impl Iterator<Item = (Bytes, Bytes)> {
        std::iter::once((KEY, Bytes::from_static(value)))
    }

    #[test]
    fn a_row_is_known_until_it_changes() {
        let rows = Rows::default();
        let (found, seen) = rows.find(&[KEY]);
        assert_eq!(found, [None]);
        rows.remember(seen, one(b"old"));
        assert_eq!(rows.find(&[KEY]).0, [Some(Bytes::from_static(b"old"))]);
        rows.forget([KEY].iter());
        assert_eq!(rows.find(&[KEY]).0, [None]);
        assert_eq!(lock(&rows.0).bytes, 0);
    }

    #[test]
    fn what_was_read_before_a_change_is_not_remembered_after_it() {
        let rows = Rows::default();
        let (_, seen) = rows.find(&[KEY]);
        rows.forget([KEY].iter());
        rows.remember(seen, one(b"old"));
        assert_eq!(rows.find(&[KEY]).0, [None]);
    }

    #[test]
    fn a_row_that_two_read_at_once_counts_once() {
        let rows = Rows::default();
        let (_, seen) = rows.find(&[KEY]);
        rows.remember(seen, one(b"a"));
        rows.remember(seen, one(b"longer"));
        rows.forget([KEY].iter());
        assert_eq!(lock(&rows.0).bytes, 0);
    }

    #[test]
    fn memory_is_bounded() {
        let rows = Rows::default();
        let value = Bytes::from(vec![0; 4096]);
        let mut most = 0;
        for n in 0..4096_u32 {
            let key = Bytes::copy_from_slice(&n.to_be_bytes());
            let (_, seen) = rows.find(&[]);
            rows.remember(seen, std::iter::once((key, value.clone())));
            assert!(lock(&rows.0).bytes <= BYTES_MAX);
            most = most.max(lock(&rows.0).values.len());
        }
        assert!(most > 1000, "{most} rows were held at once");
        let (_, seen) = rows.find(&[]);
        rows.remember(seen, std::iter::once((KEY, vec![0; 1 << 20].into())));
        assert_eq!(rows.find(&[KEY]).0, [None]);
    }
}
