//! Opened fragments in memory: what several readers want is read and decrypted once.
//!
//! What stays is chosen by S3-FIFO (Yang et al., "FIFO queues are all you need for cache
//! eviction", SOSP 2023): what is new waits in a short queue and goes on to the long one
//! only if it is used again there or comes back soon after it left. So a reader that
//! passes once through an archive does not push out what viewers share.
//!
//! Nothing is served from here on its own word: [`crate::Store::read_fragment`] looks up
//! the fragment's row first, and a fragment whose media is freed is forgotten before its
//! deleter is told.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use kvs::fragment::FragmentNumber;
use kvs::name::StreamId;

use crate::media::Span;
use crate::memory::lock;
use crate::tables::fragments::FragmentBytes;

/// Opened fragments, bounded by their bytes.
#[derive(Default)]
pub(crate) struct Opened(Mutex<State>);

/// What a record was opened as. A span alone is never used twice; the rest keeps a row
/// that points to another stream's media from being believed.
pub(crate) type Place = (StreamId, FragmentNumber, Span);

#[derive(Default)]
struct State {
    bytes_max: usize,
    bytes: usize,
    fragments: HashMap<Span, Entry>,
    /// Seen once, oldest first. May hold spans that are forgotten.
    fresh: VecDeque<Span>,
    fresh_bytes: usize,
    /// Seen again, oldest first. May hold spans that are forgotten.
    proven: VecDeque<Span>,
    /// Left the fresh ones unused, oldest first; the same as a set.
    left: VecDeque<Span>,
    left_set: HashSet<Span>,
    forgotten: u64,
}

/// What a caller made of a fragment, as slices of the fragment's own buffer and a little
/// of its own.
pub(crate) type Made = Arc<[Bytes]>;

struct Entry {
    stream: StreamId,
    number: FragmentNumber,
    media: FragmentBytes,
    /// By a name of the caller's.
    made: Vec<(u32, Made)>,
    bytes: usize,
    uses: u8,
    proven: bool,
}

/// How often something had been forgotten when a look-up began.
#[derive(Clone, Copy)]
pub(crate) struct Seen(u64);

impl Opened {
    /// How many bytes may be held from now on; 0, as in the beginning, for none.
    pub(crate) fn allow(&self, bytes_max: usize) {
        let mut state = lock(&self.0);
        state.bytes_max = bytes_max;
        while state.bytes > bytes_max && state.evict() {}
    }

    /// The media that was opened from a place, if it is still there.
    pub(crate) fn find(&self, place: Place) -> (Option<FragmentBytes>, Seen) {
        let mut state = lock(&self.0);
        let seen = Seen(state.forgotten);
        let entry = state.at(place);
        let media = entry.map(|entry| {
            entry.uses = (entry.uses + 1).min(USES_MAX);
            entry.media.clone()
        });
        (media, seen)
    }

    /// What was made of a fragment under a name, if that is still there.
    pub(crate) fn made(&self, place: Place, name: u32) -> Option<Made> {
        let mut state = lock(&self.0);
        let entry = state.at(place)?;
        let (_, made) = entry.made.iter().find(|(own, _)| *own == name)?;
        let made = made.clone();
        entry.uses = (entry.uses + 1).min(USES_MAX);
        Some(made)
    }

    /// Keeps what was made of a fragment under a name, for as long as the fragment itself.
    /// `bytes` is what it takes beside the fragment.
    pub(crate) fn keep_made(&self, place: Place, name: u32, made: Made, bytes: usize) {
        let mut state = lock(&self.0);
        let bytes = bytes + size_of_val(&*made) + MADE_BYTES;
        let room = state.bytes_max.saturating_sub(state.bytes);
        if bytes > room.min(state.bytes_max / SHARE_MAX) {
            return;
        }
        let Some(entry) = state.at(place) else {
            return;
        };
        if entry.made.len() < MADE_MAX && entry.made.iter().all(|(own, _)| *own != name) {
            entry.made.push((name, made));
            entry.bytes += bytes;
            let fresh = !entry.proven;
            state.bytes += bytes;
            if fresh {
                state.fresh_bytes += bytes;
            }
        }
    }

    /// Keeps what was read after [`Opened::find`], unless something was forgotten since:
    /// then that may have been this.
    pub(crate) fn keep(&self, seen: Seen, place: Place, media: &FragmentBytes) {
        let (stream, number, span) = place;
        let index = media.index.capacity() * size_of::<kvs::fragment::IndexEntry>();
        let bytes = span.len as usize + index + ENTRY_BYTES;
        let mut state = lock(&self.0);
        let fits = bytes <= state.bytes_max / SHARE_MAX;
        if !fits || state.forgotten != seen.0 || state.fragments.contains_key(&span) {
            return;
        }
        let proven = state.left_set.contains(&span);
        while state.bytes + bytes > state.bytes_max && state.evict() {}
        let entry = Entry {
            stream,
            number,
            media: media.clone(),
            made: Vec::new(),
            bytes,
            uses: 0,
            proven,
        };
        state.fragments.insert(span, entry);
        state.bytes += bytes;
        if proven {
            state.proven.push_back(span);
        } else {
            state.fresh.push_back(span);
            state.fresh_bytes += bytes;
        }
    }

    /// Forgets what was opened from spans. To be called when they are freed, before the
    /// caller is told.
    pub(crate) fn forget(&self, spans: impl Iterator<Item = Span>) {
        let mut state = lock(&self.0);
        state.forgotten += 1;
        for span in spans {
            state.remove(span);
        }
        state.tidy();
    }
}

impl State {
    fn at(&mut self, (stream, number, span): Place) -> Option<&mut Entry> {
        let entry = self.fragments.get_mut(&span)?;
        ((entry.stream, entry.number) == (stream, number)).then_some(entry)
    }

    /// Takes one fragment out; false if there is none.
    fn evict(&mut self) -> bool {
        let fresh_max = self.bytes_max / FRESH_SHARE;
        loop {
            let from_fresh = self.fresh_bytes > fresh_max || self.proven.is_empty();
            let queue = match from_fresh {
                true => &mut self.fresh,
                false => &mut self.proven,
            };
            let Some(span) = queue.pop_front() else {
                return false;
            };
            let Some(entry) = self.fragments.get_mut(&span) else {
                continue;
            };
            if entry.uses > 0 {
                // Used since it came: it goes on, or round once more.
                entry.uses -= 1;
                if !entry.proven {
                    entry.proven = true;
                    self.fresh_bytes -= entry.bytes;
                }
                self.proven.push_back(span);
                continue;
            }
            if !entry.proven {
                self.remember_left(span);
            }
            self.remove(span);
            return true;
        }
    }

    fn remember_left(&mut self, span: Span) {
        if self.left_set.insert(span) {
            self.left.push_back(span);
        }
        if self.left.len() > LEFT_MAX
            && let Some(oldest) = self.left.pop_front()
        {
            self.left_set.remove(&oldest);
        }
    }

    fn remove(&mut self, span: Span) {
        if let Some(entry) = self.fragments.remove(&span) {
            self.bytes -= entry.bytes;
            if !entry.proven {
                self.fresh_bytes -= entry.bytes;
            }
        }
    }

    /// Keeps the queues from growing where much is forgotten and nothing pushed out.
    fn tidy(&mut self) {
        let State {
            fragments,
            fresh,
            proven,
            ..
        } = self;
        for queue in [fresh, proven] {
            if queue.len() > 2 * fragments.len() + QUEUE_SLACK {
                queue.retain(|span| fragments.contains_key(span));
            }
        }
    }
}

/// What an entry takes beside its bytes, roughly.
const ENTRY_BYTES: usize = 512;
/// The same of something made of it.
const MADE_BYTES: usize = 64;
/// Most things made of a fragment.
const MADE_MAX: usize = 4;
/// The share of all bytes that one fragment may take.
const SHARE_MAX: usize = 8;
/// The share of all bytes that what was seen once keeps when others want the room.
const FRESH_SHARE: usize = 4;
/// Uses that are counted.
const USES_MAX: u8 = 3;
/// How many of those that left are known by name.
const LEFT_MAX: usize = 4096;
/// Forgotten spans that a queue may hold.
const QUEUE_SLACK: usize = 64;

#[cfg(test)]
mod tests;
