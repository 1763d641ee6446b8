//! The server: sockets, tasks, clock, randomness and configuration live in this crate.

fn main() {}
