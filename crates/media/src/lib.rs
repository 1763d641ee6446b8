//! Bytes to media and back: containers, codecs and playlists.
//!
//! This crate knows nothing of AWS, HTTP, storage or the time of day. It opens no
//! file, spawns nothing and never panics on input; every parser is bounded by a
//! limits value its caller passes in.

pub mod bits;
pub mod codec;
pub mod frame;
pub mod fuzz;
pub mod hls;
pub mod mkv;
pub mod mp4;
pub mod synth;
pub mod time;
