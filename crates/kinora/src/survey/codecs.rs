//! What the digest of a fragment's tracks stands for.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use kvs::limits;
use kvs::name::StreamId;
use media::codec::CodecConfig;
use media::frame::{Track, TrackKind};
use serde_json::{Value, json};
use store::{Store, StoredFragment};

use crate::lately::Lately;
use crate::playback::tracks::tracks_of;

/// Tracks by stream and digest, those that were asked for lately.
pub struct Codecs(Mutex<Lately<(StreamId, u64), Arc<Value>>>);

impl Default for Codecs {
    fn default() -> Codecs {
        Codecs(Mutex::new(Lately::new(limits::CODECS_HELD_MAX)))
    }
}

impl Codecs {
    /// What is known of a digest.
    pub fn find(&self, id: StreamId, digest: u64) -> Option<Arc<Value>> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.find(&(id, digest))
    }

    /// The tracks of a fragment, from its media if they are not known. `None` if that
    /// cannot be read.
    pub async fn of(
        &self,
        store: &Store,
        id: StreamId,
        fragment: &StoredFragment,
    ) -> Option<Arc<Value>> {
        let digest = fragment.meta.codec_digest;
        if let Some(known) = self.find(id, digest) {
            return Some(known);
        }
        let media = store.read_fragment(id, fragment).await;
        let media = media.inspect_err(|error| {
            tracing::debug!(%error, "a fragment could not be read for its tracks");
        });
        let tracks = Arc::new(shown(&media.ok()?.header));
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.keep((id, digest), Arc::clone(&tracks), 1);
        Some(tracks)
    }
}

/// The tracks that a header declares, as JSON.
fn shown(header: &Bytes) -> Value {
    tracks_of(header).iter().map(track).collect()
}

fn track(track: &Track) -> Value {
    let kind = match track.kind {
        TrackKind::Video => "video",
        TrackKind::Audio => "audio",
        TrackKind::Other(_) => "other",
    };
    let config = CodecConfig::of_track(track, None).ok();
    let mut shown = json!({
        "number": track.number,
        "type": kind,
        "codecId": track.codec_id,
        "codec": config.map(|config| config.codec_string()),
    });
    if let Some(video) = track.video {
        shown["width"] = video.width.into();
        shown["height"] = video.height.into();
    }
    if let Some(audio) = track.audio {
        shown["sampleRateHz"] = audio.sample_rate_hz.into();
        shown["channels"] = audio.channels.into();
    }
    shown
}
