//! The sequence parameter set (ITU-T H.264 §7.3.2.1.1), as far as playback needs it.

use crate::bits::BitReader;

/// What a sequence parameter set says about its stream.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sps {
    /// `profile_idc`, such as 66 (Baseline) or 100 (High).
    pub profile_idc: u8,
    /// The byte of `constraint_set` flags.
    pub constraint_flags: u8,
    /// `level_idc`: ten times the level.
    pub level_idc: u8,
    /// `chroma_format_idc`, 0 to 3; 1 is 4:2:0.
    pub chroma_format_idc: u8,
    /// `bit_depth_luma_minus8`, 0 to 6.
    pub bit_depth_luma_minus8: u8,
    /// `bit_depth_chroma_minus8`, 0 to 6.
    pub bit_depth_chroma_minus8: u8,
    /// Width after cropping, pixels, 1 to 32767.
    pub width: u16,
    /// Height after cropping, pixels, 1 to 32767.
    pub height: u16,
    /// Frames per second by the VUI timing information, if given and sane.
    pub frame_rate: Option<f64>,
}

/// Why a sequence parameter set was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpsError {
    /// The NAL unit is empty or its type is not 7.
    NotSps,
    /// It ends before the picture size is known.
    Truncated,
    /// A field has a value the standard does not allow.
    InvalidValue(&'static str),
    /// The picture is empty after cropping, or a side exceeds 32767 pixels.
    Size,
}

impl std::fmt::Display for SpsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            SpsError::NotSps => write!(f, "not a sequence parameter set"),
            SpsError::Truncated => write!(f, "sequence parameter set is truncated"),
            SpsError::InvalidValue(field) => write!(f, "invalid {field}"),
            SpsError::Size => write!(f, "invalid picture size"),
        }
    }
}

impl std::error::Error for SpsError {}

impl Sps {
    /// Parses a NAL unit of type 7, header byte included, emulation prevention bytes
    /// in place. VUI timing that cannot be read counts as absent.
    pub fn parse(nal: &[u8]) -> Result<Sps, SpsError> {
        let (header, body) = nal.split_first().ok_or(SpsError::NotSps)?;
        if header & 0x9f != 7 {
            return Err(SpsError::NotSps);
        }
        let rbsp = remove_emulation_prevention(body);
        let mut reader = BitReader::new(&rbsp);
        let fixed = Fixed::read(&mut reader).ok_or(SpsError::Truncated)?;
        let chroma = Chroma::read(&mut reader, fixed.profile_idc)?;
        skip_reference_fields(&mut reader)?;
        let (width, height) = picture_size(&mut reader, &chroma)?;
        Ok(Sps {
            profile_idc: fixed.profile_idc,
            constraint_flags: fixed.constraint_flags,
            level_idc: fixed.level_idc,
            chroma_format_idc: chroma.format_idc,
            bit_depth_luma_minus8: chroma.luma_minus8,
            bit_depth_chroma_minus8: chroma.chroma_minus8,
            width,
            height,
            frame_rate: vui_frame_rate(&mut reader),
        })
    }
}

struct Fixed {
    profile_idc: u8,
    constraint_flags: u8,
    level_idc: u8,
}

impl Fixed {
    fn read(reader: &mut BitReader<'_>) -> Option<Fixed> {
        let profile_idc = reader.bits(8)? as u8;
        let constraint_flags = reader.bits(8)? as u8;
        let level_idc = reader.bits(8)? as u8;
        let _seq_parameter_set_id = reader.ue()?;
        Some(Fixed {
            profile_idc,
            constraint_flags,
            level_idc,
        })
    }
}

struct Chroma {
    format_idc: u8,
    separate_planes: bool,
    luma_minus8: u8,
    chroma_minus8: u8,
}

impl Chroma {
    fn read(reader: &mut BitReader<'_>, profile_idc: u8) -> Result<Chroma, SpsError> {
        let mut chroma = Chroma {
            format_idc: 1,
            separate_planes: false,
            luma_minus8: 0,
            chroma_minus8: 0,
        };
        if !has_chroma_fields(profile_idc) {
            return Ok(chroma);
        }
        chroma.format_idc = bounded(reader, 3, "chroma_format_idc")?;
        if chroma.format_idc == 3 {
            chroma.separate_planes = reader.flag().ok_or(SpsError::Truncated)?;
        }
        chroma.luma_minus8 = bounded(reader, 6, "bit_depth_luma_minus8")?;
        chroma.chroma_minus8 = bounded(reader, 6, "bit_depth_chroma_minus8")?;
        let lists = if chroma.format_idc == 3 { 12 } else { 8 };
        skip_scaling_matrix(reader, lists).ok_or(SpsError::Truncated)?;
        Ok(chroma)
    }
}

/// Profiles whose parameter sets carry the chroma fields (§7.3.2.1.1).
pub(super) fn has_chroma_fields(profile_idc: u8) -> bool {
    matches!(
        profile_idc,
        100 | 110 | 122 | 244 | 44 | 83 | 86 | 118 | 128 | 138 | 139 | 134 | 135
    )
}

fn bounded(reader: &mut BitReader<'_>, max: u8, field: &'static str) -> Result<u8, SpsError> {
    let value = reader.ue().ok_or(SpsError::Truncated)?;
    match u8::try_from(value) {
        Ok(value) if value <= max => Ok(value),
        _ => Err(SpsError::InvalidValue(field)),
    }
}

fn skip_scaling_matrix(reader: &mut BitReader<'_>, lists: u32) -> Option<()> {
    let _qpprime_y_zero_transform_bypass_flag = reader.flag()?;
    if !reader.flag()? {
        return Some(());
    }
    for list in 0..lists {
        if !reader.flag()? {
            continue;
        }
        let size = if list < 6 { 16 } else { 64 };
        let (mut last, mut next) = (8_i64, 8_i64);
        for _ in 0..size {
            if next != 0 {
                next = (last + reader.se()?).rem_euclid(256);
            }
            if next != 0 {
                last = next;
            }
        }
    }
    Some(())
}

/// Everything between the chroma fields and the picture size.
fn skip_reference_fields(reader: &mut BitReader<'_>) -> Result<(), SpsError> {
    let skip = |reader: &mut BitReader<'_>| reader.ue().ok_or(SpsError::Truncated);
    let _log2_max_frame_num_minus4 = skip(reader)?;
    match bounded(reader, 2, "pic_order_cnt_type")? {
        0 => {
            let _log2_max_pic_order_cnt_lsb_minus4 = skip(reader)?;
        }
        1 => {
            let _delta_pic_order_always_zero_flag = reader.flag().ok_or(SpsError::Truncated)?;
            let _offset_for_non_ref_pic = skip(reader)?;
            let _offset_for_top_to_bottom_field = skip(reader)?;
            for _ in 0..bounded(reader, 255, "num_ref_frames_in_pic_order_cnt_cycle")? {
                let _offset_for_ref_frame = skip(reader)?;
            }
        }
        _ => {}
    }
    let _max_num_ref_frames = skip(reader)?;
    let _gaps_in_frame_num_value_allowed_flag = reader.flag().ok_or(SpsError::Truncated)?;
    Ok(())
}

fn picture_size(reader: &mut BitReader<'_>, chroma: &Chroma) -> Result<(u16, u16), SpsError> {
    let mut read = || -> Option<(u64, u64, u64, [u64; 4])> {
        let width_mbs = u64::from(reader.ue()?) + 1;
        let height_units = u64::from(reader.ue()?) + 1;
        let frame_mbs_only = reader.flag()?;
        if !frame_mbs_only {
            let _mb_adaptive_frame_field_flag = reader.flag()?;
        }
        let _direct_8x8_inference_flag = reader.flag()?;
        let mut crop = [0_u64; 4];
        if reader.flag()? {
            for side in &mut crop {
                *side = u64::from(reader.ue()?);
            }
        }
        Some((width_mbs, height_units, 2 - u64::from(frame_mbs_only), crop))
    };
    let (width_mbs, height_units, fields, crop) = read().ok_or(SpsError::Truncated)?;
    // Table 6-1: how many luma samples one chroma sample spans.
    let (sub_width, sub_height) = match (chroma.separate_planes, chroma.format_idc) {
        (false, 1) => (2, 2),
        (false, 2) => (2, 1),
        _ => (1, 1),
    };
    let side = |blocks: u64, cropped: u64| {
        let pixels = (blocks * 16)
            .checked_sub(cropped)
            .filter(|pixels| *pixels > 0);
        pixels
            .filter(|pixels| *pixels <= 32_767)
            .map(|pixels| pixels as u16)
            .ok_or(SpsError::Size)
    };
    let width = side(width_mbs, sub_width * (crop[0] + crop[1]))?;
    let height = side(
        height_units * fields,
        sub_height * fields * (crop[2] + crop[3]),
    )?;
    Ok((width, height))
}

/// `time_scale / (2 · num_units_in_tick)` of the VUI (Annex E §E.2.1).
fn vui_frame_rate(reader: &mut BitReader<'_>) -> Option<f64> {
    if !reader.flag()? {
        return None;
    }
    if reader.flag()? && reader.bits(8)? == EXTENDED_SAR {
        reader.bits(32)?;
    }
    if reader.flag()? {
        let _overscan_appropriate_flag = reader.flag()?;
    }
    if reader.flag()? {
        let _video_format_and_full_range = reader.bits(4)?;
        if reader.flag()? {
            let _colour_description = reader.bits(24)?;
        }
    }
    if reader.flag()? {
        let _chroma_sample_locations = (reader.ue()?, reader.ue()?);
    }
    if !reader.flag()? {
        return None;
    }
    let units_in_tick = reader.bits(32)?;
    let time_scale = reader.bits(32)?;
    let rate = f64::from(time_scale) / (2.0 * f64::from(units_in_tick));
    (rate.is_finite() && (FRAME_RATE_MIN..=FRAME_RATE_MAX).contains(&rate)).then_some(rate)
}

/// Drops the `03` of every `00 00 03` (§7.4.1).
fn remove_emulation_prevention(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    let mut zeros = 0;
    for &byte in data {
        if zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        out.push(byte);
    }
    out
}

const EXTENDED_SAR: u32 = 255;
/// Cameras write nonsense into the VUI; outside these bounds it is ignored.
const FRAME_RATE_MIN: f64 = 0.1;
const FRAME_RATE_MAX: f64 = 1000.0;

#[cfg(test)]
mod tests {
    use super::{Sps, SpsError};

    /// Annex E allows a parameter set to end anywhere; these are whole ones of x264:
    /// 1920×1080 High with VUI timing at 25 frames per second.
    const HIGH_1080P25: [u8; 28] = [
        0x67, 0x64, 0x00, 0x28, 0xac, 0xd9, 0x40, 0x78, 0x02, 0x27, 0xe5, 0xc0, 0x44, 0x00, 0x00,
        0x03, 0x00, 0x04, 0x00, 0x00, 0x03, 0x00, 0xc8, 0x3c, 0x60, 0xc6, 0x58, 0x00,
    ];

    #[test]
    fn size_profile_and_rate_are_read() {
        let sps = Sps::parse(&HIGH_1080P25).unwrap();
        assert_eq!(
            (sps.profile_idc, sps.constraint_flags, sps.level_idc),
            (100, 0, 40)
        );
        assert_eq!((sps.width, sps.height), (1920, 1080));
        assert_eq!(sps.chroma_format_idc, 1);
        assert_eq!(sps.frame_rate, Some(25.0));
    }

    #[test]
    fn every_truncation_is_an_error_or_loses_only_the_rate() {
        for len in 0..HIGH_1080P25.len() {
            match Sps::parse(&HIGH_1080P25[..len]) {
                Ok(sps) => assert_eq!((sps.width, sps.height), (1920, 1080)),
                Err(error) => {
                    assert!(len < 12, "{len}");
                    assert!(matches!(error, SpsError::NotSps | SpsError::Truncated));
                }
            }
        }
    }

    #[test]
    fn other_units_and_wild_values_are_refused() {
        assert_eq!(Sps::parse(&[0x68, 0xee]), Err(SpsError::NotSps));
        assert_eq!(Sps::parse(&[0xe7, 0x64, 0, 40]), Err(SpsError::NotSps));
        // Baseline, then a size of 2^20 macroblocks.
        let wide = [
            0x67, 66, 0, 30, 0xf4, 0x00, 0x00, 0x10, 0x00, 0x00, 0x38, 0xff, 0xff,
        ];
        assert_eq!(Sps::parse(&wide), Err(SpsError::Size));
        // High with chroma_format_idc 4.
        assert_eq!(
            Sps::parse(&[0x67, 100, 0, 40, 0b1001_0111, 0xff]),
            Err(SpsError::InvalidValue("chroma_format_idc"))
        );
    }
}
