//! Decoder configurations and framings as producers send them.

use bytes::Bytes;

use super::{
    AvcConfig, AvcError, Framing, FramingError, LengthSize, annex_b_units, to_annex_b,
    to_length_prefixed,
};

/// What FFmpeg with x264 writes for 320×240 at 25 frames per second, High 4:4:4.
const AVCC_444: &[u8] = &[
    0x01, 0xf4, 0x00, 0x0d, 0xff, 0xe1, 0x00, 0x19, 0x67, 0xf4, 0x00, 0x0d, 0x91, 0x9b, 0x28, 0x28,
    0x3f, 0x60, 0x22, 0x00, 0x00, 0x03, 0x00, 0x02, 0x00, 0x00, 0x03, 0x00, 0x64, 0x1e, 0x28, 0x53,
    0x2c, 0x01, 0x00, 0x06, 0x68, 0xef, 0x8f, 0x19, 0x21, 0x90, 0xff, 0xf8, 0xf8, 0x00,
];
/// 1920×1080, Constrained Baseline, 30000/1001.
const AVCC_1080: &[u8] = &[
    0x01, 0x42, 0xc0, 0x28, 0xff, 0xe1, 0x00, 0x17, 0x67, 0x42, 0xc0, 0x28, 0xda, 0x01, 0xe0, 0x08,
    0x9f, 0x97, 0x01, 0x10, 0x00, 0x00, 0x3e, 0x90, 0x00, 0x0e, 0xa6, 0x00, 0xf1, 0x83, 0x2a, 0x01,
    0x00, 0x04, 0x68, 0xce, 0x0f, 0xc8,
];
/// 720×576, Main, interlaced, 25.
const AVCC_576I: &[u8] = &[
    0x01, 0x4d, 0x40, 0x1e, 0xff, 0xe1, 0x00, 0x18, 0x67, 0x4d, 0x40, 0x1e, 0xf4, 0x05, 0xa1, 0x26,
    0xc0, 0x44, 0x00, 0x00, 0x03, 0x00, 0x04, 0x00, 0x00, 0x03, 0x00, 0xc8, 0x7c, 0x50, 0xaa, 0x80,
    0x01, 0x00, 0x04, 0x68, 0xde, 0x0f, 0xc8,
];

#[test]
fn configurations_of_real_encoders_round_trip() {
    for (avcc, width, height, rate, text) in [
        (AVCC_444, 320, 240, 25.0, "avc1.f4000d"),
        (AVCC_1080, 1920, 1080, 30_000.0 / 1001.0, "avc1.42c028"),
        (AVCC_576I, 720, 576, 25.0, "avc1.4d401e"),
    ] {
        let config = AvcConfig::parse(avcc).unwrap();
        assert_eq!(
            (config.sps.width, config.sps.height),
            (width, height),
            "{text}"
        );
        assert!(
            (config.sps.frame_rate.unwrap() - rate).abs() < 1e-6,
            "{text}"
        );
        assert_eq!(config.codec_string(), text);
        assert_eq!(config.to_avcc(), avcc, "{text}");
        for len in 0..avcc.len() - 4 {
            assert!(
                AvcConfig::parse(&avcc[..len]).is_err(),
                "{text} cut to {len}"
            );
        }
    }
}

#[test]
fn a_high_profile_record_may_lack_its_last_four_bytes() {
    let whole = AvcConfig::parse(AVCC_444).unwrap();
    assert_eq!(AvcConfig::parse(&AVCC_444[..AVCC_444.len() - 4]), Ok(whole));
}

#[test]
fn length_sizes_are_one_two_or_four() {
    let mut avcc = AVCC_1080.to_vec();
    for (byte, size) in [
        (0xfc, Ok(LengthSize::One)),
        (0xfd, Ok(LengthSize::Two)),
        (0xfe, Err(AvcError::LengthSize)),
        (0xff, Ok(LengthSize::Four)),
        (0x03, Ok(LengthSize::Four)), // reserved bits left at zero
    ] {
        avcc[4] = byte;
        assert_eq!(
            AvcConfig::parse(&avcc).map(|config| config.length_size),
            size
        );
    }
}

#[test]
fn wrong_profile_bytes_do_not_matter() {
    let mut avcc = AVCC_1080.to_vec();
    avcc[1..4].copy_from_slice(&[0, 0, 0]);
    assert_eq!(AvcConfig::parse(&avcc).unwrap().to_avcc(), AVCC_1080);
}

#[test]
fn parameter_sets_come_in_annex_b_or_in_the_first_frame() {
    let expected = AvcConfig::parse(AVCC_1080).unwrap();
    let (sps, pps) = sets();
    let annex_b = [&[0, 0, 0, 1], sps, &[0, 0, 0, 1], pps, &[0, 0]].concat();
    assert_eq!(AvcConfig::parse(&annex_b), Ok(expected.clone()));

    let slice: &[u8] = &[0x65, 0x88, 0x84];
    let frame = [&annex_b[..], &[0, 0, 1], slice].concat();
    assert_eq!(
        AvcConfig::of_track(None, Some(&frame)),
        Ok(expected.clone())
    );
    let prefixed = to_length_prefixed(&Bytes::from(frame), LengthSize::Four).unwrap();
    assert_eq!(
        AvcConfig::of_track(None, Some(&prefixed)),
        Ok(expected.clone())
    );

    // An avcC that only says that lengths have two bytes.
    let bare = [1, 0x42, 0xc0, 0x28, 0xfd, 0xe0, 0];
    let short = [&[0, sps.len() as u8], sps, &[0, pps.len() as u8], pps].concat();
    let config = AvcConfig::of_track(Some(&bare), Some(&short)).unwrap();
    assert_eq!(config.length_size, LengthSize::Two);
    assert_eq!(config.sps, expected.sps);
    assert_eq!(AvcConfig::of_track(Some(&bare), None), Err(AvcError::NoSps));
    assert_eq!(
        AvcConfig::of_track(Some(&bare), Some(&[0, 1, 9])),
        Err(AvcError::Missing)
    );
}

#[test]
fn start_codes_inside_a_record_are_taken_off() {
    let (sps, pps) = sets();
    let unit = [&[0, 0, 0, 1], sps, &[0, 0, 0, 1], pps].concat();
    let avcc = [
        &[1, 0x42, 0xc0, 0x28, 0xff, 0xe1, 0, unit.len() as u8],
        &unit[..],
        &[0],
    ]
    .concat();
    assert_eq!(AvcConfig::parse(&avcc).unwrap().to_avcc(), AVCC_1080);
}

#[test]
fn what_is_missing_is_named() {
    let (sps, pps) = sets();
    let sps_only = [&[0, 0, 1], sps].concat();
    let pps_only = [&[0, 0, 1], pps].concat();
    assert_eq!(AvcConfig::parse(&sps_only), Err(AvcError::NoPps));
    assert_eq!(AvcConfig::parse(&pps_only), Err(AvcError::NoSps));
    assert_eq!(
        AvcConfig::parse(b"\x02rubbish"),
        Err(AvcError::Unrecognised)
    );
    assert_eq!(AvcConfig::parse(&[]), Err(AvcError::Unrecognised));
    assert_eq!(
        AvcConfig::parse(&[1, 66, 0, 30]),
        Err(AvcError::Truncated(4))
    );
    assert_eq!(AvcConfig::of_track(None, None), Err(AvcError::Missing));
}

#[test]
fn frames_change_their_framing_and_back() {
    let units: [&[u8]; 3] = [&[0x09, 0xf0], &[0x65, 1, 2, 3, 0, 0, 3, 1], &[0x06; 300]];
    let annex_b: Vec<u8> = units
        .iter()
        .flat_map(|unit| [&[0, 0, 0, 1], *unit].concat())
        .collect();
    let annex_b = Bytes::from(annex_b);
    assert_eq!(annex_b_units(&annex_b).collect::<Vec<_>>(), units);
    for size in [LengthSize::Two, LengthSize::Four] {
        let prefixed = to_length_prefixed(&annex_b, size).unwrap();
        assert_eq!(prefixed.len(), 310 + 3 * size.bytes());
        assert_eq!(
            Framing::of(&prefixed, size),
            Some(Framing::LengthPrefixed(size))
        );
        let again = to_length_prefixed(&prefixed, size).unwrap();
        assert_eq!(again.as_ptr(), prefixed.as_ptr());
        assert_eq!(to_annex_b(&prefixed, size).unwrap(), annex_b);
    }
    assert_eq!(
        to_length_prefixed(&annex_b, LengthSize::One),
        Err(FramingError::UnitTooLong)
    );
    assert_eq!(
        to_annex_b(&annex_b, LengthSize::Four).unwrap().as_ptr(),
        annex_b.as_ptr()
    );
}

#[test]
fn a_length_that_looks_like_a_start_code_is_a_length() {
    // One unit of 0x0165 bytes: `00 00 01 65`.
    let frame = [&[0, 0, 1, 0x65][..], &[0x41; 0x165]].concat();
    let framing = Framing::of(&frame, LengthSize::Four);
    assert_eq!(framing, Some(Framing::LengthPrefixed(LengthSize::Four)));
    let cut = Framing::of(&frame[..100], LengthSize::Four);
    assert_eq!(cut, Some(Framing::AnnexB));
    assert_eq!(Framing::of(&[], LengthSize::Four), None);
    assert_eq!(Framing::of(&[0, 0, 0, 9, 1], LengthSize::Four), None);
}

#[test]
fn any_bytes_are_parsed_without_a_panic() {
    let mut state = 1_u32;
    for round in 0..20_000_usize {
        let mut bytes = AVCC_444.to_vec();
        for _ in 0..1 + round % 4 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = (state >> 8) as usize % bytes.len();
            bytes[at] = (state >> 24) as u8;
        }
        if let Ok(config) = AvcConfig::parse(&bytes) {
            assert_eq!(AvcConfig::parse(&config.to_avcc()), Ok(config));
        }
    }
}

fn sets() -> (&'static [u8], &'static [u8]) {
    (&AVCC_1080[8..31], &AVCC_1080[34..])
}
