//! Handing out a stream's fragment numbers.

use std::fmt;

use crate::fragment::FragmentNumber;
use crate::ingest::NumberSource;

/// The numbers of one stream, shared by all its connections.
///
/// Within a stream sequence and server timestamp never decrease, even if the clock
/// does, so numbers always order by ingestion.
pub struct Numbering {
    next_sequence: u64,
    last_server_ms: u64,
    random: Box<dyn FnMut() -> u32 + Send>,
}

impl Numbering {
    /// Goes on after `last`, the newest number ever handed out for the stream, or starts
    /// at 1. `random` gives random bits; the low 28 are used.
    pub fn after(last: Option<FragmentNumber>, random: Box<dyn FnMut() -> u32 + Send>) -> Self {
        Numbering {
            next_sequence: last.map_or(1, |n| n.sequence.saturating_add(1)),
            last_server_ms: last.map_or(0, |n| n.server_ms),
            random,
        }
    }

    /// A new connection begins whose first sequence was set aside durably.
    pub fn begin_at(&mut self, first_sequence: u64) {
        self.next_sequence = self.next_sequence.max(first_sequence);
    }

    /// The highest sequence handed out so far, 0 for none.
    pub fn last_sequence(&self) -> u64 {
        self.next_sequence - 1
    }
}

impl NumberSource for Numbering {
    fn next(&mut self, now_ms: u64) -> FragmentNumber {
        self.last_server_ms = self.last_server_ms.max(now_ms);
        let number = FragmentNumber {
            sequence: self.next_sequence,
            server_ms: self.last_server_ms,
            random: (self.random)() & 0x0fff_ffff,
        };
        self.next_sequence = self.next_sequence.saturating_add(1);
        number
    }
}

impl fmt::Debug for Numbering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Numbering")
            .field("next_sequence", &self.next_sequence)
            .field("last_server_ms", &self.last_server_ms)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Numbering;
    use crate::ingest::NumberSource;

    #[test]
    fn numbers_grow_though_the_clock_goes_back() {
        let mut bits = u32::MAX;
        let mut numbering = Numbering::after(
            None,
            Box::new(move || {
                bits = bits.wrapping_mul(1_664_525).wrapping_add(1);
                bits
            }),
        );
        let numbers: Vec<_> = [100, 50, 0, 200, 199]
            .into_iter()
            .map(|now| numbering.next(now))
            .collect();
        for pair in numbers.windows(2) {
            assert!(pair[0] < pair[1]);
            assert!(pair[0].to_string() < pair[1].to_string());
        }
        assert_eq!(numbers[2].server_ms, 100);
        assert_eq!(numbers[4].server_ms, 200);
    }
}
