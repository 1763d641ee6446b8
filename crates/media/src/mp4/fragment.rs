//! A media segment: `moof` and `mdat` for a run of frames of one track.

use bytes::Bytes;
use shiguredo_mp4::boxes::{MfhdBox, MoofBox, TfdtBox, TfhdBox, TrafBox, TrunBox, TrunSample};
use shiguredo_mp4::{Encode, SampleFlags};

use super::WriteError;
use crate::frame::Frame;

/// A media segment, ready to be sent piece by piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaSegment {
    /// The `moof` box and the header of the `mdat` box.
    pub head: Bytes,
    /// The frames' payloads in order, the very buffers that were given.
    pub payload: Vec<Bytes>,
}

impl MediaSegment {
    /// Bytes of the whole segment.
    pub fn len(&self) -> usize {
        self.head.len() + self.payload.iter().map(Bytes::len).sum::<usize>()
    }

    /// Whether there is nothing in it; never the case, since a `moof` is not empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Builds the segment (ISO/IEC 14496-12 §8.8).
///
/// `frames` are of one track, in decoding order, their times in the track's timescale.
/// `dts` must never decrease and the first is what `tfdt` says; without frames that is
/// `decode_time`, which is not looked at otherwise. `duration` is the frame's length as
/// it goes into `trun`; `pts - dts` goes in as a signed offset.
pub fn media_segment(
    sequence_number: u32,
    track_id: u32,
    decode_time: u64,
    frames: &[Frame],
) -> Result<MediaSegment, WriteError> {
    let decode_time = match frames.first() {
        Some(first) => u64::try_from(first.dts).map_err(|_| WriteError::new("negative time"))?,
        None => decode_time,
    };
    let payload: Vec<Bytes> = frames
        .iter()
        .map(|frame| frame.data.clone())
        .filter(|data| !data.is_empty())
        .collect();
    let payload_len: u64 = payload.iter().map(|data| data.len() as u64).sum();
    let mdat_len =
        u32::try_from(payload_len + 8).map_err(|_| WriteError::new("mdat over 4 GiB"))?;

    let samples = frames.iter().map(sample).collect::<Result<Vec<_>, _>>()?;
    let mut movie_fragment = MoofBox {
        mfhd_box: MfhdBox { sequence_number },
        traf_boxes: vec![TrafBox {
            tfhd_box: TfhdBox {
                track_id,
                base_data_offset: None,
                sample_description_index: None,
                default_sample_duration: None,
                default_sample_size: None,
                default_sample_flags: None,
                duration_is_empty: false,
                default_base_is_moof: true,
            },
            tfdt_box: Some(TfdtBox {
                version: 1,
                base_media_decode_time: decode_time,
            }),
            trun_boxes: vec![TrunBox {
                data_offset: Some(0),
                first_sample_flags: None,
                samples,
            }],
            unknown_boxes: Vec::new(),
        }],
        unknown_boxes: Vec::new(),
    };
    // The box's length does not depend on the offset in it: measure, then write.
    let len = movie_fragment.encode_to_vec()?.len();
    let offset = i32::try_from(len + 8).map_err(|_| WriteError::new("moof over 2 GiB"))?;
    movie_fragment.traf_boxes[0].trun_boxes[0].data_offset = Some(offset);
    let mut head = movie_fragment.encode_to_vec()?;
    head.extend_from_slice(&mdat_len.to_be_bytes());
    head.extend_from_slice(b"mdat");
    Ok(MediaSegment {
        head: Bytes::from(head),
        payload,
    })
}

fn sample(frame: &Frame) -> Result<TrunSample, WriteError> {
    let size = u32::try_from(frame.data.len()).map_err(|_| WriteError::new("frame over 4 GiB"))?;
    // §8.8.3.1: 2 is "depends on no other sample", 1 is "depends on others".
    let depends_on = if frame.key { 2 } else { 1 };
    Ok(TrunSample {
        duration: Some(frame.duration),
        size: Some(size),
        flags: Some(SampleFlags::from_fields(
            0, depends_on, 0, 0, 0, !frame.key, 0,
        )),
        composition_time_offset: Some(frame.pts.saturating_sub(frame.dts)),
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use shiguredo_mp4::Decode;
    use shiguredo_mp4::boxes::MoofBox;

    use super::media_segment;
    use crate::frame::Frame;

    fn frame(dts: i64, pts: i64, key: bool, data: &'static [u8]) -> Frame {
        Frame {
            track: 1,
            dts,
            pts,
            duration: 3_000,
            key,
            data: Bytes::from_static(data),
        }
    }

    #[test]
    fn a_segment_says_where_when_and_how_long() {
        let start = 1_700_000_000_000 * 90;
        let frames = [
            frame(start, start, true, b"key!!"),
            frame(start + 3_000, start + 9_000, false, b"P"),
            frame(start + 6_000, start + 3_000, false, b"bb"),
        ];
        let segment = media_segment(7, 1, 0, &frames).unwrap();
        assert_eq!(segment.payload, ["key!!", "P", "bb"]);
        assert_eq!(segment.payload[0].as_ptr(), frames[0].data.as_ptr());

        let (moof, len) = MoofBox::decode(&segment.head).unwrap();
        assert_eq!(segment.head[len..], *b"\x00\x00\x00\x10mdat");
        assert_eq!(segment.len(), len + 16);
        assert_eq!(moof.mfhd_box.sequence_number, 7);
        let track = &moof.traf_boxes[0];
        assert_eq!(track.tfhd_box.track_id, 1);
        assert!(track.tfhd_box.default_base_is_moof);
        let tfdt = track.tfdt_box.as_ref().unwrap();
        assert_eq!(
            (tfdt.version, tfdt.base_media_decode_time),
            (1, start as u64)
        );
        let run = &track.trun_boxes[0];
        assert_eq!(run.data_offset, Some(len as i32 + 8));
        let rows: Vec<_> = run
            .samples
            .iter()
            .map(|s| {
                (
                    s.duration,
                    s.size,
                    s.composition_time_offset,
                    s.flags.map(|f| f.get()),
                )
            })
            .collect();
        let (key, other) = (Some(0x0200_0000), Some(0x0101_0000));
        assert_eq!(
            rows,
            [
                (Some(3_000), Some(5), Some(0), key),
                (Some(3_000), Some(1), Some(6_000), other),
                (Some(3_000), Some(2), Some(-3_000), other),
            ]
        );
    }

    #[test]
    fn a_segment_without_frames_keeps_its_time() {
        let segment = media_segment(1, 2, 48_000, &[]).unwrap();
        let (moof, len) = MoofBox::decode(&segment.head).unwrap();
        let track = &moof.traf_boxes[0];
        assert_eq!(
            track.tfdt_box.as_ref().unwrap().base_media_decode_time,
            48_000
        );
        assert!(track.trun_boxes[0].samples.is_empty());
        assert_eq!(segment.head[len..], *b"\x00\x00\x00\x08mdat");
        assert!(!segment.is_empty());
    }

    #[test]
    fn times_that_cannot_be_written_are_refused() {
        assert!(media_segment(1, 1, 0, &[frame(-1, 0, true, b"x")]).is_err());
        let far = [frame(0, i64::MAX, true, b"x")];
        assert!(media_segment(1, 1, 0, &far).is_err());
    }
}
