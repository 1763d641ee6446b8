//! The video-stream service as values and machines: what a stream, a fragment, an
//! acknowledgement and a playback session *mean*.
//!
//! This crate knows media. It knows no AWS shapes, no HTTP and no storage, does no
//! I/O, reads no clock and draws no randomness: time, numbers and bytes are arguments.

pub mod account;
pub mod chunk;
pub mod fragment;
pub mod fuzz;
pub mod iam;
pub mod ingest;
pub mod iot;
pub mod limits;
pub mod name;
pub mod numbering;
pub mod playback;
pub mod retention;
pub mod select;
pub mod signup;
pub mod stream;
pub mod timeline;
