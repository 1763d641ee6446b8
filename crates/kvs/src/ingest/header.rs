//! What a producer declares before its first Cluster.

use bytes::Bytes;
use media::frame::{Track, TrackKind};

use crate::ingest::pieces::Pieces;

/// A header being read, and then the header its fragments are read with.
#[derive(Debug, Default)]
pub(super) struct Header {
    /// Everything before the first Cluster, one allocation; empty until then.
    pub(super) bytes: Bytes,
    /// Nanoseconds per tick; 0 until `Info` said otherwise.
    scale_ns: u64,
    /// The declared tracks.
    pub(super) tracks: Vec<Track>,
    /// Whether `Tracks` was seen.
    pub(super) declared: bool,
    /// Bytes gathered so far.
    pub(super) gathered: Pieces,
    /// Offset of its first byte in the body.
    pub(super) offset: u64,
    /// Whether its Segment has begun.
    pub(super) in_segment: bool,
    /// Bytes of the EBML header, where the Segment follows.
    pub(super) ebml_len: u64,
    /// Digest of the tracks, once the header is complete.
    pub(super) codec_digest: u64,
    /// Sequence of the first fragment with this header, once there is one.
    pub(super) session: Option<u64>,
    /// Whether every Cluster so far began with a key frame.
    pub(super) aligned: bool,
}

impl Header {
    /// A header that begins at this offset.
    pub(super) fn at(offset: u64) -> Header {
        Header {
            offset,
            aligned: true,
            ..Header::default()
        }
    }

    /// Nanoseconds per tick.
    pub(super) fn scale_ns(&self) -> u64 {
        match self.scale_ns {
            0 => 1_000_000,
            scale => scale,
        }
    }

    /// `Info` was read.
    pub(super) fn set_scale_ns(&mut self, scale_ns: u64) {
        self.scale_ns = scale_ns;
    }

    /// The header is complete: makes it one allocation.
    pub(super) fn complete(&mut self) {
        self.bytes = self.gathered.to_bytes();
        self.gathered = Pieces::default();
        self.codec_digest = codec_digest(&self.tracks);
    }

    /// A declared track.
    pub(super) fn track(&self, number: u64) -> Option<&Track> {
        self.tracks.iter().find(|t| t.number == number)
    }

    /// The first video track's number.
    pub(super) fn video(&self) -> Option<u64> {
        let video = self.tracks.iter().find(|t| t.kind == TrackKind::Video);
        video.map(|t| t.number)
    }

    /// Ticks as milliseconds.
    pub(super) fn ticks_to_ms(&self, ticks: i128) -> i64 {
        let ns = ticks.saturating_mul(i128::from(self.scale_ns()));
        let ms = ns.div_euclid(1_000_000);
        i64::try_from(ms).unwrap_or(if ms < 0 { i64::MIN } else { i64::MAX })
    }

    /// Ticks as seconds, for people.
    pub(super) fn seconds(&self, ticks: i128) -> String {
        let ms = self.ticks_to_ms(ticks);
        let sign = if ms < 0 { "-" } else { "" };
        let ms = ms.unsigned_abs();
        format!("{sign}{}.{:03} s", ms / 1000, ms % 1000)
    }
}

/// A digest of what a decoder must be set up with: FNV-1a, 64 bits, over each track's
/// number (8 bytes, big-endian), kind (1 byte) and then codec id and codec private data,
/// each with its length before it (8 bytes, big-endian), in order of track number.
///
/// The value is stored with fragments, so this may not change.
pub fn codec_digest(tracks: &[Track]) -> u64 {
    let mut sorted: Vec<&Track> = tracks.iter().collect();
    sorted.sort_by_key(|t| t.number);
    let mut hash = FNV_OFFSET;
    let mut eat = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(FNV_PRIME);
        }
    };
    for track in sorted {
        eat(&track.number.to_be_bytes());
        eat(&[match track.kind {
            TrackKind::Video => 1,
            TrackKind::Audio => 2,
            TrackKind::Other(kind) => kind,
        }]);
        for field in [
            track.codec_id.as_bytes(),
            track.codec_private.as_deref().unwrap_or_default(),
        ] {
            eat(&(field.len() as u64).to_be_bytes());
            eat(field);
        }
    }
    hash
}

/// FNV-1a's parameters for 64 bits (RFC 9923 §5).
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use media::frame::{Track, TrackKind};

    use super::{Header, codec_digest};

    fn track(number: u64, codec_id: &str, private: &'static [u8]) -> Track {
        Track {
            number,
            uid: 1,
            kind: TrackKind::Video,
            codec_id: codec_id.into(),
            codec_private: Some(Bytes::from_static(private)),
            name: None,
            default_duration_ns: None,
            video: None,
            audio: None,
        }
    }

    #[test]
    fn digest_is_fixed_and_sees_what_matters() {
        let a = track(1, "V_MPEG4/ISO/AVC", &[1, 2]);
        let b = track(2, "A_AAC", &[3]);
        let both = codec_digest(&[a.clone(), b.clone()]);
        assert_eq!(codec_digest(&[]), 0xcbf2_9ce4_8422_2325);
        assert_eq!(both, codec_digest(&[b.clone(), a.clone()]));
        assert_ne!(both, codec_digest(std::slice::from_ref(&a)));
        assert_ne!(
            both,
            codec_digest(&[track(1, "V_MPEG4/ISO/AVC", &[1, 3]), b])
        );
        let mut renamed = a.clone();
        renamed.name = Some("front door".into());
        renamed.uid = 77;
        assert_eq!(codec_digest(&[a]), codec_digest(&[renamed]));
    }

    #[test]
    fn seconds_for_people() {
        let header = Header::at(0);
        assert_eq!(header.seconds(1_999), "1.999 s");
        assert_eq!(header.seconds(-33), "-0.033 s");
        let far = header.seconds(i128::from(u64::MAX));
        assert_eq!(far, "9223372036854775.807 s");
    }
}
