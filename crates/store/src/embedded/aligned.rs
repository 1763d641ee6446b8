//! Memory for unbuffered input and output.

use crate::embedded::extent::BLOCK;

/// A buffer that is used again and again, so that a steady flow allocates nothing.
#[derive(Default)]
pub(super) struct Buffer(Vec<u8>);

impl Buffer {
    /// At least `bytes` bytes beginning on a block boundary of memory, as the system
    /// demands it. The contents stay as long as no more is asked for.
    pub(super) fn of(&mut self, bytes: u64) -> &mut [u8] {
        let needed = bytes as usize + BLOCK as usize;
        if self.0.len() < needed {
            self.0 = vec![0; needed];
        }
        let start = self.0.as_ptr().align_offset(BLOCK as usize);
        &mut self.0[start..]
    }

    /// Gives the memory back if it is more than so many bytes.
    pub(super) fn shrink(&mut self, bytes_max: u64) {
        if self.0.len() as u64 > bytes_max {
            self.0 = Vec::new();
        }
    }
}
