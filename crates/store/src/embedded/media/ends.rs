//! The beginning and the end of extents, on a thread of its own.
//!
//! To make an extent is to allocate it and to sync it and its name; to end one is to cut it
//! off, to sync it and to rename it. Each may take as long as many batches. So the next
//! extent is made while the active one is written to, and full ones are ended beside that.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender};

use super::Shared;
use super::writer::{Active, Target};
use crate::embedded::extent;
use crate::media::Class;
use crate::memory::lock;

/// What is to be done beside the appending.
pub(super) enum Order {
    /// Make the next extent and pass it on.
    Make,
    /// End an extent when nothing in it is in doubt any more.
    Retire(Class, Retired),
}

/// An extent that is full.
pub(super) struct Retired {
    pub(super) target: Arc<Target>,
    /// Where its last record ends.
    pub(super) end: u64,
    /// The batch that found it full.
    pub(super) batch: u64,
}

/// Carries out orders until nobody can give any.
pub(super) fn run(mut ends: Ends, orders: &Receiver<Order>) {
    for order in orders {
        ends.carry_out(order);
    }
}

/// The thread.
pub(super) struct Ends {
    pub(super) maker: Maker,
    pub(super) extent_bytes: u64,
    /// By class, extents that are full and not settled yet.
    pub(super) retired: BTreeMap<Class, VecDeque<Retired>>,
    pub(super) made: SyncSender<io::Result<Active>>,
}

impl Ends {
    pub(super) fn carry_out(&mut self, order: Order) {
        match order {
            Order::Make => {
                // Who asked for it has gone, or there is room: one is asked for at a time.
                let _gone = self.made.send(self.maker.make(self.extent_bytes));
            }
            Order::Retire(class, full) => {
                let extent = full.target.extent;
                if let Err(error) = self.retire(class, full) {
                    // The next start settles what stays open.
                    tracing::warn!(%error, extent, "an extent could not be ended");
                }
            }
        }
    }

    /// Gives the unused end of a full extent back, and settles those before it whose
    /// last records are in no doubt any more.
    /// What fails is tried again with the next one.
    fn retire(&mut self, class: Class, full: Retired) -> io::Result<()> {
        let batch = full.batch;
        let mut result = full.target.file.set_len(full.end);
        let retired = self.retired.entry(class).or_default();
        retired.push_back(full);
        for old in std::mem::take(retired) {
            let is_settled = batch - old.batch >= SETTLED_AFTER
                && match self.maker.shared.settle(old.target.extent, old.end) {
                    Ok(()) => true,
                    Err(error) => {
                        result = Err(error);
                        false
                    }
                };
            if !is_settled {
                retired.push_back(old);
            }
        }
        result
    }
}

/// Makes extents. Only one thread may be at it.
#[derive(Clone)]
pub(super) struct Maker {
    pub(super) shared: Arc<Shared>,
    /// What all extents may take together.
    pub(super) bytes_max: u64,
}

impl Maker {
    pub(super) fn make(&self, len: u64) -> io::Result<Active> {
        let extent = {
            let mut state = lock(&self.shared.state);
            let extent = state.highest + 1;
            state.open.insert(extent);
            extent
        };
        let room = self.has_room(len);
        let made = room.and_then(|()| extent::create(&self.shared.dir, extent, len));
        let (file, direct) = match made {
            Ok(made) => made,
            // An attempt before left it behind. It has no records, and the next start
            // removes it; until then its number is taken.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                lock(&self.shared.state).highest = extent;
                return Err(error);
            }
            Err(error) => {
                lock(&self.shared.state).open.remove(&extent);
                return Err(error);
            }
        };
        lock(&self.shared.state).highest = extent;
        Ok(Active {
            target: Arc::new(Target::new(extent, file, direct)),
            at: 0,
            len,
        })
    }

    /// Whether so much more may be taken. What the active extents have not used yet is
    /// taken already.
    fn has_room(&self, len: u64) -> io::Result<()> {
        if self.bytes_max == u64::MAX {
            return Ok(());
        }
        let mut taken = len;
        for (extent, _) in extent::list(&self.shared.dir)? {
            match extent::open(&self.shared.dir, extent) {
                Ok(file) => taken = taken.saturating_add(extent::allocated(&file)?),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        match taken > self.bytes_max {
            true => Err(io::ErrorKind::StorageFull.into()),
            false => Ok(()),
        }
    }
}

/// Batches after which what was appended before has been committed or given up, for the
/// server has only a few under way.
const SETTLED_AFTER: u64 = 8;
