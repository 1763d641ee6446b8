//! The bytes a reader holds: a queue of chunks, all by reference, of which a front part
//! has been passed over and the rest is still to be read.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

/// Chunks in arrival order, and how far they have been read.
#[derive(Debug, Default)]
pub(super) struct Queue {
    chunks: VecDeque<Bytes>,
    at: Cursor,
    /// Absolute offset just past the last byte held.
    end: u64,
    /// Whether the last chunk is a gathering of small ones.
    gathering: bool,
}

/// A place in a [`Queue`]; valid until the next cut. It never rests on a chunk's end:
/// there it stands at the beginning of the next chunk, come or to come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cursor {
    /// Absolute offset, from the first byte ever pushed.
    pub(super) offset: u64,
    chunk: usize,
    byte: usize,
}

impl Queue {
    /// Appends a chunk.
    ///
    /// Small chunks that pile up are copied together, because each costs far more than
    /// its bytes: without this, a sender of one-byte chunks would make a block of `n`
    /// bytes take `32 n`.
    pub(super) fn push(&mut self, chunk: Bytes) {
        if chunk.is_empty() {
            return;
        }
        self.end += chunk.len() as u64;
        let small = chunk.len() < SMALL_BYTES;
        let joins = |last: &Bytes, gathering: bool| {
            last.len()
                < if gathering {
                    GATHERED_BYTES_MAX
                } else {
                    SMALL_BYTES
                }
        };
        match self.chunks.pop_back() {
            Some(last) if small && joins(&last, self.gathering) => {
                if self.at.chunk > self.chunks.len() {
                    self.at.chunk = self.chunks.len();
                    self.at.byte = last.len();
                }
                let mut gathered = last
                    .try_into_mut()
                    .unwrap_or_else(|last| BytesMut::from(&last[..]));
                gathered.extend_from_slice(&chunk);
                self.chunks.push_back(gathered.freeze());
                self.gathering = true;
            }
            last => {
                self.chunks.extend(last);
                self.chunks.push_back(chunk);
                self.gathering = false;
            }
        }
    }

    /// Where reading goes on.
    pub(super) fn at(&self) -> Cursor {
        self.at
    }

    /// How many bytes are there from `at` on.
    pub(super) fn available(&self, at: Cursor) -> u64 {
        self.end - at.offset
    }

    /// The bytes from `at` on: [`PEEK_BYTES`], or fewer where fewer are there. Copied to
    /// `scratch` only across a chunk's end.
    #[inline]
    pub(super) fn peek<'a>(&'a self, at: Cursor, scratch: &'a mut Scratch) -> &'a [u8] {
        let Some(chunk) = self.chunks.get(at.chunk) else {
            return &[];
        };
        match chunk[at.byte..].get(..PEEK_BYTES) {
            Some(bytes) => bytes,
            None => self.gather(at, scratch),
        }
    }

    fn gather<'a>(&self, at: Cursor, scratch: &'a mut Scratch) -> &'a [u8] {
        let mut len = 0;
        let mut from = at.byte;
        for chunk in self.chunks.range(at.chunk..) {
            let take = (chunk.len() - from).min(PEEK_BYTES - len);
            scratch[len..len + take].copy_from_slice(&chunk[from..from + take]);
            len += take;
            from = 0;
            if len == PEEK_BYTES {
                break;
            }
        }
        &scratch[..len]
    }

    /// `at` moved on by `len` bytes, or by as many as are there.
    #[inline]
    pub(super) fn after(&self, mut at: Cursor, len: u64) -> Cursor {
        let mut left = len.min(self.available(at));
        at.offset += left;
        while left > 0 {
            let in_chunk = (self.chunks[at.chunk].len() - at.byte) as u64;
            if left < in_chunk {
                // Less than a chunk's length, so it fits.
                at.byte += left as usize;
                break;
            }
            left -= in_chunk;
            at.chunk += 1;
            at.byte = 0;
        }
        at
    }

    /// Passes over `len` bytes, or as many as are there.
    pub(super) fn consume(&mut self, len: u64) {
        self.at = self.after(self.at, len);
    }

    /// `len` bytes from `at` on, all of which must be there, in one piece: a slice if
    /// they lie in one chunk, else a copy.
    pub(super) fn whole(&self, at: Cursor, len: usize) -> Bytes {
        if len == 0 {
            return Bytes::new();
        }
        let chunk = &self.chunks[at.chunk];
        if chunk.len() - at.byte >= len {
            return chunk.slice(at.byte..at.byte + len);
        }
        let mut out = BytesMut::with_capacity(len);
        let mut from = at.byte;
        for chunk in self.chunks.range(at.chunk..) {
            let take = (chunk.len() - from).min(len - out.len());
            out.extend_from_slice(&chunk[from..from + take]);
            from = 0;
            if out.len() == len {
                break;
            }
        }
        out.freeze()
    }

    /// Moves everything passed over to the end of `out`, one slice per chunk.
    pub(super) fn cut(&mut self, out: &mut Vec<Bytes>) {
        out.extend(self.chunks.drain(..self.at.chunk));
        self.at.chunk = 0;
        if self.at.byte > 0
            && let Some(front) = self.chunks.front_mut()
        {
            out.push(front.split_to(self.at.byte));
            self.at.byte = 0;
        }
    }
}

/// Room for [`Queue::peek`] to gather in.
pub(super) type Scratch = [u8; PEEK_BYTES];

/// How far [`Queue::peek`] looks: an id, a size, and a block's header and first bytes.
pub(super) const PEEK_BYTES: usize = 32;

/// Chunks below this length are small; a chunk's own cost is about half of it.
const SMALL_BYTES: usize = 64;

/// No gathering grows beyond this.
const GATHERED_BYTES_MAX: usize = 4096;
