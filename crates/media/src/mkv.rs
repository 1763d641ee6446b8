//! Matroska (RFC 9559) on EBML (RFC 8794): an incremental reader that copies no
//! payload, and a writer.

pub mod ebml;
pub mod ids;
pub mod reader;
pub mod writer;
