//! Every error: the acknowledgement of strict mode, and what tolerant mode stores.

use bytes::Bytes;
use media::frame::TrackKind;

use crate::ingest::Input;
use crate::ingest::tests::film::{AVCC, Film, Shot, key, sound, tags, track, video};
use crate::ingest::tests::rig::{self, Rig, check};
use crate::limits;
use crate::stream::Strictness;

/// Sends the bodies in both modes and compares what is said.
#[track_caller]
fn both(bodies: &[Bytes], strict: &str, tolerant: &str) {
    for (strictness, expect) in [
        (Strictness::Strict, strict),
        (Strictness::Tolerant, tolerant),
    ] {
        let mut rig = Rig::new(strictness);
        for body in bodies {
            rig.data(body.clone());
        }
        rig.end();
        rig.persist_all();
        check(&rig, expect);
        assert!(rig.finished);
        let refused = rig.findings.iter().filter(|f| f.refused).count();
        let errors = rig.acks.iter().filter(|a| a.contains("ERROR")).count();
        assert_eq!((refused, errors), (errors, refused.min(1)));
        for finding in &rig.findings {
            assert!(!finding.cause.is_empty() && !finding.cure.is_empty());
        }
    }
}

#[test]
fn error_acknowledgements_to_the_byte() {
    let film = Film::video();
    let mut rig = Rig::new(Strictness::Strict);
    rig.data(film.header());
    rig.data(film.cluster(1000, &[key(0), video(500)]));
    rig.data(film.cluster(1499, &[key(0)]));
    let number = {
        let ack = &rig.acks[2];
        let (_, rest) = ack.split_once("\"FragmentNumber\":\"").unwrap();
        rest[..47].to_owned()
    };
    assert_eq!(
        rig.acks[2],
        format!(
            "{{\"EventType\":\"BUFFERING\",\"FragmentTimecode\":1499,\
             \"FragmentNumber\":\"{number}\"}}\n"
        )
    );
    assert_eq!(
        rig.acks[3],
        format!(
            "{{\"EventType\":\"ERROR\",\"FragmentTimecode\":1499,\
             \"FragmentNumber\":\"{number}\",\
             \"ErrorCode\":\"FRAGMENT_TIMECODE_LESSER_THAN_PREVIOUS\",\"ErrorId\":4004}}\n"
        )
    );

    let mut rig = Rig::new(Strictness::Strict);
    rig.data(&b"{\"StreamName\": \"cam1\", \"Data\": 1}"[..]);
    assert_eq!(
        rig.acks,
        ["{\"EventType\":\"ERROR\",\"ErrorCode\":\"INVALID_MKV_DATA\",\"ErrorId\":4006}\n"]
    );
}

#[test]
fn error_4004_timestamps_go_back() {
    let film = Film::video();
    both(
        &[
            film.header(),
            film.cluster(0, &[key(0), video(500)]),
            film.cluster(499, &[key(0)]),
            film.cluster(1000, &[key(0)]),
        ],
        "opened 1\nbuffering 1@0\nlive\nreceived 1@0\nclosed 1\n\
         opened 2\nbuffering 2@499\n\
         finding timestamps-go-back refused\nerror 4004 2@499\ndropped 2\n\
         persisted 1@0\nfinish\n",
        "opened 1\nbuffering 1@0\nlive\nreceived 1@0\nclosed 1\n\
         opened 2\nbuffering 2@499\nfinding timestamps-go-back\nlive\nreceived 2@499\nclosed 2\n\
         opened 3\nbuffering 3@1000\nlive\nreceived 3@1000\nclosed 3\n\
         persisted 1@0\npersisted 2@499\npersisted 3@1000\nfinish\n",
    );
}

#[test]
fn the_same_timestamp_is_accepted() {
    let film = Film::video();
    let said = "opened 1\nbuffering 1@0\nlive\nreceived 1@0\nclosed 1\n\
                opened 2\nbuffering 2@500\nfinding timestamps-touch\nlive\nreceived 2@500\n\
                closed 2\npersisted 1@0\npersisted 2@500\nfinish\n";
    let bodies = [
        film.header(),
        film.cluster(0, &[key(0), video(500)]),
        film.cluster(500, &[key(0)]),
    ];
    both(&bodies, said, said);
}

#[test]
fn error_4011_a_track_without_frames() {
    let film = Film::both();
    both(
        &[
            film.header(),
            film.cluster(0, &[sound(0), key(0)]),
            film.cluster(1000, &[sound(0)]),
        ],
        "opened 1\nbuffering 1@0\nlive\nreceived 1@0\nclosed 1\n\
         opened 2\nbuffering 2@1000\nlive\n\
         finding frames-missing-for-track refused\nerror 4011 2@1000\ndropped 2\n\
         persisted 1@0\nfinish\n",
        "opened 1\nbuffering 1@0\nlive\nreceived 1@0\nclosed 1\n\
         opened 2\nbuffering 2@1000\nlive\nfinding frames-missing-for-track\nreceived 2@1000\n\
         closed 2\npersisted 1@0\npersisted 2@1000\nfinish\n",
    );
}

#[test]
fn error_4010_an_undeclared_track() {
    let film = Film::video();
    let shots = [key(0), sound(20), video(40)];
    both(
        &[film.header(), film.cluster(0, &shots)],
        "opened 1\nbuffering 1@0\nfinding undeclared-track refused\nerror 4010 1@0\n\
         dropped 1\nfinish\n",
        "opened 1\nbuffering 1@0\nfinding undeclared-track\nlive\nreceived 1@0\nclosed 1\n\
         persisted 1@0\nfinish\n",
    );
    let mut rig = Rig::new(Strictness::Tolerant);
    rig.data(film.header());
    rig.data(film.cluster(0, &shots));
    rig.end();
    assert_eq!(rig.closed[0].index.len(), 3);
    assert_eq!(rig.closed[0].meta.tracks.len(), 1);
}

#[test]
fn error_4012_too_many_tracks() {
    let mut film = Film::both();
    for number in 3..=4 {
        let extra = track(number, TrackKind::Other(17), "S_TEXT/UTF8", &[]);
        film.tracks.push(extra);
    }
    let all: Vec<Shot> = (1..=4).map(|track| Shot { track, ..key(0) }).collect();
    let bodies = [film.header(), film.cluster(0, &all)];
    both(
        &bodies,
        "finding too-many-tracks refused\nerror 4012\nfinish\n",
        "finding too-many-tracks\nopened 1\nbuffering 1@0\nlive\nreceived 1@0\nclosed 1\n\
         persisted 1@0\nfinish\n",
    );
    for number in 5..=limits::TRACKS_STORED_MAX as u64 + 1 {
        let extra = track(number, TrackKind::Other(17), "S_TEXT/UTF8", &[]);
        film.tracks.push(extra);
    }
    let said = "finding too-many-tracks refused\nerror 4012\nfinish\n";
    both(&[film.header()], said, said);
}

#[test]
fn error_4002_too_long() {
    let film = Film::video();
    both(
        &[
            film.header(),
            film.cluster(0, &[key(0), video(20_000), video(20_001), video(30_000)]),
        ],
        "opened 1\nbuffering 1@0\nfinding fragment-too-long refused\nerror 4002 1@0\ndropped 1\n\
         finish\n",
        "opened 1\nbuffering 1@0\nfinding fragment-too-long\nlive\nreceived 1@0\nclosed 1\n\
         persisted 1@0\nfinish\n",
    );
}

#[test]
fn error_4001_too_large() {
    for (sized, strictness) in [
        (true, Strictness::Strict),
        (true, Strictness::Tolerant),
        (false, Strictness::Tolerant),
    ] {
        let mut film = Film::video();
        film.frame_len = 6_000_000;
        film.sized = sized;
        let shots: Vec<Shot> = (0..9).map(video).collect();
        let cluster = film.cluster(0, &shots);
        let mut rig = Rig::new(strictness);
        rig.data(film.header());
        let mut given = 0;
        for piece in cluster.chunks(1 << 20) {
            rig.data(Bytes::copy_from_slice(piece));
            given += piece.len();
            if !rig.ingest().wants_data() {
                break;
            }
        }
        if sized {
            assert_eq!(given, 1 << 20, "refused as soon as it is announced");
        }
        assert!(given as u64 <= limits::FRAGMENT_BYTES_MAX + (1 << 20));
        let live = if sized { "" } else { "live\n" };
        check(
            &rig,
            &format!(
                "opened 1\nbuffering 1@0\n{live}finding fragment-too-large refused\n\
                 error 4001 1@0\ndropped 1\nfinish\n"
            ),
        );
    }
}

#[test]
fn error_4001_too_many_frames() {
    let film = Film {
        frame_len: 1,
        ..Film::video()
    };
    let shots = vec![video(0); 1000];
    let cluster = film.cluster(0, &shots);
    let (head, blocks) = cluster.split_at(cluster.len() - 1000 * 7);
    let mut rig = Rig::new(Strictness::Tolerant);
    rig.data(film.header());
    rig.data(Bytes::copy_from_slice(head));
    for _ in 0..limits::FRAGMENT_FRAMES_MAX / 1000 {
        rig.data(Bytes::copy_from_slice(blocks));
    }
    assert!(rig.ingest().wants_data());
    rig.data(Bytes::copy_from_slice(&blocks[..7]));
    assert_eq!(
        rig.finding("too-many-frames").aws.map(|e| e.id()),
        Some(4001)
    );
}

#[test]
fn error_4007_times_that_cannot_be() {
    let film = Film::video();
    let now = rig::START_MS as u64;
    let day = limits::PRODUCER_AHEAD_MS_MAX as u64;
    for (ticks, code) in [
        (0, Some("producer-time-before-2000")),
        (now - 10 * 365 * day, None),
        (now + day, None),
        (now + day + 1, Some("producer-time-in-the-future")),
        (u64::MAX, Some("producer-time-in-the-future")),
    ] {
        for strictness in [Strictness::Strict, Strictness::Tolerant] {
            let mut rig = Rig::absolute(strictness);
            rig.data(film.header());
            rig.data(film.cluster(ticks, &[key(0)]));
            rig.end();
            let codes: Vec<_> = rig.findings.iter().map(|f| f.code).collect();
            assert_eq!(codes, Vec::from_iter(code));
            let refused = code.is_some() && strictness == Strictness::Strict;
            assert_eq!(rig.closed.len(), usize::from(!refused));
            if refused {
                let last = rig.acks.last().unwrap();
                assert!(last.contains("\"ErrorCode\":\"INVALID_PRODUCER_TIMESTAMP\""));
                assert!(last.contains(&format!("\"FragmentTimecode\":{ticks},")));
            }
        }
    }
}

#[test]
fn relative_times_may_start_at_the_epoch() {
    let film = Film::video();
    let mut rig = Rig::with(crate::ingest::Settings {
        strictness: Strictness::Strict,
        timecode_type: crate::ingest::TimecodeType::Relative,
        producer_start_ms: 0,
        persists: true,
    });
    rig.data(film.header());
    rig.data(film.cluster(0, &[key(0)]));
    rig.end();
    assert_eq!(rig.closed[0].meta.producer_ms, 0);
    assert!(!rig.finding("producer-time-before-2000").refused);
}

#[test]
fn error_4009_tags_over_the_limits() {
    let long_name = "n".repeat(129);
    let long_value = "v".repeat(257);
    let eleven: Vec<(&str, &str)> = vec![("a", "b"); 11];
    for pairs in [
        &eleven[..],
        &[(&long_name, "v")],
        &[("n", &long_value)],
        &[("AWS_MINE", "v")],
        &[("AWSome", "v")],
    ] {
        let film = Film::video();
        let behind = tags(pairs);
        let len = behind.len();
        both(
            &[
                film.header(),
                film.cluster(0, &[key(0)]),
                behind,
                film.cluster(1000, &[key(0)]),
            ],
            "opened 1\nbuffering 1@0\nlive\nreceived 1@0\nfinding tag-limit refused\n\
             error 4009 1@0\ndropped 1\nfinish\n",
            &format!(
                "opened 1\nbuffering 1@0\nlive\nreceived 1@0\nfinding tag-limit\n\
                 closed 1 with {len} bytes behind\n\
                 opened 2\nbuffering 2@1000\nlive\nreceived 2@1000\nclosed 2\n\
                 persisted 1@0\npersisted 2@1000\nfinish\n"
            ),
        );
    }
}

#[test]
fn tags_at_the_limits_are_fine() {
    let name = "n".repeat(128);
    let value = "v".repeat(256);
    let mut pairs: Vec<(&str, &str)> = vec![(&name, &value); 8];
    pairs.push(("AWS_KINESISVIDEO_IMAGE_GENERATION", ""));
    pairs.push(("AWS_KINESISVIDEO_NOTIFICATION", ""));
    pairs.push(("AWS_KINESISVIDEO_END_OF_FRAGMENT", ""));
    let film = Film::video();
    let mut rig = Rig::new(Strictness::Strict);
    rig.data(film.header());
    rig.data(film.cluster(0, &[key(0)]));
    // In three elements, because the limit is the fragment's.
    for part in pairs.chunks(4) {
        rig.data(tags(part));
    }
    assert_eq!(rig.closed.len(), 1);
    assert_eq!(rig.findings, []);
}

#[test]
fn statistics_of_mkvmerge_are_no_metadata() {
    let mut pairs = vec![("BPS", "1"); 12];
    pairs.push(("_STATISTICS_WRITING_APP", "mkvmerge"));
    let film = Film::video();
    let behind = tags(&pairs);
    let mut rig = Rig::new(Strictness::Strict);
    rig.data(film.header());
    rig.data(film.cluster(0, &[key(0)]));
    rig.data(behind.clone());
    rig.end();
    assert_eq!(rig.findings, []);
    assert_eq!(rig.closed[0].trailer.concat(), behind);
}

#[test]
fn error_4006_a_second_header() {
    let film = Film::video();
    let second = Film {
        tracks: vec![track(1, TrackKind::Video, "V_MPEG/ISO/AVC", &AVCC)],
        ..Film::video()
    };
    let bodies = [
        film.header(),
        film.cluster(0, &[key(0)]),
        second.header(),
        second.cluster(0, &[key(0)]),
        second.cluster(1000, &[key(0)]),
    ];
    both(
        &bodies,
        "opened 1\nbuffering 1@0\nlive\nreceived 1@0\nclosed 1\n\
         finding second-ebml-header refused\nerror 4006\npersisted 1@0\nfinish\n",
        "opened 1\nbuffering 1@0\nlive\nreceived 1@0\nclosed 1\nfinding second-ebml-header\n\
         opened 2\nbuffering 2@0\nlive\nreceived 2@0\nclosed 2\n\
         opened 3\nbuffering 3@1000\nlive\nreceived 3@1000\nclosed 3\n\
         persisted 1@0\npersisted 2@0\npersisted 3@1000\nfinish\n",
    );
    let mut rig = Rig::new(Strictness::Tolerant);
    rig.data(bodies.concat());
    rig.end();
    let [one, two, three] = &rig.closed[..] else {
        panic!("three fragments");
    };
    assert_eq!(one.header, film.header());
    assert_eq!(two.header, second.header());
    assert_eq!(two.header.as_ptr(), three.header.as_ptr());
    assert_eq!([1, 2, 2], [one, two, three].map(|c| c.meta.session));
    assert_ne!(one.meta.codec_digest, two.meta.codec_digest);
}

#[test]
fn a_second_segment_keeps_the_ebml_header() {
    let film = Film::video();
    let header = film.header();
    let at = header
        .windows(4)
        .position(|w| w == [0x18, 0x53, 0x80, 0x67]);
    let segment = header.slice(at.unwrap()..);
    let mut rig = Rig::new(Strictness::Tolerant);
    rig.data(header.clone());
    rig.data(film.cluster(5000, &[key(0)]));
    rig.data(segment);
    rig.data(film.cluster(0, &[key(0)]));
    rig.end();
    assert_eq!(rig.closed.len(), 2, "{:#?}", rig.findings);
    assert_eq!(rig.closed[1].header, header);
    assert_eq!(rig.closed[1].meta.session, 2);
}

#[test]
fn error_4006_tracks_repeated() {
    let film = Film::video();
    let header = film.header();
    let at = header
        .windows(4)
        .position(|w| w == [0x16, 0x54, 0xae, 0x6b]);
    let tracks = header.slice(at.unwrap()..);
    let len = tracks.len();
    both(
        &[
            film.header(),
            film.cluster(0, &[key(0)]),
            tracks,
            film.cluster(1000, &[key(0)]),
        ],
        "opened 1\nbuffering 1@0\nlive\nreceived 1@0\nclosed 1\n\
         finding header-element-repeated refused\nerror 4006\npersisted 1@0\nfinish\n",
        &format!(
            "opened 1\nbuffering 1@0\nlive\nreceived 1@0\nfinding header-element-repeated\n\
             closed 1 with {len} bytes behind\n\
             opened 2\nbuffering 2@1000\nlive\nreceived 2@1000\nclosed 2\n\
             persisted 1@0\npersisted 2@1000\nfinish\n"
        ),
    );
}

#[test]
fn error_4006_damage_keeps_complete_fragments() {
    let film = Film::video();
    let said = "opened 1\nbuffering 1@0\nlive\nreceived 1@0\nclosed 1\n\
                opened 2\nbuffering 2@1000\nlive\nfinding mkv-damaged refused\n\
                error 4006 2@1000\ndropped 2\npersisted 1@0\nfinish\n";
    let bodies = [
        film.header(),
        film.cluster(0, &[key(0)]),
        film.cluster(1000, &[key(0)]),
        Bytes::from_static(&[0; 32]),
    ];
    both(&bodies, said, said);
}

#[test]
fn error_4006_a_header_without_end() {
    let film = Film::video();
    let mut rig = Rig::new(Strictness::Tolerant);
    let header = film.header();
    rig.data(header.clone());
    // A Void of 200 MB in front of the first Cluster.
    rig.data(vec![0xec, 0x1b, 0xeb, 0xc2, 0]);
    let mut given = 0;
    while rig.ingest().wants_data() {
        rig.data(vec![0; 1 << 16]);
        given += 1 << 16;
    }
    assert!(given <= limits::HEADER_BYTES_MAX + (1 << 16));
    check(
        &rig,
        "finding header-too-large refused\nerror 4006\nfinish\n",
    );
}

#[test]
fn a_cluster_with_nothing_in_it() {
    let film = Film::video();
    both(
        &[
            film.header(),
            Bytes::from_static(&[0x1f, 0x43, 0xb6, 0x75, 0x80]),
            film.cluster(0, &[key(0)]),
        ],
        "finding cluster-without-timestamp refused\nerror 4006\nfinish\n",
        "finding cluster-without-timestamp\n\
         opened 1\nbuffering 1@0\nlive\nreceived 1@0\nclosed 1\npersisted 1@0\nfinish\n",
    );
}

#[test]
fn findings_do_not_flood() {
    let film = Film::video();
    let mut rig = Rig::new(Strictness::Tolerant);
    rig.data(film.header());
    for i in 0..50 {
        rig.data(film.cluster(1000 - i, &[video(0)]));
    }
    rig.input(Input::End);
    rig.persist_all();
    let codes: Vec<_> = rig.findings.iter().map(|f| f.code).collect();
    let [one, two] = ["no-key-frame", "timestamps-go-back"];
    assert_eq!(codes, [one, two, one, two]);
    assert!(
        rig.findings[2]
            .what
            .starts_with("50 times on this connection")
    );
    assert!(
        rig.findings[3]
            .what
            .starts_with("49 times on this connection")
    );
    assert!(
        rig.findings[3].what.contains("0.999 s"),
        "the first is told again"
    );
}
