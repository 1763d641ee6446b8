//! What a stored fragment's tracks need to be played.

use bytes::Bytes;
use kvs::playback::Selection;
use media::codec::{CodecConfig, CodecError};
use media::frame::Track;
use media::mkv::reader::{Event, Poll, Reader, ReaderLimits};
use store::FragmentBytes;

use crate::ops::ApiError;

/// The playable tracks of a connection.
pub struct Playable {
    /// Which tracks are played.
    pub selection: Selection,
    tracks: Vec<Track>,
}

impl Playable {
    /// From everything the producer sent before its first Cluster.
    ///
    /// # Errors
    ///
    /// `UnsupportedStreamMediaTypeException` if no track can be played or the video cannot,
    /// naming the codecs.
    pub fn of(header: &Bytes) -> Result<Playable, ApiError> {
        let tracks = tracks_of(header);
        let selection = Selection::of(&tracks).ok_or_else(|| {
            let ids: Vec<&str> = tracks.iter().map(|track| track.codec_id.as_str()).collect();
            let message = format!(
                "The stream's tracks cannot be played in this format: {}. H.264 video and AAC \
                 audio can.",
                ids.join(", ")
            );
            ApiError::new("UnsupportedStreamMediaTypeException", 400, message)
        })?;
        Ok(Playable { selection, tracks })
    }

    /// The track that a playlist's number stands for.
    pub fn track(&self, playlist: u64) -> Option<&Track> {
        let number = self.selection.track(playlist)?;
        self.tracks.iter().find(|track| track.number == number)
    }

    /// The configuration of a track, from its codec private data or its first key frame.
    ///
    /// # Errors
    ///
    /// `MissingCodecPrivateDataException`, `InvalidCodecPrivateDataException`.
    pub fn config(&self, playlist: u64, media: &FragmentBytes) -> Result<CodecConfig, ApiError> {
        let track = self
            .track(playlist)
            .ok_or_else(|| no_such_track(playlist))?;
        let key_frame = media
            .index
            .iter()
            .find(|e| e.track == track.number && e.key);
        let first = key_frame.and_then(|entry| {
            let start = entry.offset as usize;
            media
                .cluster
                .get(start..start.checked_add(entry.len as usize)?)
        });
        CodecConfig::of_track(track, first).map_err(|error| {
            let number = track.number;
            let message = format!("Track {number} ({}): {error}.", track.codec_id);
            let code = match error {
                CodecError::Unsupported { .. } => "UnsupportedStreamMediaTypeException",
                CodecError::Missing => "MissingCodecPrivateDataException",
                CodecError::H264(_) | CodecError::Aac(_) => "InvalidCodecPrivateDataException",
            };
            ApiError::new(code, 400, message)
        })
    }
}

/// The error for a track number that no playlist of the session has.
pub fn no_such_track(playlist: u64) -> ApiError {
    ApiError::not_found(format!("There is no track {playlist} in this session."))
}

/// The tracks that a header declares; none if it is not readable.
pub(crate) fn tracks_of(header: &Bytes) -> Vec<Track> {
    let limit = header.len() as u64;
    let limits = ReaderLimits {
        element_bytes_max: limit,
        block_bytes_max: limit,
    };
    let mut reader = Reader::new(limits);
    reader.push(header.clone());
    reader.finish();
    loop {
        match reader.poll() {
            Ok(Poll::Event(Event::Tracks { tracks, .. })) => return tracks,
            Ok(Poll::Event(_)) => {}
            Ok(Poll::NeedData | Poll::End) | Err(_) => return Vec::new(),
        }
    }
}
