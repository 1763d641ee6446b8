//! H.264: decoder configuration (`avcC`, ISO/IEC 14496-15 §5.3.3), parameter sets and
//! the two framings of NAL units.

pub mod sps;

#[cfg(test)]
mod tests;

use std::fmt;

use bytes::{BufMut, Bytes, BytesMut};

use sps::{Sps, SpsError};

/// Width of the length field before every NAL unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LengthSize {
    /// One byte.
    One,
    /// Two bytes.
    Two,
    /// Four bytes, what nearly every muxer writes.
    Four,
}

impl LengthSize {
    /// The width in bytes.
    pub fn bytes(self) -> usize {
        match self {
            LengthSize::One => 1,
            LengthSize::Two => 2,
            LengthSize::Four => 4,
        }
    }
}

/// The parameter sets of a stream, and how its frames are framed.
///
/// Profile, level and picture size come from the first sequence parameter set: the
/// copies of them in an `avcC` are often wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct AvcConfig {
    /// Width of the length fields in the track's frames once they are length-prefixed.
    pub length_size: LengthSize,
    /// Sequence parameter sets, NAL header included; at least one, at most 31.
    pub sps_list: Vec<Bytes>,
    /// Picture parameter sets; at least one, at most 255.
    pub pps_list: Vec<Bytes>,
    /// The first sequence parameter set, parsed.
    pub sps: Sps,
}

/// Why there is no usable configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AvcError {
    /// There is no private data, nor are there parameter sets in the first frame.
    Missing,
    /// The private data is neither an `avcC` (version 1) nor in Annex B form.
    Unrecognised,
    /// The `avcC` ends early; the offset is that of the first byte missing.
    Truncated(usize),
    /// `lengthSizeMinusOne` is 2, which is reserved.
    LengthSize,
    /// There is no sequence parameter set.
    NoSps,
    /// There is no picture parameter set.
    NoPps,
    /// More parameter sets, or longer ones, than an `avcC` can hold.
    TooLarge,
    /// The first sequence parameter set cannot be used.
    Sps(SpsError),
}

impl fmt::Display for AvcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AvcError::Missing => write!(f, "no parameter sets"),
            AvcError::Unrecognised => write!(f, "neither avcC nor Annex B"),
            AvcError::Truncated(offset) => write!(f, "avcC ends at byte {offset}"),
            AvcError::LengthSize => write!(f, "reserved NAL unit length size 3"),
            AvcError::NoSps => write!(f, "no sequence parameter set"),
            AvcError::NoPps => write!(f, "no picture parameter set"),
            AvcError::TooLarge => write!(f, "too many or too long parameter sets"),
            AvcError::Sps(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for AvcError {}

impl AvcConfig {
    /// The configuration of a track: from its private data or, where that is absent or
    /// holds no parameter sets, from those in the payload of its first key frame.
    pub fn of_track(
        private: Option<&[u8]>,
        first_frame: Option<&[u8]>,
    ) -> Result<AvcConfig, AvcError> {
        let declared = private.map(AvcConfig::parse);
        match (declared, first_frame) {
            (Some(Err(AvcError::NoSps | AvcError::NoPps)) | None, Some(frame)) => {
                // An avcC without parameter sets still tells the length size.
                let size = private
                    .and_then(|private| private.get(4))
                    .map(|byte| byte & 3);
                let size = size.and_then(|size| length_size(size).ok());
                AvcConfig::from_frame(frame, size.unwrap_or(LengthSize::Four))
            }
            (Some(result), _) => result,
            (None, None) => Err(AvcError::Missing),
        }
    }

    /// Parses `CodecPrivate`: an `avcC` record, or parameter sets in Annex B form.
    ///
    /// An `avcC` may lack the four bytes that follow the parameter sets in the High
    /// profiles, and its parameter sets may wrongly carry start codes.
    pub fn parse(private: &[u8]) -> Result<AvcConfig, AvcError> {
        if starts_with_start_code(private) {
            return AvcConfig::build(LengthSize::Four, annex_b_units(private));
        }
        if private.first() != Some(&1) {
            return Err(AvcError::Unrecognised);
        }
        let byte = |at: usize| {
            private
                .get(at)
                .copied()
                .ok_or(AvcError::Truncated(private.len()))
        };
        let length_size = length_size(byte(4)? & 3)?;
        let mut units = Vec::new();
        let mut at = 5;
        for count_mask in [0x1f, 0xff] {
            let count = byte(at)? & count_mask;
            at += 1;
            for _ in 0..count {
                let len = usize::from(byte(at)?) << 8 | usize::from(byte(at + 1)?);
                at += 2;
                let unit = private
                    .get(at..at + len)
                    .ok_or(AvcError::Truncated(private.len()))?;
                at += len;
                match starts_with_start_code(unit) {
                    true => units.extend(annex_b_units(unit)),
                    false => units.push(unit),
                }
            }
        }
        AvcConfig::build(length_size, units)
    }

    /// Collects the parameter sets in the payload of a key frame, whichever way it is
    /// framed. `length_size` is tried first and becomes the configuration's.
    pub fn from_frame(frame: &[u8], length_size: LengthSize) -> Result<AvcConfig, AvcError> {
        let units = match Framing::of(frame, length_size) {
            Some(Framing::LengthPrefixed(size)) => length_prefixed_units(frame, size),
            Some(Framing::AnnexB) => annex_b_units(frame).collect(),
            None => Vec::new(),
        };
        match AvcConfig::build(length_size, units) {
            Err(AvcError::NoSps | AvcError::NoPps) => Err(AvcError::Missing),
            result => result,
        }
    }

    /// The `avcC` record, without a box header.
    pub fn to_avcc(&self) -> Vec<u8> {
        let sps = &self.sps;
        let mut out = vec![1, sps.profile_idc, sps.constraint_flags, sps.level_idc];
        out.push(0xfc | (self.length_size.bytes() as u8 - 1));
        out.push(0xe0 | self.sps_list.len() as u8);
        put_units(&mut out, &self.sps_list);
        out.push(self.pps_list.len() as u8);
        put_units(&mut out, &self.pps_list);
        if !matches!(sps.profile_idc, 66 | 77 | 88) {
            out.push(0xfc | sps.chroma_format_idc);
            out.push(0xf8 | sps.bit_depth_luma_minus8);
            out.push(0xf8 | sps.bit_depth_chroma_minus8);
            out.push(0);
        }
        out
    }

    /// The `codecs` parameter of RFC 6381 §3.3, such as `avc1.42c032`.
    pub fn codec_string(&self) -> String {
        let sps = &self.sps;
        let (profile, flags, level) = (sps.profile_idc, sps.constraint_flags, sps.level_idc);
        format!("avc1.{profile:02x}{flags:02x}{level:02x}")
    }

    fn build<'a>(
        length_size: LengthSize,
        units: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<AvcConfig, AvcError> {
        let (mut sps_list, mut pps_list) = (Vec::<Bytes>::new(), Vec::<Bytes>::new());
        for unit in units {
            let list = match unit.first().map(|header| header & 0x1f) {
                Some(NAL_SPS) => &mut sps_list,
                Some(NAL_PPS) => &mut pps_list,
                _ => continue,
            };
            // Key frames of some encoders repeat their sets before every slice.
            if list.iter().any(|known| known == unit) {
                continue;
            }
            if unit.len() > usize::from(u16::MAX) || list.len() == PARAMETER_SETS_MAX {
                return Err(AvcError::TooLarge);
            }
            list.push(Bytes::copy_from_slice(unit));
        }
        let first = sps_list.first().ok_or(AvcError::NoSps)?;
        let sps = Sps::parse(first).map_err(AvcError::Sps)?;
        if pps_list.is_empty() {
            return Err(AvcError::NoPps);
        }
        Ok(AvcConfig {
            length_size,
            sps_list,
            pps_list,
            sps,
        })
    }
}

/// How the NAL units of a frame are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Start codes (ITU-T H.264 Annex B).
    AnnexB,
    /// A big-endian length before each unit (ISO/IEC 14496-15 §5.3.2).
    LengthPrefixed(LengthSize),
}

impl Framing {
    /// Recognises the framing of a frame whose track declares `length_size`; `None` if
    /// it is neither. Lengths that add up win over a start code, since a length of 1 to
    /// 511 looks like one.
    pub fn of(frame: &[u8], length_size: LengthSize) -> Option<Framing> {
        if lengths_add_up(frame, length_size) {
            Some(Framing::LengthPrefixed(length_size))
        } else if starts_with_start_code(frame) {
            Some(Framing::AnnexB)
        } else {
            None
        }
    }
}

/// A frame whose NAL units cannot be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FramingError {
    /// Neither start codes nor lengths that add up.
    Unrecognised,
    /// A NAL unit is longer than the length field can say.
    UnitTooLong,
}

impl fmt::Display for FramingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FramingError::Unrecognised => write!(f, "frame is neither length-prefixed nor Annex B"),
            FramingError::UnitTooLong => write!(f, "NAL unit exceeds its length field"),
        }
    }
}

impl std::error::Error for FramingError {}

/// The frame with a length before each NAL unit. A frame that is framed so already is
/// returned as it is, without a copy.
pub fn to_length_prefixed(frame: &Bytes, length_size: LengthSize) -> Result<Bytes, FramingError> {
    match Framing::of(frame, length_size) {
        Some(Framing::LengthPrefixed(_)) => Ok(frame.clone()),
        Some(Framing::AnnexB) => {
            let mut out = BytesMut::with_capacity(frame.len() + 16);
            for unit in annex_b_units(frame) {
                put_length(&mut out, unit.len(), length_size)?;
                out.put_slice(unit);
            }
            Ok(out.freeze())
        }
        None => Err(FramingError::Unrecognised),
    }
}

/// The frame with a four-byte start code before each NAL unit. A frame that is framed so
/// already is returned as it is.
pub fn to_annex_b(frame: &Bytes, length_size: LengthSize) -> Result<Bytes, FramingError> {
    match Framing::of(frame, length_size) {
        Some(Framing::AnnexB) => Ok(frame.clone()),
        Some(Framing::LengthPrefixed(size)) => {
            let mut out = BytesMut::with_capacity(frame.len() + 16);
            for unit in length_prefixed_units(frame, size) {
                out.put_slice(&[0, 0, 0, 1]);
                out.put_slice(unit);
            }
            Ok(out.freeze())
        }
        None => Err(FramingError::Unrecognised),
    }
}

/// The NAL units between start codes, without the zero bytes around them. Empty units
/// and bytes before the first start code are passed over.
pub fn annex_b_units(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = find_start_code(data).map(|at| &data[at + 3..]);
    std::iter::from_fn(move || {
        loop {
            let current = rest?;
            let end = find_start_code(current);
            rest = end.map(|at| &current[at + 3..]);
            let unit = &current[..end.unwrap_or(current.len())];
            // A NAL unit never ends in a zero byte (§7.4.1): these are padding, or the
            // first byte of a four-byte start code.
            let len = unit
                .iter()
                .rposition(|byte| *byte != 0)
                .map_or(0, |last| last + 1);
            if len > 0 {
                return Some(&unit[..len]);
            }
        }
    })
}

fn length_prefixed_units(data: &[u8], length_size: LengthSize) -> Vec<&[u8]> {
    let mut units = Vec::new();
    let mut rest = data;
    while let Some((unit, next)) = split_unit(rest, length_size) {
        units.push(unit);
        rest = next;
    }
    units
}

fn lengths_add_up(data: &[u8], length_size: LengthSize) -> bool {
    let mut rest = data;
    while let Some((_, next)) = split_unit(rest, length_size) {
        rest = next;
    }
    rest.is_empty() && !data.is_empty()
}

/// The first NAL unit and what follows it; `None` if its length is 0 or too large.
fn split_unit(data: &[u8], length_size: LengthSize) -> Option<(&[u8], &[u8])> {
    let (field, rest) = data.split_at_checked(length_size.bytes())?;
    let len = field
        .iter()
        .fold(0_usize, |len, byte| len << 8 | usize::from(*byte));
    (len > 0).then(|| rest.split_at_checked(len))?
}

fn put_length(out: &mut BytesMut, len: usize, size: LengthSize) -> Result<(), FramingError> {
    let too_long = |_| FramingError::UnitTooLong;
    match size {
        LengthSize::One => out.put_u8(u8::try_from(len).map_err(too_long)?),
        LengthSize::Two => out.put_u16(u16::try_from(len).map_err(too_long)?),
        LengthSize::Four => out.put_u32(u32::try_from(len).map_err(too_long)?),
    }
    Ok(())
}

fn put_units(out: &mut Vec<u8>, units: &[Bytes]) {
    for unit in units {
        out.extend_from_slice(&(unit.len() as u16).to_be_bytes());
        out.extend_from_slice(unit);
    }
}

fn length_size(minus_one: u8) -> Result<LengthSize, AvcError> {
    match minus_one {
        0 => Ok(LengthSize::One),
        1 => Ok(LengthSize::Two),
        3 => Ok(LengthSize::Four),
        _ => Err(AvcError::LengthSize),
    }
}

fn starts_with_start_code(data: &[u8]) -> bool {
    data.starts_with(&[0, 0, 1]) || data.starts_with(&[0, 0, 0, 1])
}

/// Offset of the first `00 00 01`.
fn find_start_code(data: &[u8]) -> Option<usize> {
    data.windows(3).position(|window| window == [0, 0, 1])
}

const NAL_SPS: u8 = 7;
const NAL_PPS: u8 = 8;
/// `numOfSequenceParameterSets` has five bits; no stream comes near either limit.
const PARAMETER_SETS_MAX: usize = 31;
