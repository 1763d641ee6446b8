//! Bytes gathered as slices of network buffers, without copying them.
//!
//! A slice keeps its whole network buffer alive, so a producer that sends one byte at
//! a time could pin memory out of proportion. Runs of small slices are therefore
//! merged; each byte is copied a logarithmic number of times at most, and payload that
//! arrives in sensible reads is never copied.

use bytes::{Bytes, BytesMut};

/// An ordered list of slices.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    list: Vec<Bytes>,
    len: u64,
    /// How many slices at the end of the list are small.
    small: usize,
}

impl Pieces {
    /// Total bytes.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends a slice.
    pub(super) fn push(&mut self, piece: Bytes) {
        if piece.is_empty() {
            return;
        }
        self.len += piece.len() as u64;
        self.small = if piece.len() < SMALL {
            self.small + 1
        } else {
            0
        };
        self.list.push(piece);
        if self.small == RUN {
            self.merge_tail();
        }
    }

    /// Appends slices.
    pub(super) fn extend(&mut self, pieces: impl IntoIterator<Item = Bytes>) {
        for piece in pieces {
            self.push(piece);
        }
    }

    /// Moves everything out of `other` to the end of this.
    pub(super) fn append(&mut self, other: &mut Pieces) {
        let other = std::mem::take(other);
        self.extend(other.list);
    }

    /// The slices.
    pub(super) fn into_vec(self) -> Vec<Bytes> {
        self.list
    }

    /// One contiguous copy.
    pub(super) fn to_bytes(&self) -> Bytes {
        concatenate(&self.list)
    }

    fn merge_tail(&mut self) {
        let from = self.list.len() - self.small;
        let merged = concatenate(&self.list[from..]);
        self.list.truncate(from);
        self.small = usize::from(merged.len() < SMALL);
        self.list.push(merged);
    }
}

fn concatenate(list: &[Bytes]) -> Bytes {
    let mut out = BytesMut::with_capacity(list.iter().map(Bytes::len).sum());
    for piece in list {
        out.extend_from_slice(piece);
    }
    out.freeze()
}

/// Slices below this many bytes are worth merging.
const SMALL: usize = 512;
/// This many small slices in a row are merged into one.
const RUN: usize = 64;

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{Pieces, SMALL};

    #[test]
    fn single_bytes_end_up_in_few_slices() {
        let mut pieces = Pieces::default();
        let data: Vec<u8> = (0..100_000_u32).map(|i| i as u8).collect();
        for byte in &data {
            pieces.push(Bytes::copy_from_slice(&[*byte]));
        }
        assert_eq!(pieces.len(), data.len() as u64);
        assert_eq!(pieces.to_bytes(), data);
        let list = pieces.into_vec();
        assert!(list.len() < 300, "{}", list.len());
    }

    #[test]
    fn large_slices_are_not_copied() {
        let mut pieces = Pieces::default();
        let source = Bytes::from(vec![7; SMALL * 200]);
        for i in 0..200 {
            pieces.push(source.slice(i * SMALL..(i + 1) * SMALL));
        }
        let list = pieces.into_vec();
        assert_eq!(list.len(), 200);
        assert_eq!(list[3].as_ptr(), source[3 * SMALL..].as_ptr());
    }
}
