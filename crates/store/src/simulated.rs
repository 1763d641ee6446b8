//! A disk in memory, for simulations in which servers crash and start again.

use std::sync::Arc;

use crate::memory::{MemoryMedia, MemoryMeta};
use crate::wrap::{Delayed, Faults, Faulty, Pause};
use crate::{Kek, Store};

/// What outlives the stores that are opened on it.
#[derive(Default)]
pub struct SimulatedDisk {
    meta: Arc<MemoryMeta>,
    media: Arc<MemoryMedia>,
}

impl SimulatedDisk {
    /// A store on this disk that is slow and fails. It remembers nothing of what earlier
    /// ones knew.
    pub fn open(&self, faults: &Arc<Faults>, pause: &Pause) -> Store {
        let meta = Delayed::new(Arc::clone(&self.meta), Arc::clone(pause));
        let media = Delayed::new(Arc::clone(&self.media), Arc::clone(pause));
        Store::new(
            Arc::new(Faulty::new(meta, Arc::clone(faults))),
            Arc::new(Faulty::new(media, Arc::clone(faults))),
            Kek::new([7; 32]),
        )
    }
}
