//! Media in and out: PutMedia, GetMedia, fragment lists' media, findings.

pub mod findings;
mod gather;
pub mod get_media;
pub mod media_list;
pub mod put_media;
