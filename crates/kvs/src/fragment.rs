//! A fragment: one Cluster of a producer, its number, its times and its frame index.

use std::fmt;

pub use media::frame::TrackKind;

/// A fragment number: 157 bits, written as 47 decimal digits.
///
/// `1`, then a 64-bit sequence, a 64-bit server timestamp (milliseconds since the
/// epoch) and 28 random bits. Within a stream both the sequence and the timestamp
/// never decrease, so numbers order by ingestion, as text and as integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FragmentNumber {
    /// Position in the stream; a new connection starts at the next 1000·n + 1.
    pub sequence: u64,
    /// When the fragment's first byte arrived, milliseconds since the epoch.
    pub server_ms: u64,
    /// 28 random bits.
    pub random: u32,
}

impl FragmentNumber {
    /// Before every fragment.
    pub const ZERO: FragmentNumber = FragmentNumber {
        sequence: 0,
        server_ms: 0,
        random: 0,
    };
}

impl PartialOrd for FragmentNumber {
    fn partial_cmp(&self, other: &FragmentNumber) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for FragmentNumber {
    fn cmp(&self, other: &FragmentNumber) -> std::cmp::Ordering {
        let key = |n: &FragmentNumber| (n.sequence, n.server_ms, n.random);
        key(self).cmp(&key(other))
    }
}

/// What is known of one frame of a fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexEntry {
    /// Track number.
    pub track: u64,
    /// Offset of the payload from the first byte of the fragment's Cluster element.
    pub offset: u32,
    /// Payload bytes.
    pub len: u32,
    /// Presentation time in ticks, relative to the Cluster's timestamp.
    pub relative: i32,
    /// `BlockDuration` in ticks, 0 if not given.
    pub duration: u32,
    /// Whether the producer flagged it as a key frame.
    pub key: bool,
}

/// All frames of a fragment, in file (decoding) order.
pub type FrameIndex = Vec<IndexEntry>;

/// What playback and lists need to know of a stored fragment without touching its
/// media: one small row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FragmentMeta {
    /// Its number, with its server timestamp.
    pub number: FragmentNumber,
    /// Producer timestamp of the Cluster, milliseconds since the epoch.
    pub producer_ms: i64,
    /// Nanoseconds per tick.
    pub timestamp_scale_ns: u64,
    /// The Cluster's timestamp as sent, ticks.
    pub timecode: u64,
    /// `FragmentLengthInMilliseconds`: from its first frame to the end of its last.
    pub duration_ms: u32,
    /// Bytes of everything the producer sent before the first Cluster.
    pub header_len: u32,
    /// Bytes of the Cluster element.
    pub cluster_len: u32,
    /// Bytes of the producer's elements between this Cluster and the next.
    pub trailer_len: u32,
    /// Sequence of the first fragment of the same connection: fragments with equal
    /// values come from one PutMedia call and share one header.
    pub session: u64,
    /// A digest of the track list with codec ids and codec private data: where it
    /// changes, a player needs a new initialisation segment.
    pub codec_digest: u64,
    /// How many playback segments of this stream begin in earlier fragments.
    pub ordinal: u64,
    /// How many breaks in the producer's timeline lie before this fragment: places where
    /// the connection or the codecs change or the timestamps jump.
    pub breaks: u64,
    /// Where playback can begin in this fragment, if anywhere.
    pub cut: Option<Cut>,
    /// Per track, in order of first appearance; at most [`crate::limits::TRACKS_MAX`]
    /// of them are listed.
    pub tracks: Vec<TrackSpan>,
    /// Whether the first video frame of every Cluster of this connection so far was a
    /// key frame (always true for a connection without video).
    pub aligned: bool,
}

/// The first place in a fragment where playback can begin: the first key frame of its
/// first video track or, in a connection without video, its first frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Index of that frame in the [`FrameIndex`].
    pub frame: u32,
    /// Its presentation time, ticks relative to the Cluster's timestamp.
    pub relative: i32,
}

/// The stretch of time one track covers in a fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrackSpan {
    /// Track number.
    pub number: u64,
    /// What it holds.
    pub kind: TrackKind,
    /// Earliest presentation time, ticks relative to the Cluster's timestamp.
    pub first: i32,
    /// Latest presentation time, same unit.
    pub last: i32,
    /// Number of frames.
    pub frames: u32,
    /// Payload bytes.
    pub bytes: u32,
}

impl fmt::Display for FragmentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // 1 | sequence 64 | ms 64 | random 28: peel off 28 + 64 bits at a time.
        let low = u128::from(self.random & 0x0fff_ffff) | (u128::from(self.server_ms) << 28);
        let high = u128::from(self.sequence) | (1 << 64); // 65 bits above those 92
        // value = high * 2^92 + low, printed in base 10^19 limbs.
        let mut limbs = [0_u64; 3];
        let mut value = [
            (low & 0xffff_ffff) as u32,
            ((low >> 32) & 0xffff_ffff) as u32,
            ((low >> 64) as u32 & 0x0fff_ffff) | ((high << 28) as u32 & 0xf000_0000),
            (high >> 4) as u32,
            (high >> 36) as u32,
        ];
        for limb in &mut limbs {
            let mut remainder = 0_u128;
            for digit in value.iter_mut().rev() {
                let current = (remainder << 32) | u128::from(*digit);
                *digit = (current / LIMB) as u32;
                remainder = current % LIMB;
            }
            *limb = remainder as u64;
        }
        write!(f, "{}{:019}{:019}", limbs[2], limbs[1], limbs[0])
    }
}

impl FragmentNumber {
    /// Parses a decimal number; `None` unless it has the shape this service hands out.
    pub fn parse(text: &str) -> Option<FragmentNumber> {
        if text.is_empty() || text.len() > 48 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let mut value = [0_u32; 5];
        for byte in text.bytes() {
            let mut carry = u64::from(byte - b'0');
            for digit in &mut value {
                let current = u64::from(*digit) * 10 + carry;
                *digit = current as u32;
                carry = current >> 32;
            }
            if carry != 0 {
                return None;
            }
        }
        let bits = |low: usize| u128::from(value[low]);
        let low = bits(0) | bits(1) << 32 | (bits(2) & 0x0fff_ffff) << 64;
        let high = bits(2) >> 28 | bits(3) << 4 | bits(4) << 36;
        (high >> 64 == 1).then_some(FragmentNumber {
            sequence: high as u64,
            server_ms: (low >> 28) as u64,
            random: (low & 0x0fff_ffff) as u32,
        })
    }
}

/// Ten to the 19th, the largest power of ten in 64 bits.
const LIMB: u128 = 10_000_000_000_000_000_000;

#[cfg(test)]
mod tests {
    use super::FragmentNumber;

    #[test]
    fn numbers_of_the_real_service_round_trip() {
        for (text, sequence) in [
            ("91343852333181432402585582989886887689224114392", 3),
            ("91343852333181437344442219817124958653397469840", 1001),
        ] {
            let number = FragmentNumber::parse(text).unwrap();
            assert_eq!(number.sequence, sequence);
            assert_eq!(number.to_string(), text);
        }
    }

    #[test]
    fn extremes_keep_47_digits_and_order() {
        let of = |sequence, server_ms, random| FragmentNumber {
            sequence,
            server_ms,
            random,
        };
        let ordered = [
            of(0, 0, 0),
            of(1, 0, 0),
            of(1, 1_700_000_000_000, 0x0fff_ffff),
            of(1, 1_700_000_000_001, 0),
            of(2, 1_700_000_000_001, 0),
            of(1 << 60, u64::MAX, 0x0fff_ffff),
        ];
        for pair in ordered.windows(2) {
            assert!(pair[0] < pair[1]);
            assert!(pair[0].to_string() < pair[1].to_string());
        }
        for number in ordered {
            let text = number.to_string();
            assert_eq!(text.len(), 47, "{text}");
            assert_eq!(FragmentNumber::parse(&text), Some(number));
        }
    }

    #[test]
    fn other_numbers_are_refused() {
        let long = "9".repeat(48);
        for text in [
            "",
            "0",
            "12",
            "-1",
            "1e3",
            &"8".repeat(47),
            &long,
            &"0".repeat(100),
        ] {
            assert_eq!(FragmentNumber::parse(text), None, "{text}");
        }
    }
}
