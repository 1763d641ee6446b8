//! Opened fragments in memory: what several readers want is read and decrypted once.
//!
//! What stays is chosen by how often it is asked for (TinyLFU, by the `moka` crate), so a
//! reader that passes once through an archive does not push out what viewers share.
//!
//! Nothing is served from here on its own word: [`crate::Store::read_fragment`] looks up
//! the fragment's row first, and a fragment whose media is freed is forgotten before its
//! deleter is told.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use bytes::Bytes;
use kvs::fragment::FragmentNumber;
use kvs::name::StreamId;
use moka::sync::Cache;

use crate::media::Span;
use crate::memory::lock;
use crate::tables::fragments::FragmentBytes;

/// Opened fragments, bounded by their bytes. Holds none until it is allowed to.
#[derive(Default)]
pub(crate) struct Opened {
    held: OnceLock<Held>,
    forgotten: AtomicU64,
}

/// What a record was opened as. A span alone is never used twice; the rest keeps a row
/// that points to another stream's media from being believed.
pub(crate) type Place = (StreamId, FragmentNumber, Span);

/// What a caller made of a fragment, as slices of the fragment's own buffer and a little
/// of its own.
pub(crate) type Made = Arc<[Bytes]>;

struct Held {
    cache: Cache<Span, Arc<Entry>>,
    entry_bytes_max: usize,
}

struct Entry {
    stream: StreamId,
    number: FragmentNumber,
    media: FragmentBytes,
    /// Bytes it counts as, with room for what is made of it.
    bytes: usize,
    made: Mutex<AllMade>,
}

/// By a name of the caller's.
#[derive(Default)]
struct AllMade {
    list: Vec<(u32, Made)>,
    bytes: usize,
}

/// How often something had been forgotten when a look-up began.
#[derive(Clone, Copy)]
pub(crate) struct Seen(u64);

impl Opened {
    /// How many bytes may be held from now on; 0 for none. Only the first call counts.
    pub(crate) fn allow(&self, bytes_max: usize) {
        if bytes_max == 0 {
            return;
        }
        self.held.get_or_init(|| Held {
            cache: Cache::builder()
                .max_capacity(bytes_max as u64)
                .weigher(|_, entry: &Arc<Entry>| u32::try_from(entry.bytes).unwrap_or(u32::MAX))
                .build(),
            entry_bytes_max: bytes_max / SHARE_MAX,
        });
    }

    /// The media that was opened from a place, if it is still there.
    pub(crate) fn find(&self, place: Place) -> (Option<FragmentBytes>, Seen) {
        let seen = Seen(self.forgotten.load(Ordering::Acquire));
        (self.entry(place).map(|entry| entry.media.clone()), seen)
    }

    /// What was made of a fragment under a name, if that is still there.
    pub(crate) fn made(&self, place: Place, name: u32) -> Option<Made> {
        let entry = self.entry(place)?;
        let made = lock(&entry.made);
        let found = made.list.iter().find(|(own, _)| *own == name);
        found.map(|(_, made)| made.clone())
    }

    /// Keeps what was made of a fragment under a name, for as long as the fragment itself.
    /// `bytes` is what it takes beside the fragment.
    pub(crate) fn keep_made(&self, place: Place, name: u32, made: Made, bytes: usize) {
        let Some(entry) = self.entry(place) else {
            return;
        };
        let bytes = bytes + size_of_val(&*made);
        let mut all = lock(&entry.made);
        let is_there = all.list.iter().any(|(own, _)| *own == name);
        if !is_there && all.bytes + bytes <= room_for_made(entry.media.index.len()) {
            all.bytes += bytes;
            all.list.push((name, made));
        }
    }

    /// Keeps what was read after [`Opened::find`], unless something was forgotten since:
    /// then that may have been this.
    pub(crate) fn keep(&self, seen: Seen, place: Place, media: &FragmentBytes) {
        let Some(held) = self.held.get() else {
            return;
        };
        let (stream, number, span) = place;
        let index = media.index.capacity() * size_of::<kvs::fragment::IndexEntry>();
        let made = room_for_made(media.index.len());
        let bytes = span.len as usize + index + made + ENTRY_BYTES;
        let is_current = || self.forgotten.load(Ordering::Acquire) == seen.0;
        if bytes > held.entry_bytes_max || !is_current() {
            return;
        }
        let entry = Entry {
            stream,
            number,
            media: media.clone(),
            bytes,
            made: Mutex::default(),
        };
        held.cache.insert(span, Arc::new(entry));
        // It may have been forgotten between the look and the insertion.
        if !is_current() {
            held.cache.invalidate(&span);
        }
        // Now, not a moment later, so that the bound holds at every moment; what was just
        // read and decrypted can bear the cost.
        held.cache.run_pending_tasks();
    }

    /// Forgets what was opened from spans. To be called when they are freed, before the
    /// caller is told.
    pub(crate) fn forget(&self, spans: impl Iterator<Item = Span>) {
        self.forgotten.fetch_add(1, Ordering::AcqRel);
        if let Some(held) = self.held.get() {
            spans.for_each(|span| held.cache.invalidate(&span));
            held.cache.run_pending_tasks();
        }
    }

    fn entry(&self, (stream, number, span): Place) -> Option<Arc<Entry>> {
        let entry = self.held.get()?.cache.get(&span)?;
        ((entry.stream, entry.number) == (stream, number)).then_some(entry)
    }
}

/// What everything made of a fragment of so many frames may take.
fn room_for_made(frames: usize) -> usize {
    MADE_BYTES + frames * MADE_FRAME_BYTES
}

/// What an entry takes beside its bytes, roughly.
const ENTRY_BYTES: usize = 512;
/// Room for a few segments' heads.
const MADE_BYTES: usize = 4096;
/// The same for each of their frames: a slice, and its line in the head, a few times.
const MADE_FRAME_BYTES: usize = 256;
/// The share of all bytes that one fragment may take.
const SHARE_MAX: usize = 8;

#[cfg(test)]
mod tests;
