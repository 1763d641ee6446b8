//! Ticks: between timescales, and from presentation to decoding order.

/// Ticks per second of video in MP4 and MPEG-TS.
pub const VIDEO_TIMESCALE: u32 = 90_000;

/// `ticks` of `scale_ns` nanoseconds each, in ticks of a `timescale` per second, rounded
/// to the nearest (halves up); saturates at the limits of `i64`.
pub fn rescale(ticks: i128, scale_ns: u64, timescale: u32) -> i64 {
    let exact = ticks
        .saturating_mul(i128::from(scale_ns))
        .saturating_mul(i128::from(timescale));
    let rounded = exact
        .saturating_add(NANOS_PER_SECOND / 2)
        .div_euclid(NANOS_PER_SECOND);
    i64::try_from(rounded).unwrap_or(if rounded < 0 { i64::MIN } else { i64::MAX })
}

/// Decoding times for frames whose presentation times are given in decoding order.
///
/// Matroska stores presentation times only. A decoder takes in one frame for each it
/// puts out, so the sorted presentation times serve as decoding times: they never
/// decrease, the first equals the earliest presentation time, and a run of frames that
/// begins where the last ended (closed or open group of pictures) continues its times.
/// Presentation minus decoding time is then negative for reordered frames, which
/// version 1 of `trun` can express (ISO/IEC 14496-12 §8.8.8).
pub fn decode_times(presentation: &[i64]) -> Vec<i64> {
    let mut times = presentation.to_vec();
    times.sort_unstable();
    times
}

const NANOS_PER_SECOND: i128 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::{decode_times, rescale};

    #[test]
    fn ticks_round_to_the_nearest() {
        for (ticks, scale_ns, timescale, expected) in [
            (1_000, 1_000_000, 90_000, 90_000),
            (33, 1_000_000, 90_000, 2_970),
            (-33, 1_000_000, 90_000, -2_970),
            (1, 100, 90_000, 0),
            (21, 1_000_000, 48_000, 1_008),
            (1, 10_000_000, 150, 2), // 1.5 rounds up
            (-1, 10_000_000, 150, -1),
            (i128::MAX, u64::MAX, u32::MAX, i64::MAX),
            (i128::MIN, u64::MAX, u32::MAX, i64::MIN),
        ] {
            assert_eq!(
                rescale(ticks, scale_ns, timescale),
                expected,
                "{ticks} {scale_ns}"
            );
        }
    }

    #[test]
    fn reordered_frames_get_times_that_never_decrease() {
        // I P b b P b b, closed: the first frame is also the first shown.
        assert_eq!(decode_times(&[0, 3, 1, 2, 6, 4, 5]), [0, 1, 2, 3, 4, 5, 6]);
        // I b b P, open: two frames that come after the key frame are shown before it.
        assert_eq!(decode_times(&[12, 10, 11, 13]), [10, 11, 12, 13]);
        assert_eq!(decode_times(&[5]), [5]);
        assert_eq!(decode_times(&[]), []);
    }
}
