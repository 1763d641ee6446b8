//! What acknowledgements promise, and whether it is kept: when input is refused, when
//! the server is killed, when the disk is full, when readers and producers come and go.

mod crash;
mod disk_full;
mod film;
mod fsck;
mod readers;
mod refusals;
mod retention;
mod slow_reader;
mod strictness;
mod syncs;
