//! Codec configurations and the framing of frames.

use bytes::Bytes;

use crate::codec::CodecConfig;
use crate::codec::aac::{AacConfig, AdtsHeader, raw_frames};
use crate::codec::h264::{
    AvcConfig, Framing, LengthSize, annex_b_units, to_annex_b, to_length_prefixed,
};
use crate::mp4::init::init_segment;

/// Takes `data` for the private data and the first frame of a track, of either codec.
/// The first byte is the length of the former.
///
/// Promises: no panic; what is understood of a configuration is written so that it is
/// understood again; reframing keeps all NAL units; raw AAC frames are within the packet.
///
/// # Panics
/// If a parser breaks one of them.
pub fn fuzz_codec(data: &[u8]) {
    let Some((len, rest)) = data.split_first() else {
        return;
    };
    let (private, frame) = rest.split_at(usize::from(*len).min(rest.len()));
    let private = (!private.is_empty()).then_some(private);
    for frame in [None, Some(frame)] {
        if let Ok(config) = AvcConfig::of_track(private, frame) {
            assert_eq!(AvcConfig::parse(&config.to_avcc()).as_ref(), Ok(&config));
            assert!(config.sps.width > 0 && config.sps.height > 0);
            write(&CodecConfig::H264(config));
        }
        if let Ok(config) = AacConfig::of_track(private, frame) {
            assert_eq!(AacConfig::parse(&config.config).as_ref(), Ok(&config));
            assert!(config.channels > 0 && config.sample_rate_hz > 0);
            write(&CodecConfig::Aac(config));
        }
    }
    let frame = Bytes::copy_from_slice(frame);
    for size in [LengthSize::One, LengthSize::Two, LengthSize::Four] {
        reframe(&frame, size);
    }
    packets(&frame);
}

fn write(config: &CodecConfig) {
    assert!(config.codec_string().is_ascii());
    assert!(config.timescale() > 0);
    // Refusals are fine; only a panic is a finding.
    let _ = init_segment(1, config);
}

/// Length prefixes and start codes, to and fro.
fn reframe(frame: &Bytes, size: LengthSize) {
    let framing = Framing::of(frame, size);
    let prefixed = to_length_prefixed(frame, size);
    let annex_b = to_annex_b(frame, size);
    match framing {
        None => assert!(prefixed.is_err() && annex_b.is_err()),
        Some(Framing::LengthPrefixed(_)) => assert_eq!(prefixed.as_ref(), Ok(frame)),
        Some(Framing::AnnexB) => {
            assert_eq!(annex_b.as_ref(), Ok(frame));
            let Ok(prefixed) = prefixed else { return };
            let units: Vec<&[u8]> = annex_b_units(frame).collect();
            if units.is_empty() {
                return assert!(prefixed.is_empty());
            }
            let again = to_annex_b(&prefixed, size).expect("it was framed just now");
            assert_eq!(annex_b_units(&again).collect::<Vec<_>>(), units);
        }
    }
}

/// ADTS frames of a packet.
fn packets(packet: &Bytes) {
    let frames = raw_frames(packet);
    assert!(!frames.is_empty());
    assert!(frames.iter().map(Bytes::len).sum::<usize>() <= packet.len());
    if let Some(Ok(header)) = AdtsHeader::parse(packet) {
        let config = header.config().expect("an ADTS header is a configuration");
        assert_eq!(config.object_type, header.object_type);
    }
}
