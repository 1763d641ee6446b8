//! Small reads gathered into blocks of one size.
//!
//! A slice of what a connection received keeps its whole network buffer, and that buffer is
//! sized for more than a camera's frame: a fragment of small reads would hold two to three
//! times its length in memory until it is durable. Gathered, it holds its length, the
//! network buffer is free for the next read at once, and blocks of one size are easily
//! used again. Large reads fill their buffers and are passed on as they are.

use bytes::{Bytes, BytesMut};

/// Where a connection's small reads go.
#[derive(Default)]
pub(crate) struct Gather {
    block: BytesMut,
}

impl Gather {
    /// The same bytes, in at most two slices.
    pub(crate) fn take(&mut self, mut data: Bytes) -> [Bytes; 2] {
        if data.len() >= LARGE_BYTES {
            return [data, Bytes::new()];
        }
        let rest = data.split_off(data.len().min(self.block.capacity()));
        let first = self.copy(&data);
        if rest.is_empty() {
            return [first, rest];
        }
        self.block = BytesMut::with_capacity(BLOCK_BYTES);
        [first, self.copy(&rest)]
    }

    fn copy(&mut self, data: &[u8]) -> Bytes {
        self.block.extend_from_slice(data);
        self.block.split().freeze()
    }
}

/// Reads from this size on are not gathered.
const LARGE_BYTES: usize = 64 << 10;
/// Size of a block; at least that of a small read.
const BLOCK_BYTES: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{BLOCK_BYTES, Gather, LARGE_BYTES};

    #[test]
    fn bytes_stay_what_they_are_and_blocks_are_filled() {
        let mut gather = Gather::default();
        let mut blocks = 0;
        let mut end = std::ptr::null();
        let sent: Vec<u8> = (0..1_000_000_u32).map(|n| (n / 7) as u8).collect();
        let (mut received, mut kept) = (Vec::new(), Vec::new());
        let mut at = 0;
        for len in [1, 10_000, 63_000, LARGE_BYTES - 1, 0, 5000].iter().cycle() {
            let piece = Bytes::copy_from_slice(&sent[at..sent.len().min(at + len)]);
            at += piece.len();
            for slice in gather.take(piece).into_iter().filter(|s| !s.is_empty()) {
                blocks += usize::from(slice.as_ptr() != end);
                end = slice.as_ptr().wrapping_add(slice.len());
                received.extend_from_slice(&slice);
                kept.push(slice);
            }
            if at == sent.len() {
                break;
            }
        }
        assert!(received == sent);
        assert!(
            blocks <= sent.len().div_ceil(BLOCK_BYTES),
            "{blocks} blocks"
        );
    }

    #[test]
    fn large_reads_are_not_copied() {
        let data = Bytes::from(vec![7; LARGE_BYTES]);
        let [slice, rest] = Gather::default().take(data.clone());
        assert_eq!((slice.as_ptr(), rest.len()), (data.as_ptr(), 0));
    }
}
