//! The beginning and the end of extents, on a thread of its own.
//!
//! To make an extent is to allocate it and to sync it and its name; to end one is to cut it
//! off, to sync it and to rename it. Each may take as long as many batches. So the next
//! extent is made while the active one is written to, and full ones are ended beside that.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender};

use super::Shared;
use super::writer::{Active, Target};
use crate::embedded::extent::{self, BLOCK};
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
    /// By class, extents that are full and not settled yet.
    pub(super) retired: BTreeMap<Class, VecDeque<Retired>>,
    pub(super) made: SyncSender<io::Result<Active>>,
}

impl Ends {
    pub(super) fn carry_out(&mut self, order: Order) {
        match order {
            Order::Make => {
                // Who asked for it has gone, or there is room: one is asked for at a time.
                let _gone = self.made.send(self.maker.make(0));
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
    /// Size of an extent while there is room.
    pub(super) extent_bytes: u64,
    /// What all extents may take together.
    pub(super) bytes_max: u64,
}

impl Maker {
    /// An extent with room for `bytes` and more: of the usual size, or of what is left if
    /// that is enough.
    pub(super) fn make(&self, bytes: u64) -> io::Result<Active> {
        let usual = self.extent_bytes.max(bytes);
        let least = self.extent_bytes.min(EXTENT_BYTES_MIN).max(bytes);
        let left = self.left()?;
        if left < least {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.make_of(usual.min(left))
    }

    fn make_of(&self, len: u64) -> io::Result<Active> {
        let extent = {
            let mut state = lock(&self.shared.state);
            let extent = state.highest + 1;
            state.open.insert(extent);
            extent
        };
        let (file, direct) = match extent::create(&self.shared.dir, extent, len) {
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

    /// Whole blocks that an extent may take. What the active extents have not used yet is
    /// taken already.
    fn left(&self) -> io::Result<u64> {
        let dir = &self.shared.dir;
        let reserve = extent::RESERVE + self.shared.held_back.load(Ordering::Relaxed);
        let mut left = extent::free(&File::open(dir)?)?.saturating_sub(reserve);
        if self.bytes_max < u64::MAX {
            let mut taken = 0_u64;
            for (extent, _) in extent::list(dir)? {
                match extent::open(dir, extent) {
                    Ok(file) => taken = taken.saturating_add(extent::allocated(&file)?),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
            left = left.min(self.bytes_max.saturating_sub(taken));
        }
        Ok(left / BLOCK * BLOCK)
    }
}

/// Batches after which what was appended before has been committed or given up, for the
/// server has only a few under way.
const SETTLED_AFTER: u64 = 8;
/// The smallest extent that is made of what is left of a disk: some fragments long, so that
/// there are not many files of few.
const EXTENT_BYTES_MIN: u64 = 8 << 20;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::io;
    use std::sync::atomic::AtomicU64;
    use std::sync::{Arc, Mutex};

    use super::super::{Shared, State};
    use super::{EXTENT_BYTES_MIN, Maker};

    #[test]
    fn the_last_extent_is_made_of_what_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let maker = Maker {
            shared: Arc::new(Shared {
                dir: dir.path().to_owned(),
                files: Mutex::default(),
                state: Mutex::new(State {
                    open: BTreeSet::new(),
                    highest: 0,
                }),
                held_back: AtomicU64::new(0),
            }),
            extent_bytes: 2 * EXTENT_BYTES_MIN,
            bytes_max: 5 * EXTENT_BYTES_MIN + EXTENT_BYTES_MIN / 2 + 1,
        };
        let make = |bytes: u64| {
            let made = maker.make(bytes).map(|made| made.len);
            made.map_err(|error| error.kind())
        };
        assert_eq!(make(0), Ok(2 * EXTENT_BYTES_MIN));
        assert_eq!(make(5), Ok(2 * EXTENT_BYTES_MIN));
        // What is wanted is more than there is.
        assert_eq!(make(2 * EXTENT_BYTES_MIN), Err(io::ErrorKind::StorageFull));
        let left = EXTENT_BYTES_MIN + EXTENT_BYTES_MIN / 2;
        assert_eq!(make(EXTENT_BYTES_MIN + 1), Ok(left));
        assert_eq!(make(0), Err(io::ErrorKind::StorageFull));
    }
}
