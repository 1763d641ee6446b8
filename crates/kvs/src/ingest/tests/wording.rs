//! What people read: the threads of users who got an error number and no reason, and
//! whether the finding would have told them.
//!
//! `cpp#N` is issue N of awslabs/amazon-kinesis-video-streams-producer-sdk-cpp, `java#N`
//! of amazon-kinesis-video-streams-producer-sdk-java, `c#N` of …-producer-c and `emb#N`
//! of aws-samples/amazon-kinesis-video-streams-producer-embedded-c.

use bytes::Bytes;
use media::frame::TrackKind;

use crate::fragment::FragmentMeta;
use crate::ingest::finding::{Finding, overlap};
use crate::ingest::tests::film::{AVCC, Film, Shot, key, sound, tags, track, video};
use crate::ingest::tests::rig::{self, Rig};
use crate::stream::Strictness;

/// What a tolerant connection finds in a body.
fn find(bodies: &[Bytes], code: &str) -> Finding {
    let mut rig = Rig::new(Strictness::Tolerant);
    for body in bodies {
        rig.data(body.clone());
    }
    rig.end();
    rig.finding(code).clone()
}

#[track_caller]
fn says(finding: &Finding, what: &str, cause: &str, cures: &[&str]) {
    assert_eq!(finding.what, what);
    assert!(finding.cause.contains(cause), "{}", finding.cause);
    for cure in cures {
        assert!(finding.cure.contains(cure), "{cure}: {}", finding.cure);
    }
}

/// cpp#185, cpp#226 and cpp#265: a Raspberry Pi camera without a stated frame rate. The
/// second fragment, at 406 or 413 ms, comes a few milliseconds early. It was cured by
/// passing width, height and frame rate.
#[test]
fn jitter_of_a_raspberry_pi() {
    let film = Film::video();
    let finding = find(
        &[
            film.header(),
            film.cluster(0, &[key(0), video(203), video(413)]),
            film.cluster(406, &[key(0)]),
        ],
        "timestamps-go-back",
    );
    says(
        &finding,
        "this Cluster begins at 0.406 s, but the fragment before it already had a frame of \
         track 1 (video, V_MPEG4/ISO/AVC) at 0.413 s (its block is at byte 239)",
        "timestamps jitter",
        &["framerate=", "-w -h -f", "do-timestamp"],
    );
    assert_eq!(finding.aws.map(|e| e.id()), Some(4004));
    assert_eq!(
        finding.element.as_deref(),
        Some("Segment/Cluster/Timestamp")
    );
    assert!(!finding.refused);
    assert_eq!(finding.fragment.map(|n| n.sequence), Some(2));
    assert_eq!(finding.offset, Some(285));
}

/// cpp#193: RTSP through kvssink without h264parse; slices came as frames of their own,
/// so after minutes a frame had the time of the next key frame, or more.
#[test]
fn slices_as_frames() {
    let film = Film::video();
    let finding = find(
        &[
            film.header(),
            film.cluster(522_616, &[key(0), video(33), video(34)]),
            film.cluster(522_649, &[key(0)]),
        ],
        "timestamps-go-back",
    );
    says(
        &finding,
        "this Cluster begins at 522.649 s, but the fragment before it already had a frame of \
         track 1 (video, V_MPEG4/ISO/AVC) at 522.650 s (its block is at byte 241)",
        "uneven clock",
        &["h264parse", "alignment=au"],
    );
}

/// cpp#272 is of the same family; cpp#318 names the reason: the RTSP source paused and
/// began again.
#[test]
fn a_source_that_starts_again() {
    let film = Film::video();
    let finding = find(
        &[
            film.header(),
            film.cluster(90_000, &[key(0), video(1000)]),
            film.cluster(0, &[key(0)]),
        ],
        "timestamps-go-back",
    );
    says(
        &finding,
        "this Cluster begins at 0.000 s, but the fragment before it already had a frame of \
         track 1 (video, V_MPEG4/ISO/AVC) at 91.000 s (its block is at byte 195)",
        "clock started again",
        &["new PutMedia connection", "-use_wallclock_as_timestamps 1"],
    );
}

/// java#38: B-frames, as ffmpeg makes them by default.
#[test]
fn b_frames() {
    let film = Film::video();
    let shots = [key(0), video(120), video(40), video(80)];
    let finding = find(
        &[
            film.header(),
            film.cluster(400, &shots),
            film.cluster(500, &[key(60)]),
        ],
        "timestamps-go-back",
    );
    says(
        &finding,
        "this Cluster begins at 0.500 s, but the fragment before it already had a frame of \
         track 1 (video, V_MPEG4/ISO/AVC) at 0.520 s (its block is at byte 194)",
        "B-frames",
        &["-bf 0", "bframes=0", "Baseline"],
    );
}

/// cpp#605: sound that trails past the next key frame.
#[test]
fn sound_past_the_key_frame() {
    let film = Film::both();
    let finding = find(
        &[
            film.header(),
            film.cluster(0, &[key(0), sound(0), video(33), sound(80)]),
            film.cluster(66, &[key(0), sound(40)]),
        ],
        "timestamps-go-back",
    );
    says(
        &finding,
        "this Cluster begins at 0.066 s, but the fragment before it already had a frame of \
         track 2 (audio, A_AAC) at 0.080 s (its block is at byte 324)",
        "audio packets",
        &["-max_interleave_delta"],
    );
}

/// cpp#386 and cpp#709: the last frame's time plus its duration is the next key frame's.
#[test]
fn last_frame_and_next_key_frame() {
    let film = Film::video();
    let finding = find(
        &[
            film.header(),
            film.cluster(118_000, &[key(0), video(694)]),
            film.cluster(118_694, &[key(0)]),
        ],
        "timestamps-touch",
    );
    says(
        &finding,
        "this Cluster begins at 118.694 s, exactly the time of the last frame of the fragment \
         before it (track 1 (video, V_MPEG4/ISO/AVC), its block is at byte 195)",
        "last frame plus its duration",
        &["-fps_mode cfr"],
    );
    assert_eq!(finding.aws.map(|e| e.id()), Some(4004));

    // A frame that ends where the next fragment begins is how it should be.
    let mut film = Film::video();
    film.tracks[0].default_duration_ns = Some(33_000_000);
    let mut rig = Rig::new(Strictness::Strict);
    rig.data(film.header());
    rig.data(film.cluster(0, &[key(0), video(33)]));
    rig.data(film.cluster(66, &[key(0), video(33)]));
    rig.end();
    assert_eq!(rig.findings, []);
    assert_eq!(rig.closed[0].meta.duration_ms, 66);
}

/// A BlockGroup whose duration reaches into the next fragment.
#[test]
fn a_duration_that_is_too_long() {
    let film = Film::video();
    let mut first = film.cluster(0, &[key(0)]).to_vec();
    // BlockGroup{ Block(track 1, 500, one byte), BlockDuration 2000 }
    first.extend([
        0xa0, 0x8b, 0xa1, 0x85, 0x81, 0x01, 0xf4, 0, 0x77, 0x9b, 0x82, 0x07, 0xd0,
    ]);
    let finding = find(
        &[film.header(), first.into(), film.cluster(1000, &[key(0)])],
        "frames-overlap",
    );
    says(
        &finding,
        "the last frame of the fragment before this Cluster (track 1 (video, V_MPEG4/ISO/AVC), \
         at 0.500 s) lasts until 2.500 s, but this Cluster begins at 1.000 s",
        "durations",
        &["videorate"],
    );
}

/// What stock ffmpeg sends down a pipe.
#[test]
fn a_cluster_without_key_frame() {
    let film = Film::both();
    let finding = find(
        &[
            film.header(),
            film.cluster(0, &[sound(0), key(20)]),
            film.cluster(768, &[sound(0), video(20), video(220)]),
        ],
        "no-key-frame",
    );
    says(
        &finding,
        "the Cluster from 0.768 s to 0.988 s has 2 frames of track 1 (video, V_MPEG4/ISO/AVC) \
         and no key frame among them",
        "time and size",
        &[
            "Kinora cuts again at key frames when the media is read",
            "-cluster_time_limit",
            "-cluster_size_limit",
        ],
    );
    assert_eq!(finding.aws, None);
}

/// cpp#215 and java#204.
#[test]
fn a_silent_track() {
    let film = Film::both();
    let finding = find(
        &[film.header(), film.cluster(2000, &[key(0), video(40)])],
        "frames-missing-for-track",
    );
    says(
        &finding,
        "the Cluster at 2.000 s has no frame of track 2 (audio, A_AAC); it has 2 frames of \
         track 1 (video, V_MPEG4/ISO/AVC)",
        "muted",
        &["-an"],
    );
    assert_eq!(finding.aws.map(|e| e.id()), Some(4011));
}

/// emb#45: time since boot sent as the time of day; c#370: stamps that run ahead.
#[test]
fn clocks_that_are_wrong() {
    let film = Film::video();
    let at = |ticks| {
        let mut rig = Rig::absolute(Strictness::Tolerant);
        rig.data(film.header());
        rig.data(film.cluster(ticks, &[key(0)]));
        rig.findings[0].clone()
    };
    let past = at(4_500);
    says(
        &past,
        "the Cluster's timestamp 4500 means 4.500 s since 1970, which is before the year 2000",
        "ABSOLUTE",
        &["RELATIVE", "NTP", "-output_ts_offset"],
    );
    let future = at(rig::START_MS as u64 + 100 * 86_400_000);
    says(
        &future,
        "the Cluster's timestamp 1708640000000 means 1708640000.000 s since 1970, which is \
         8640000 s in the future",
        "ahead",
        &["NTP"],
    );
    assert_eq!(future.aws.map(|e| e.id()), Some(4007));
}

/// cpp#253 and cpp#1184.
#[test]
fn too_long_without_key_frames() {
    let film = Film::video();
    let finding = find(
        &[
            film.header(),
            film.cluster(5_000, &[video(0), video(20_100)]),
        ],
        "fragment-too-long",
    );
    says(
        &finding,
        "the Cluster that begins at 5.000 s already reaches to 25.100 s (track 1 (video, \
         V_MPEG4/ISO/AVC)); 20 s is the longest fragment",
        "no key frame came",
        &["-g", "key-int-max", "GOP"],
    );
}

/// java#38, js2#2093 and many a first try: bodies that are something else.
#[test]
fn bodies_by_name() {
    let mut mp4 = vec![0, 0, 0, 0x20];
    mp4.extend(b"ftypisom\0\0\x02\0isomiso2avc1mp41");
    let mut ts = vec![0; 188 * 3];
    for packet in ts.chunks_mut(188) {
        packet[..4].copy_from_slice(&[0x47, 0x40, 0, 0x10]);
    }
    let annex_b = [
        0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x1e, 0xd9, 0, 0xa0, 0x47, 0xfe, 0xc8, 1, 2,
    ];
    for (body, name, cure) in [
        (mp4, "MP4", "-c copy -f matroska -"),
        (ts, "MPEG-TS", "-c copy -f matroska -"),
        (annex_b.to_vec(), "H.264 Annex B", "h264parse ! matroskamux"),
        (b"{\"StreamName\":\"cam1\"}".to_vec(), "JSON", "x-amzn-"),
        (
            b"GkXfo6NChoEBQveBAULygQRC".to_vec(),
            "Matroska in Base64",
            "as they are",
        ),
    ] {
        let finding = find(&[body.into()], "not-matroska");
        says(
            &finding,
            &format!("the body is {name}, not Matroska"),
            "another muxer",
            &[cure],
        );
        assert_eq!(finding.offset, Some(0));
        assert!(finding.refused, "even in tolerant mode");
        assert_eq!(finding.aws.map(|e| e.id()), Some(4006));
    }
}

/// c#346 and the Annex B cases of the GStreamer pipelines in many threads.
#[test]
fn codecs_in_the_wrong_framing() {
    let film = Film {
        tracks: vec![track(1, TrackKind::Video, "V_MPEG4/ISO/AVC", &[])],
        payload: Some(vec![0, 0, 0, 1, 0x65, 0x88]),
        ..Film::video()
    };
    let bodies = [film.header(), film.cluster(0, &[key(0)])];
    says(
        &find(&bodies, "no-codec-private"),
        "track 1 (video, V_MPEG4/ISO/AVC) has no CodecPrivate",
        "SPS and PPS",
        &["stream-format=avc"],
    );
    says(
        &find(&bodies, "annexb-payload"),
        "a frame of track 1 (video, V_MPEG4/ISO/AVC) begins with start codes (Annex B) where \
         NAL unit lengths belong: [00, 00, 00, 01, 65, 88]",
        "without conversion",
        &["h264parse"],
    );
    let film = Film {
        tracks: vec![track(
            1,
            TrackKind::Video,
            "V_MPEG4/ISO/AVC",
            &[0, 0, 0, 1, 0x67],
        )],
        ..Film::video()
    };
    says(
        &find(&[film.header()], "annexb-codec-private"),
        "the CodecPrivate of track 1 (video, V_MPEG4/ISO/AVC) is Annex B (start codes), not avcC",
        "byte-stream",
        &["stream-format=avc"],
    );
    let film = Film {
        payload: Some(vec![0xff, 0xf1, 0x50, 0x80]),
        ..Film::sound()
    };
    let shot = Shot { track: 2, ..key(0) };
    says(
        &find(&[film.header(), film.cluster(0, &[shot])], "adts-payload"),
        "a frame of track 2 (audio, A_AAC) begins with an ADTS header in front of raw AAC: \
         [ff, f1, 50, 80, ab, ab]",
        "ADTS",
        &["aacparse", "aac_adtstoasc"],
    );
}

/// A NAL unit of 256 to 511 bytes has a length that looks like a start code.
#[test]
fn a_length_is_no_start_code() {
    let film = Film {
        payload: Some(vec![0, 0, 1, 0x20, 0x65]),
        frame_len: 0x124,
        ..Film::video()
    };
    let mut rig = Rig::new(Strictness::Tolerant);
    rig.data(film.header());
    rig.data(film.cluster(0, &[key(0)]));
    rig.end();
    assert_eq!(rig.findings, []);
}

#[test]
fn tags_tracks_and_headers() {
    let film = Film::video();
    let value = "v".repeat(300);
    let behind = |pairs: &[(&str, &str)]| {
        let bodies = [film.header(), film.cluster(0, &[key(0)]), tags(pairs)];
        find(&bodies, "tag-limit").what
    };
    assert_eq!(
        behind(&[("plate", &value)]),
        "the value of tag 'plate' has 300 bytes; 256 are allowed"
    );
    assert_eq!(
        behind(&[("AWS_X", "1")]),
        "the tag name 'AWS_X' begins with AWS"
    );
    assert_eq!(
        behind(&[("a", "b"); 12]),
        "the fragment has 12 tags; 10 are allowed"
    );

    let finding = find(
        &[film.header(), film.cluster(0, &[key(0), sound(0)])],
        "undeclared-track",
    );
    says(
        &finding,
        "a frame belongs to track 2, but only track 1 is declared",
        "track numbers",
        &["trackId"],
    );
    let mut four = Film::both();
    for number in [3, 4] {
        let subtitles = track(number, TrackKind::Other(17), "S_TEXT/UTF8", &[]);
        four.tracks.push(subtitles);
    }
    says(
        &find(&[four.header()], "too-many-tracks"),
        "4 tracks are declared; 3 are allowed",
        "subtitles",
        &["-map 0:v:0"],
    );
    let finding = find(
        &[film.header(), film.cluster(0, &[key(0)]), film.header()],
        "second-ebml-header",
    );
    says(
        &finding,
        "a second Matroska file begins at byte 193 of the same body",
        "concatenated",
        &["-f concat"],
    );
    let nameless = Film {
        tracks: vec![track(1, TrackKind::Video, "", &AVCC)],
        ..Film::video()
    };
    says(
        &find(&[nameless.header()], "no-codec-id"),
        "track 1 does not say which codec it is",
        "content type",
        &["codec id"],
    );
}

/// Nobody wonders why a session has no sound, or no picture.
#[test]
fn tracks_that_sessions_cannot_play() {
    let sound = |codec| Film {
        tracks: vec![
            Film::video().tracks.remove(0),
            track(2, TrackKind::Audio, codec, &[0x12, 0x10]),
        ],
        ..Film::video()
    };
    says(
        &find(&[sound("A_OPUS").header()], "track-not-playable"),
        "track 2 (audio, A_OPUS) is stored, but HLS sessions cannot play it",
        "AAC",
        &["-c:a aac", "avenc_aac"],
    );
    let picture = Film {
        tracks: vec![track(1, TrackKind::Video, "V_VP8", &[])],
        ..Film::video()
    };
    says(
        &find(&[picture.header()], "track-not-playable"),
        "track 1 (video, V_VP8) is stored, but HLS sessions cannot play it",
        "H.264",
        &["libx264"],
    );
    let mut rig = Rig::new(Strictness::Tolerant);
    rig.data(sound("A_AAC").header());
    rig.end();
    assert!(
        rig.findings.iter().all(|f| f.code != "track-not-playable"),
        "{:#?}",
        rig.findings
    );
}

/// Text of a producer never makes a finding long.
#[test]
fn findings_are_bounded() {
    let film = Film {
        tracks: vec![Film::video().tracks.remove(0)],
        ..Film::video()
    };
    let mut long = film.clone();
    long.tracks[0].codec_id = "ü".repeat(100_000);
    let name = "n".repeat(100_000);
    let mut rig = Rig::new(Strictness::Tolerant);
    rig.data(long.header());
    rig.data(long.cluster(0, &[video(0)]));
    rig.data(tags(&[(&name, "")]));
    rig.end();
    assert!(rig.findings.len() >= 2);
    for finding in &rig.findings {
        let text = format!("{}{}{}", finding.what, finding.cause, finding.cure);
        assert!(text.len() < 1500, "{}", text.len());
    }
}

/// cpp#929, c#54 and c#154: the same time twice.
#[test]
fn fragments_of_two_connections_overlap() {
    let meta = |start: u64| -> FragmentMeta {
        let film = Film::video();
        let mut rig = Rig::new(Strictness::Tolerant);
        rig.data(film.header());
        rig.data(film.cluster(start, &[key(0), video(1000), video(2000)]));
        rig.end();
        rig.closed.remove(0).meta
    };
    let (earlier, mut later) = (meta(1_000), meta(3_000));
    assert_eq!(earlier.duration_ms, 3_000);
    assert_eq!(overlap(5, &earlier, &later), None, "the same connection");
    later.session = 1001;
    let finding = overlap(5, &earlier, &later).unwrap();
    assert_eq!(
        finding.what,
        format!(
            "the fragment begins at producer time 1700000003.000 s, but fragment {} of an \
             earlier connection lasts from 1700000001.000 s to 1700000004.000 s",
            earlier.number
        )
    );
    later.producer_ms += 1_000;
    assert_eq!(overlap(5, &earlier, &later), None);
}
