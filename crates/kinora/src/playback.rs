//! Playback of stored and live media: session addresses and what they lead to.

pub mod hls;
pub mod known;
pub mod rows;
pub mod session;
pub mod token;
pub mod tracks;
