//! HLS playlists (RFC 8216), printed in the line shape of AWS's.

pub mod master;
pub mod media;
