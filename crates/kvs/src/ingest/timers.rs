//! What time, storage and the end of a connection do.

use crate::fragment::FragmentNumber;
use crate::ingest::ack::Ack;
use crate::ingest::explain::body;
use crate::ingest::{Ingest, Output, Phase};
use crate::limits;

impl Ingest {
    pub(super) fn on_persisted(&mut self, number: FragmentNumber) {
        self.storage_answered();
        for id in self.pending.durable(number) {
            if !matches!(self.phase, Phase::Done) {
                self.outputs.push_back(Output::Ack(Ack::Persisted(id)));
            }
        }
        self.finish_if_drained();
    }

    pub(super) fn on_not_persisted(&mut self, number: FragmentNumber) {
        self.storage_answered();
        if let Some(id) = self.pending.failed(number)
            && !matches!(
                self.phase,
                Phase::Done | Phase::Draining { errored: true, .. }
            )
        {
            // The open fragment comes after the one that failed: nobody may keep it.
            self.judge(body::not_persisted(), Some(id));
        }
        self.finish_if_drained();
    }

    /// While storage is behind nothing is read, so silence then is not the producer's.
    fn storage_answered(&mut self) {
        if !self.pending.has_room() {
            self.heard_ms = self.now_ms;
            self.idles = 0;
        }
    }

    pub(super) fn on_tick(&mut self) {
        match self.phase {
            Phase::Draining { until_ms, errored } if self.now_ms >= until_ms => {
                if !errored && self.pending.len() > 0 {
                    self.judge(body::storage_silent(), None);
                }
                self.say_goodbye();
            }
            Phase::Draining { .. } | Phase::Done => {}
            _ => {
                self.on_timers_before_data();
                self.on_silence();
            }
        }
        self.finish_if_drained();
    }

    /// What is due by now closes before what has just arrived is looked at.
    pub(super) fn on_timers_before_data(&mut self) {
        if self.closes_ms().is_some_and(|ms| self.now_ms >= ms) {
            self.close();
        }
    }

    /// When the fragment, whose Cluster has ended, closes if nothing more arrives. Not in
    /// the middle of an element, which may belong to it.
    fn closes_ms(&self) -> Option<u64> {
        let Phase::Between { close_ms, .. } = self.phase else {
            return None;
        };
        let is_between_elements =
            !self.reader.is_inside_element() && self.reader.position() == self.received;
        (is_between_elements && self.fragment.is_some()).then_some(close_ms)
    }

    fn on_silence(&mut self) {
        if !self.pending.has_room() {
            return;
        }
        let silence_ms = self.now_ms - self.heard_ms;
        if silence_ms >= limits::IDLE_MS_MAX {
            self.judge(body::silent(self.received), None);
            self.stop_reading();
            return;
        }
        let due = silence_ms / limits::IDLE_ACK_MS;
        if due > self.idles {
            self.idles = due;
            self.outputs.push_back(Output::Ack(Ack::Idle));
        }
    }

    /// Ends a silent connection: a Cluster of unknown size that could end here does.
    fn stop_reading(&mut self) {
        let at_boundary = self.reader.position() == self.received;
        if let Phase::Cluster { size: None } = self.phase
            && at_boundary
        {
            self.on_cluster_end(false);
        }
        self.give_up_open_cluster();
        self.close();
        self.drain();
    }

    pub(super) fn on_broken(&mut self) {
        self.close();
        let id = self.fragment.as_ref().map(|f| f.id);
        self.judge(body::broken(self.received), id);
    }

    /// Drops the open fragment if its Cluster has not ended.
    pub(super) fn give_up_open_cluster(&mut self) {
        if matches!(self.phase, Phase::Arriving(_) | Phase::Cluster { .. }) {
            self.drop_fragment();
        }
    }

    /// Nothing more is read; what storage has not answered for is waited for.
    pub(super) fn drain(&mut self) {
        if !self.is_over() {
            self.phase = Phase::Draining {
                until_ms: self.now_ms + limits::PERSIST_WAIT_MS,
                errored: false,
            };
        }
    }

    pub(super) fn finish_if_drained(&mut self) {
        if matches!(self.phase, Phase::Draining { .. }) && self.pending.len() == 0 {
            self.say_goodbye();
        }
    }

    fn say_goodbye(&mut self) {
        for finding in self.ledger.sum_up(self.wall_ms()) {
            self.outputs.push_back(Output::Finding(finding));
        }
        self.outputs.push_back(Output::Finish);
        self.phase = Phase::Done;
    }

    /// When a tick is due.
    pub(super) fn deadline_ms(&self) -> Option<u64> {
        match self.phase {
            Phase::Done => return None,
            Phase::Draining { until_ms, .. } => return Some(until_ms),
            _ => {}
        }
        let silence_ms = self.pending.has_room().then(|| {
            let next_idle = (self.idles + 1) * limits::IDLE_ACK_MS;
            self.heard_ms + next_idle.min(limits::IDLE_MS_MAX)
        });
        self.closes_ms().into_iter().chain(silence_ms).min()
    }
}
