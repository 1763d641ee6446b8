//! What must hold of the frames, whatever they look like.

use crate::codec::aac::AacConfig;
use crate::codec::h264::AvcConfig;

use super::{AUDIO_TRACK, Camera, CameraSettings, SYNTH_VERSION, SettingsError, VIDEO_TRACK};

const SMALL: CameraSettings = CameraSettings {
    width: 320,
    height: 192,
    fps: 25,
    gop: 25,
    audio: true,
    bitrate_bps: 300_000,
    clock_start_ms: 45_296_789,
    looped: false,
};

/// FNV-1a, 64 bits.
fn digest<'a>(payloads: impl Iterator<Item = &'a [u8]>) -> u64 {
    payloads
        .flatten()
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3)
        })
}

#[test]
fn the_bytes_are_those_of_this_version() {
    // ffmpeg 5.1 decoded these to the encoder's own reconstruction, sample for sample.
    // Whoever changes the digest changes the version and compares again.
    let frames: Vec<_> = Camera::new(SMALL)
        .expect("valid settings")
        .take(120)
        .collect();
    let digest = digest(frames.iter().map(|frame| &frame.data[..]));
    assert_eq!(
        (SYNTH_VERSION, format!("{digest:016x}").as_str()),
        (1, "1375f6d121fd5810")
    );
}

#[test]
fn the_tracks_say_what_the_frames_are() {
    for (width, height) in [(320, 192), (640, 360), (18, 34)] {
        let settings = CameraSettings {
            width,
            height,
            ..SMALL
        };
        let tracks = Camera::new(settings).expect("valid settings").tracks();
        let private = tracks[0].codec_private.as_deref().expect("H.264 has one");
        let config = AvcConfig::parse(private).expect("a valid record");
        let size = (config.sps.width.into(), config.sps.height.into());
        assert_eq!(size, (width, height));
        assert_eq!(&config.codec_string()[..9], "avc1.42c0");
        let private = tracks[1].codec_private.as_deref().expect("AAC has one");
        let config = AacConfig::parse(private).expect("a valid configuration");
        assert_eq!((config.sample_rate_hz, config.channels), (48_000, 1));
        assert_eq!(config.codec_string(), "mp4a.40.2");
    }
}

#[test]
fn frames_come_in_order_and_groups_stay_apart() {
    let mut camera = Camera::new(SMALL).expect("valid settings");
    let mut last_end = -1;
    for group in 0..4 {
        let frames = camera.next_group();
        assert_eq!((frames[0].track, frames[0].key), (VIDEO_TRACK, true));
        assert_eq!(frames[0].pts, group * 1_000);
        assert!(
            frames[0].pts > last_end,
            "a group starts after the one before it"
        );
        let video = frames
            .iter()
            .filter(|frame| frame.track == VIDEO_TRACK)
            .count();
        let audio = frames
            .iter()
            .filter(|frame| frame.track == AUDIO_TRACK)
            .count();
        assert_eq!(video, 25);
        assert!((46..=47).contains(&audio), "{audio}");
        assert!(frames.is_sorted_by_key(|frame| frame.dts));
        assert!(
            frames
                .iter()
                .skip(1)
                .all(|frame| !frame.key || frame.track == AUDIO_TRACK)
        );
        last_end = frames.last().map_or(0, |frame| frame.dts);
    }
}

#[test]
fn durations_add_up() {
    for (fps, track) in [(30, VIDEO_TRACK), (25, AUDIO_TRACK)] {
        let settings = CameraSettings { fps, ..SMALL };
        let camera = Camera::new(settings).expect("valid settings");
        let frames: Vec<_> = camera
            .take(100)
            .filter(|frame| frame.track == track)
            .collect();
        for pair in frames.windows(2) {
            assert_eq!(pair[0].pts + i64::from(pair[0].duration), pair[1].pts);
        }
    }
}

#[test]
fn the_bit_rate_is_what_was_asked_for() {
    for (width, height, bitrate_bps) in [
        (320, 192, 300_000),
        (640, 360, 500_000),
        (640, 360, 2_000_000),
    ] {
        let settings = CameraSettings {
            width,
            height,
            bitrate_bps,
            audio: false,
            ..CameraSettings::default()
        };
        let camera = Camera::new(settings).expect("valid settings");
        let bits: usize = camera.take(50).map(|frame| 8 * frame.data.len()).sum();
        let wanted = bitrate_bps as usize * 2;
        assert!(
            bits.abs_diff(wanted) < wanted / 10,
            "{bits} bits where {wanted} were wanted"
        );
    }
}

#[test]
fn a_loop_repeats_payloads_but_not_times() {
    let settings = CameraSettings {
        looped: true,
        ..SMALL
    };
    let mut camera = Camera::new(settings).expect("valid settings");
    let groups = [camera.next_group(), camera.next_group()];
    let video = |group: usize| {
        groups[group]
            .iter()
            .filter(|frame| frame.track == VIDEO_TRACK)
            .collect::<Vec<_>>()
    };
    assert_eq!(video(0).len(), video(1).len());
    for (first, second) in video(0).into_iter().zip(video(1)) {
        assert_eq!(first.data.as_ptr(), second.data.as_ptr(), "no copy");
        assert_eq!(first.pts + 1_000, second.pts);
        assert_eq!(first.key, second.key);
    }
    let live: Vec<_> = Camera::new(SMALL)
        .expect("valid settings")
        .take(60)
        .collect();
    let looped: Vec<_> = Camera::new(settings)
        .expect("valid settings")
        .take(60)
        .collect();
    assert_eq!(live, looped, "the first round is the live camera's");
}

#[test]
fn key_frames_alone_alternate_their_idr_number() {
    let settings = CameraSettings {
        gop: 1,
        audio: false,
        looped: true,
        ..SMALL
    };
    let frames: Vec<_> = Camera::new(settings)
        .expect("valid settings")
        .take(3)
        .collect();
    assert!(frames.iter().all(|frame| frame.key));
    assert_ne!(frames[0].data[..6], frames[1].data[..6]);
    assert_eq!(frames[0].data, frames[2].data);
}

#[test]
fn extreme_settings_work_or_are_refused() {
    for (width, height) in [(16, 16), (16, 480), (480, 16), (18, 34)] {
        let settings = CameraSettings {
            width,
            height,
            ..SMALL
        };
        let mut camera = Camera::new(settings).expect("valid settings");
        assert!(camera.next_group().len() > 25);
    }
    let refused = |settings| Camera::new(settings).map(|_| ()).expect_err("out of range");
    assert_eq!(
        refused(CameraSettings {
            width: 321,
            ..SMALL
        }),
        SettingsError { field: "width" }
    );
    assert_eq!(
        refused(CameraSettings { height: 0, ..SMALL }),
        SettingsError { field: "height" }
    );
    assert_eq!(
        refused(CameraSettings { fps: 0, ..SMALL }),
        SettingsError { field: "fps" }
    );
    assert_eq!(
        refused(CameraSettings { gop: 0, ..SMALL }),
        SettingsError { field: "gop" }
    );
}
