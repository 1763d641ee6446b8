//! `AudioSpecificConfig`s and ADTS headers as producers send them.

use bytes::Bytes;

use super::{AacConfig, AacError, AdtsHeader, raw_frames};

#[test]
fn configurations_of_real_encoders() {
    type Expected = (u32, u8, bool, bool, &'static str);
    let cases: [(&[u8], Expected); 8] = [
        // AAC-LC, 48 kHz, stereo.
        (&[0x11, 0x90], (48_000, 2, false, false, "mp4a.40.2")),
        // What FFmpeg writes: explicit signalling that there is no SBR.
        (
            &[0x11, 0x88, 0x56, 0xe5, 0x00],
            (48_000, 1, false, false, "mp4a.40.2"),
        ),
        // 8 kHz mono and 44.1 kHz 5.1.
        (&[0x15, 0x88], (8_000, 1, false, false, "mp4a.40.2")),
        (&[0x12, 0x30], (44_100, 6, false, false, "mp4a.40.2")),
        // Escaped rate: 2 | 15 | 11 025 + 1 Hz | 1 | 000.
        (
            &[0x17, 0x80, 0x15, 0x89, 0x08],
            (11_026, 1, false, false, "mp4a.40.2"),
        ),
        // HE-AAC, hierarchical: 5 | 24 kHz | stereo | 48 kHz | 2 | 000.
        (
            &[0x2b, 0x11, 0x88, 0x00],
            (24_000, 2, true, false, "mp4a.40.5"),
        ),
        // HE-AAC v2, hierarchical: 29 | 24 kHz | mono | 48 kHz | 2 | 000.
        (
            &[0xeb, 0x09, 0x88, 0x00],
            (24_000, 1, true, true, "mp4a.40.29"),
        ),
        // HE-AAC, backward compatible: LC 22.05 kHz stereo, then 0x2b7, 5, SBR, 44.1 kHz.
        (
            &[0x13, 0x90, 0x56, 0xe5, 0xa0],
            (22_050, 2, true, false, "mp4a.40.5"),
        ),
    ];
    for (bytes, expected) in cases {
        let config = AacConfig::parse(bytes).unwrap_or_else(|error| panic!("{bytes:x?}: {error}"));
        let seen = (
            config.sample_rate_hz,
            config.channels,
            config.sbr,
            config.ps,
        );
        let text = config.codec_string();
        assert_eq!(
            (seen.0, seen.1, seen.2, seen.3, text.as_str()),
            expected,
            "{bytes:x?}"
        );
        assert_eq!(config.config, bytes);
        assert_eq!((config.object_type, config.frame_samples), (2, 1024));
    }
}

#[test]
fn a_program_configuration_is_counted() {
    // LC, 48 kHz, channels 0; the element: tag 0, LC, 48 kHz, one front pair, no sides,
    // one back single, one low-frequency; no mixdowns; 1|0000, 0|0000, 0000.
    let bits = concat!(
        "00010", "0011", "0000", "000", // up to GASpecificConfig's flags
        "0000", "01", "0011", "0001", "0000", "0001", "01", "000", "0000", "0", "0", "0", "1",
        "0000", "0", "0000", "0000", "000",
    );
    let bytes: Vec<u8> = bits
        .as_bytes()
        .chunks(8)
        .map(|chunk| {
            chunk.iter().fold(0, |byte, bit| byte << 1 | (bit - b'0')) << (8 - chunk.len())
        })
        .collect();
    let config = AacConfig::parse(&bytes).unwrap();
    assert_eq!((config.sample_rate_hz, config.channels), (48_000, 4));
    assert_eq!(AacConfig::parse(&bytes[..4]), Err(AacError::Truncated));
}

#[test]
fn what_cannot_play_is_refused_with_its_reason() {
    let cases: [(&[u8], AacError); 8] = [
        (&[], AacError::Truncated),
        (&[0x11], AacError::Truncated),
        // Rate indices 13 and 14.
        (&[0x16, 0x90], AacError::ReservedRateIndex(13)),
        (&[0x17, 0x10], AacError::ReservedRateIndex(14)),
        // An escaped rate of 0 Hz.
        (&[0x17, 0x80, 0x00, 0x00, 0x08], AacError::ZeroRate),
        // Channel configuration 8 is reserved.
        (&[0x11, 0xc0], AacError::Channels(8)),
        // 8 is CELP; 42 is USAC.
        (&[0x41, 0x90], AacError::ObjectType(8)),
        (&[0xf9, 0x46, 0x40], AacError::ObjectType(42)),
    ];
    for (bytes, error) in cases {
        assert_eq!(AacConfig::parse(bytes), Err(error), "{bytes:x?}");
    }
}

#[test]
fn an_adts_header_stands_in_for_the_configuration() {
    let frame = adts(4, 1, &[1, 2, 3]);
    let config = AacConfig::of_track(None, Some(&frame)).unwrap();
    assert_eq!(config.config.as_ref(), [0x12, 0x08]);
    assert_eq!((config.sample_rate_hz, config.channels), (44_100, 1));
    assert_eq!(AacConfig::parse(&frame), Ok(config));
    assert_eq!(
        AacConfig::of_track(None, Some(&[1, 2, 3])),
        Err(AacError::Missing)
    );
    assert_eq!(AacConfig::of_track(None, None), Err(AacError::Missing));
    let reserved = adts(13, 1, &[1]);
    assert_eq!(
        AacConfig::of_track(None, Some(&reserved)),
        Err(AacError::ReservedRateIndex(13))
    );
    assert_eq!(
        AacConfig::parse(&adts(3, 0, &[1])),
        Err(AacError::Channels(0))
    );
}

#[test]
fn adts_headers_are_stripped_without_a_copy() {
    let one = adts(3, 2, &[7; 5]);
    let packet = Bytes::from([one.clone(), adts(3, 2, &[8; 300])].concat());
    let frames = raw_frames(&packet);
    assert_eq!(frames, [Bytes::from(vec![7; 5]), Bytes::from(vec![8; 300])]);
    assert_eq!(frames[0].as_ptr(), packet[7..].as_ptr());

    let raw = Bytes::from_static(&[0x21, 0x10, 0x05]);
    assert_eq!(raw_frames(&raw), std::slice::from_ref(&raw));
    assert_eq!(raw_frames(&Bytes::new()), [Bytes::new()]);
    // The second frame claims more than there is.
    let broken = packet.slice(..packet.len() - 1);
    assert_eq!(raw_frames(&broken), [Bytes::from(vec![7; 5])]);

    let mut with_crc = one;
    with_crc[1] &= !1;
    assert_eq!(AdtsHeader::parse(&with_crc).unwrap().unwrap().header_len, 9);
}

#[test]
fn any_bytes_are_parsed_without_a_panic() {
    let mut state = 7_u32;
    for len in (0..24).cycle().take(20_000) {
        let mut bytes = Vec::new();
        for _ in 0..len {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            bytes.push((state >> 24) as u8);
        }
        if let Ok(config) = AacConfig::parse(&bytes) {
            assert!(config.sample_rate_hz > 0 && config.channels > 0);
        }
        raw_frames(&Bytes::from(bytes));
    }
}

/// An ADTS frame of AAC-LC around `payload`, without a checksum.
fn adts(rate_index: u8, channels: u8, payload: &[u8]) -> Vec<u8> {
    let len = payload.len() + 7;
    let mut frame = vec![0xff, 0xf1, 1 << 6 | rate_index << 2 | channels >> 2];
    frame.push((channels & 3) << 6 | (len >> 11) as u8);
    frame.extend([(len >> 3) as u8, (len << 5) as u8 | 0x1f, 0xfc]);
    frame.extend_from_slice(payload);
    frame
}
