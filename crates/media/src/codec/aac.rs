//! AAC: `AudioSpecificConfig` (ISO/IEC 14496-3 §1.6.2.1) and ADTS headers (§1.A.2).

#[cfg(test)]
mod tests;

use std::fmt;

use bytes::Bytes;

use crate::bits::BitReader;

/// An `AudioSpecificConfig`, as far as playback needs it, with its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AacConfig {
    /// Audio object type of the core coder: 2 is AAC-LC.
    pub object_type: u8,
    /// Sampling rate of the core coder, Hz, 1 to 16 777 215. With SBR the decoder's
    /// output may have twice this rate.
    pub sample_rate_hz: u32,
    /// Channels of the core coder, 1 to 255; parametric stereo makes two out of one.
    pub channels: u8,
    /// Whether spectral band replication (HE-AAC) is signalled.
    pub sbr: bool,
    /// Whether parametric stereo (HE-AAC v2) is signalled.
    pub ps: bool,
    /// Samples per frame at [`AacConfig::sample_rate_hz`]: 1024 or, rarely, 960.
    pub frame_samples: u32,
    /// The `AudioSpecificConfig`.
    pub config: Bytes,
}

/// Why there is no usable configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AacError {
    /// There is no private data, nor does the first frame start with an ADTS header.
    Missing,
    /// The data ends before the channel count is known.
    Truncated,
    /// An audio object type that is not one of AAC's general audio coders.
    ObjectType(u8),
    /// The sampling rate index is reserved (13 or 14; in ADTS also 15).
    ReservedRateIndex(u8),
    /// The sampling rate is given as 0 Hz.
    ZeroRate,
    /// A reserved channel configuration, or a program without channels.
    Channels(u8),
}

impl fmt::Display for AacError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AacError::Missing => write!(f, "no AudioSpecificConfig"),
            AacError::Truncated => write!(f, "AudioSpecificConfig is truncated"),
            AacError::ObjectType(kind) => write!(f, "unsupported audio object type {kind}"),
            AacError::ReservedRateIndex(index) => {
                write!(f, "sampling rate index {index} is reserved")
            }
            AacError::ZeroRate => write!(f, "sampling rate is 0"),
            AacError::Channels(configuration) => {
                write!(f, "invalid channel configuration {configuration}")
            }
        }
    }
}

impl std::error::Error for AacError {}

impl AacConfig {
    /// The configuration of a track: from its private data or, where that is absent,
    /// from the ADTS header that its first frame starts with.
    pub fn of_track(
        private: Option<&[u8]>,
        first_frame: Option<&[u8]>,
    ) -> Result<AacConfig, AacError> {
        match (private, first_frame) {
            (Some(private), _) => AacConfig::parse(private),
            (None, Some(frame)) => {
                AdtsHeader::parse(frame).map_or(Err(AacError::Missing), |header| header?.config())
            }
            (None, None) => Err(AacError::Missing),
        }
    }

    /// Parses `CodecPrivate`: an `AudioSpecificConfig`, or an ADTS header where the
    /// producer took that for one.
    pub fn parse(private: &[u8]) -> Result<AacConfig, AacError> {
        if let Some(header) = AdtsHeader::parse(private) {
            return header?.config();
        }
        let mut reader = BitReader::new(private);
        let mut object_type = object_type(&mut reader).ok_or(AacError::Truncated)?;
        let sample_rate_hz = sample_rate(&mut reader)?;
        let channel_configuration = reader.bits(4).ok_or(AacError::Truncated)? as u8;
        let ps = object_type == OBJECT_PS;
        let sbr = ps || object_type == OBJECT_SBR;
        if sbr {
            let _extension_rate_hz = sample_rate(&mut reader)?;
            object_type = self::object_type(&mut reader).ok_or(AacError::Truncated)?;
        }
        // GASpecificConfig (§4.4.1) follows for these only.
        if !matches!(object_type, 1..=4 | 6 | 7 | 17 | 19..=23) {
            return Err(AacError::ObjectType(object_type));
        }
        let mut flag = || reader.flag().ok_or(AacError::Truncated);
        let frame_samples = if flag()? { 960 } else { 1024 };
        if flag()? {
            let _core_coder_delay = reader.bits(14).ok_or(AacError::Truncated)?;
        }
        let _extension_flag = reader.flag().ok_or(AacError::Truncated)?;
        let channels = match channel_configuration {
            0 => program_channels(&mut reader).ok_or(AacError::Truncated)?,
            1..=6 => channel_configuration,
            7 | 12 | 14 => 8,
            11 => 7,
            other => return Err(AacError::Channels(other)),
        };
        if channels == 0 {
            return Err(AacError::Channels(0));
        }
        let extension = sync_extension(&mut reader).filter(|_| !sbr);
        let (sbr, ps) = extension.unwrap_or((sbr, ps));
        let config = Bytes::copy_from_slice(private);
        Ok(AacConfig {
            object_type,
            sample_rate_hz,
            channels,
            sbr,
            ps,
            frame_samples,
            config,
        })
    }

    /// The `codecs` parameter of RFC 6381 §3.3, such as `mp4a.40.2`; HE-AAC is named by
    /// the object type of its extension (5, or 29 with parametric stereo).
    pub fn codec_string(&self) -> String {
        let object_type = match (self.ps, self.sbr) {
            (true, _) => OBJECT_PS,
            (false, true) => OBJECT_SBR,
            (false, false) => self.object_type,
        };
        format!("mp4a.40.{object_type}")
    }
}

/// An ADTS header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdtsHeader {
    /// Audio object type, 1 to 4.
    pub object_type: u8,
    /// Index into the table of sampling rates, 0 to 12.
    pub rate_index: u8,
    /// Channel configuration, 1 to 7.
    pub channel_configuration: u8,
    /// Bytes of the header, 7 or 9.
    pub header_len: usize,
    /// Bytes of the whole frame, header included.
    pub frame_len: usize,
}

impl AdtsHeader {
    /// Reads the header that `data` starts with; `None` if it does not start with one.
    pub fn parse(data: &[u8]) -> Option<Result<AdtsHeader, AacError>> {
        let mut reader = BitReader::new(data.get(..7)?);
        // Syncword, then the layer, which is 0 (an MPEG audio frame has another).
        if reader.bits(12)? != 0xfff || (reader.bits(3)? & 3) != 0 {
            return None;
        }
        let protection_absent = reader.flag()?;
        let object_type = reader.bits(2)? as u8 + 1;
        let rate_index = reader.bits(4)? as u8;
        let _private_bit = reader.flag()?;
        let channel_configuration = reader.bits(3)? as u8;
        let _original_home_and_copyright = reader.bits(4)?;
        let frame_len = reader.bits(13)? as usize;
        let header_len = if protection_absent { 7 } else { 9 };
        if frame_len < header_len {
            return None;
        }
        if SAMPLE_RATES.get(usize::from(rate_index)).is_none() {
            return Some(Err(AacError::ReservedRateIndex(rate_index)));
        }
        if channel_configuration == 0 {
            return Some(Err(AacError::Channels(0)));
        }
        Some(Ok(AdtsHeader {
            object_type,
            rate_index,
            channel_configuration,
            header_len,
            frame_len,
        }))
    }

    /// The `AudioSpecificConfig` that says the same.
    pub fn config(&self) -> Result<AacConfig, AacError> {
        let bits = u16::from(self.object_type) << 11
            | u16::from(self.rate_index) << 7
            | u16::from(self.channel_configuration) << 3;
        AacConfig::parse(&bits.to_be_bytes())
    }
}

/// The raw frames in one packet: the packet itself or, where it is a run of ADTS frames,
/// what their headers enclose. Nothing is copied. A run that ends early gives the frames
/// before the break.
pub fn raw_frames(packet: &Bytes) -> Vec<Bytes> {
    // No raw frame looks like ADTS: its first three bits would be the element id of an
    // end marker (§4.4.2.1).
    let mut frames = Vec::new();
    let mut at = 0;
    while let Some(Ok(header)) = packet.get(at..).and_then(AdtsHeader::parse) {
        let end = at + header.frame_len;
        if end > packet.len() {
            break;
        }
        frames.push(packet.slice(at + header.header_len..end));
        at = end;
    }
    if frames.is_empty() {
        frames.push(packet.clone());
    }
    frames
}

/// `GetAudioObjectType()` of §1.6.2.1.
fn object_type(reader: &mut BitReader<'_>) -> Option<u8> {
    match reader.bits(5)? as u8 {
        31 => Some(32 + reader.bits(6)? as u8),
        object_type => Some(object_type),
    }
}

fn sample_rate(reader: &mut BitReader<'_>) -> Result<u32, AacError> {
    let index = reader.bits(4).ok_or(AacError::Truncated)?;
    if index == 15 {
        return match reader.bits(24).ok_or(AacError::Truncated)? {
            0 => Err(AacError::ZeroRate),
            rate => Ok(rate),
        };
    }
    let rate = SAMPLE_RATES.get(index as usize).copied();
    rate.ok_or(AacError::ReservedRateIndex(index as u8))
}

/// Counts the channels of a `program_config_element` (§4.4.1.1).
fn program_channels(reader: &mut BitReader<'_>) -> Option<u8> {
    let _tag_type_and_rate = reader.bits(10)?;
    let speakers = [reader.bits(4)?, reader.bits(4)?, reader.bits(4)?];
    let low_frequency = reader.bits(2)?;
    let _associated_data_elements = reader.bits(3)?;
    let _coupling_elements = reader.bits(4)?;
    for mixdown_bits in [4, 4, 3] {
        if reader.flag()? {
            reader.bits(mixdown_bits)?;
        }
    }
    let mut channels = low_frequency;
    for _ in 0..speakers.iter().sum() {
        channels += 1 + u32::from(reader.flag()?);
        let _element_tag = reader.bits(4)?;
    }
    u8::try_from(channels).ok()
}

/// The backward-compatible signalling of SBR and parametric stereo at the end of an
/// `AudioSpecificConfig`, as far as it is there.
fn sync_extension(reader: &mut BitReader<'_>) -> Option<(bool, bool)> {
    if reader.bits(11)? != 0x2b7 || object_type(reader)? != OBJECT_SBR {
        return None;
    }
    let sbr = reader.flag()?;
    if !sbr {
        return Some((false, false));
    }
    let rate = sample_rate(reader).ok();
    let ps = rate.is_some() && reader.bits(11) == Some(0x548) && reader.flag() == Some(true);
    Some((true, ps))
}

const OBJECT_SBR: u8 = 5;
const OBJECT_PS: u8 = 29;
/// Sampling rates by index (§1.6.3.4, table 1.18).
const SAMPLE_RATES: [u32; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
    7_350,
];
