//! Fragments handed out to be stored, until storage has answered.

use std::collections::VecDeque;

use crate::fragment::FragmentNumber;
use crate::ingest::ack::FragmentId;
use crate::limits;

/// The fragments of one connection that are not yet durable, oldest first.
///
/// PERSISTED goes out in fragment order even if storage answers out of order, because
/// producers take it to cover everything before it and free their buffers up to there.
#[derive(Debug, Default)]
pub(super) struct Pending {
    queue: VecDeque<Entry>,
    bytes: u64,
}

#[derive(Debug)]
struct Entry {
    id: FragmentId,
    bytes: u64,
    durable: bool,
}

impl Pending {
    /// How many fragments wait.
    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether more may be taken in.
    pub(super) fn has_room(&self) -> bool {
        self.queue.len() < limits::FRAGMENTS_IN_FLIGHT_MAX
            && self.bytes < limits::BYTES_IN_FLIGHT_MAX
    }

    /// A fragment of that many bytes was handed out.
    pub(super) fn push(&mut self, id: FragmentId, bytes: u64) {
        self.bytes += bytes;
        self.queue.push_back(Entry {
            id,
            bytes,
            durable: false,
        });
    }

    /// Storage has it. Returns the fragments that may now be acknowledged.
    pub(super) fn durable(&mut self, number: FragmentNumber) -> Vec<FragmentId> {
        if let Some(entry) = self.queue.iter_mut().find(|e| e.id.number == number) {
            entry.durable = true;
        }
        let mut done = Vec::new();
        while let Some(entry) = self.queue.pop_front_if(|e| e.durable) {
            self.bytes -= entry.bytes;
            done.push(entry.id);
        }
        done
    }

    /// Storage refused it. Returns its id, and forgets it and all after it: none of
    /// them may be acknowledged any more, the producer has to send them again.
    pub(super) fn failed(&mut self, number: FragmentNumber) -> Option<FragmentId> {
        let at = self.queue.iter().position(|e| e.id.number == number)?;
        let id = self.queue[at].id;
        self.queue.truncate(at);
        self.bytes = self.queue.iter().map(|e| e.bytes).sum();
        Some(id)
    }
}

#[cfg(test)]
mod tests {
    use super::Pending;
    use crate::fragment::FragmentNumber;
    use crate::ingest::ack::FragmentId;
    use crate::limits;

    fn id(sequence: u64) -> FragmentId {
        let number = FragmentNumber {
            sequence,
            server_ms: 0,
            random: 0,
        };
        FragmentId {
            timecode: sequence,
            number,
        }
    }

    #[test]
    fn answers_out_of_order_are_held_back() {
        let mut pending = Pending::default();
        for i in 1..=3 {
            pending.push(id(i), 10);
        }
        assert_eq!(pending.durable(id(2).number), []);
        assert_eq!(pending.durable(id(1).number), [id(1), id(2)]);
        assert_eq!(pending.durable(id(1).number), []);
        assert_eq!(pending.len(), 1);
    }

    #[test]
    fn a_failure_takes_all_after_it_along() {
        let mut pending = Pending::default();
        for i in 1..=4 {
            pending.push(id(i), 10);
        }
        assert_eq!(pending.durable(id(4).number), []);
        assert_eq!(pending.failed(id(2).number), Some(id(2)));
        assert_eq!(pending.failed(id(2).number), None);
        assert_eq!(pending.durable(id(1).number), [id(1)]);
        assert_eq!(pending.len(), 0);

        pending.push(id(5), 1);
        pending.push(id(6), limits::BYTES_IN_FLIGHT_MAX);
        assert!(!pending.has_room());
        assert_eq!(pending.failed(id(6).number), Some(id(6)));
        assert!(pending.has_room());
    }

    #[test]
    fn room_ends_by_count_and_by_bytes() {
        let mut pending = Pending::default();
        pending.push(id(1), limits::BYTES_IN_FLIGHT_MAX);
        assert!(!pending.has_room());
        pending.durable(id(1).number);
        assert!(pending.has_room());
        for i in 0..limits::FRAGMENTS_IN_FLIGHT_MAX as u64 {
            pending.push(id(i), 1);
        }
        assert!(!pending.has_room());
    }
}
