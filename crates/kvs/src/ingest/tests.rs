//! Scripted tests: what is done to a connection, and what it says.

use crate::ingest::Input;
use crate::stream::Strictness;

mod chunking;
mod film;
mod lifecycle;
mod refusals;
mod rig;
mod wording;

use film::{Film, key, sound, tags, video};
use rig::{Rig, check};

#[test]
fn two_fragments_of_unknown_size() {
    let film = Film::video();
    let mut rig = Rig::new(Strictness::Strict);
    rig.data(film.header());
    rig.data(film.cluster(0, &[key(0), video(500)]));
    rig.data(film.cluster(1000, &[key(0), video(500)]));
    rig.end();
    rig.persist_all();
    check(
        &rig,
        "opened 1\nbuffering 1@0\nlive\nreceived 1@0\nclosed 1\n\
         opened 2\nbuffering 2@1000\nlive\nreceived 2@1000\nclosed 2\n\
         persisted 1@0\npersisted 2@1000\nfinish\n",
    );
}

#[test]
fn sized_clusters_close_with_their_last_byte() {
    let film = Film::video().sized();
    let mut rig = Rig::new(Strictness::Strict);
    rig.data(film.header());
    rig.data(film.cluster(0, &[key(0), video(500)]));
    check(
        &rig,
        "opened 1\nbuffering 1@0\nlive\nreceived 1@0\nclosed 1\n",
    );
    rig.persist_all();
    check(&rig, "persisted 1@0\n");
    rig.end();
    check(&rig, "finish\n");
}

#[test]
fn meta_of_a_fragment_with_sound() {
    let film = Film::both();
    let mut rig = Rig::new(Strictness::Strict);
    rig.data(film.header());
    rig.data(film.cluster(
        2000,
        &[
            sound(0),
            key(10),
            sound(20),
            video(50),
            sound(40),
            video(90),
        ],
    ));
    rig.input(Input::End);
    let closed = &rig.closed[0];
    let meta = &closed.meta;
    assert_eq!(meta.timecode, 2000);
    assert_eq!(meta.producer_ms, rig::START_MS + 2000);
    assert_eq!(meta.duration_ms, 130);
    assert_eq!(meta.session, 1);
    assert!(meta.aligned);
    assert_eq!(meta.cut.map(|c| (c.frame, c.relative)), Some((1, 10)));
    assert_eq!(meta.tracks.len(), 2);
    assert_eq!((meta.tracks[0].number, meta.tracks[0].frames), (2, 3));
    assert_eq!((meta.tracks[1].first, meta.tracks[1].last), (10, 90));
    assert_eq!(meta.header_len as usize, film.header().len());
    let cluster: Vec<u8> = closed.cluster.concat();
    assert_eq!(meta.cluster_len as usize, cluster.len());
    for entry in &closed.index {
        let payload = &cluster[entry.offset as usize..][..entry.len as usize];
        assert_eq!(payload[0], entry.track as u8, "{entry:?}");
        assert_eq!(payload[1..5], (2000 + entry.relative).to_be_bytes());
    }
}

#[test]
fn silence_brings_idle_and_then_the_end() {
    let film = Film::both();
    let mut rig = Rig::new(Strictness::Tolerant);
    rig.data(film.header());
    rig.data(film.cluster(0, &[key(0), sound(10)]));
    rig.pass(4_999);
    check(&rig, "opened 1\nbuffering 1@0\nlive\n");
    rig.pass(1);
    check(&rig, "idle\n");
    rig.data(tags(&[("place", "gate")]));
    check(&rig, "received 1@0\n");
    rig.pass(49);
    check(&rig, "");
    rig.pass(1);
    check(&rig, "closed 1 with 26 bytes behind\n");
    assert_eq!(rig.ingest().in_flight(), 1);
    let numbers = rig.unanswered();
    rig.input(Input::Persisted(numbers[0]));
    check(&rig, "persisted 1@0\n");
    rig.pass(29_949);
    check(&rig, "idle\nidle\nidle\nidle\nidle\n");
    rig.pass(1);
    check(&rig, "finding connection-silent\nfinish\n");
    assert_eq!(
        rig.finding("connection-silent").offset,
        Some(rig.received())
    );
}

#[test]
fn sound_alone_needs_no_key_frames() {
    let mut film = Film::sound();
    film.tracks[0].kind = media::frame::TrackKind::Audio;
    let mut rig = Rig::new(Strictness::Strict);
    rig.data(film.header());
    rig.data(film.cluster(0, &[video_like(2)]));
    rig.end();
    assert!(rig.closed[0].meta.aligned);
    assert_eq!(rig.closed[0].meta.cut.map(|c| c.frame), Some(0));
    assert_eq!(rig.findings, []);
}

fn video_like(track: u64) -> film::Shot {
    film::Shot { track, ..video(0) }
}

#[test]
fn laced_frames_share_their_blocks_time() {
    let mut film = Film::sound();
    film.tracks[0].default_duration_ns = Some(20_000_000);
    // SimpleBlock{ track 2, time 100, fixed lacing, three frames of two bytes }
    let block = [0xa3, 0x8b, 0x82, 0, 100, 0x84, 2, 1, 2, 3, 4, 5, 6];
    let mut rig = Rig::new(Strictness::Strict);
    rig.data(film.header());
    rig.data([&film.cluster(1000, &[])[..], &block].concat());
    rig.end();
    let closed = &rig.closed[0];
    let frames: Vec<_> = (closed.index.iter())
        .map(|f| (f.relative, f.len, f.key))
        .collect();
    assert_eq!(frames, [(100, 2, true), (120, 2, true), (140, 2, true)]);
    assert_eq!(closed.meta.duration_ms, 60);
    let cluster = closed.cluster.concat();
    assert_eq!(cluster[closed.index[1].offset as usize..][..2], [3, 4]);
}

#[test]
fn extreme_values_overflow_nothing() {
    // BlockGroup{ Block(track, 32767, fixed lacing of two), BlockDuration u64::MAX }
    let group = |track: u8| {
        let mut out = vec![
            0xa0,
            0x92,
            0xa1,
            0x87,
            0x80 | track,
            0x7f,
            0xff,
            0x04,
            1,
            9,
            9,
        ];
        out.extend([0x9b, 0x87, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
        out
    };
    for scale_ns in [1, 1_000_000, u64::MAX] {
        for default_ns in [None, Some(0), Some(u64::MAX)] {
            for ticks in [0, u64::MAX] {
                let mut film = Film::both();
                film.scale_ns = scale_ns;
                film.tracks[0].default_duration_ns = default_ns;
                let mut rig = Rig::new(Strictness::Tolerant);
                rig.data(film.header());
                for ticks in [ticks, 0] {
                    rig.data(film.cluster(ticks, &[key(0), sound(-32768), video(-32768)]));
                    rig.data([group(1), group(2), group(7)].concat());
                }
                rig.end();
                assert_eq!(rig.closed.len(), 2, "{:#?}", rig.findings);
                assert_eq!(rig.closed[0].index.len(), 9);
            }
        }
    }
}

#[test]
fn other_time_scales() {
    for (scale_ns, ticks, relative) in [(1_000, 2_000_000, 30_000), (10_000_000, 200, 3)] {
        let film = Film {
            scale_ns,
            ..Film::video()
        };
        let mut rig = Rig::new(Strictness::Strict);
        rig.data(film.header());
        rig.data(film.cluster(ticks, &[key(0), video(relative)]));
        rig.end();
        let meta = &rig.closed[0].meta;
        assert_eq!(meta.producer_ms, rig::START_MS + 2_000);
        assert_eq!(meta.duration_ms, 60);
        assert_eq!(meta.timecode, ticks);
        assert!(rig.acks[0].contains(&format!("\"FragmentTimecode\":{ticks},")));
    }
}

#[test]
fn a_connection_can_move_between_threads() {
    fn is_send<T: Send>() {}
    is_send::<crate::ingest::Ingest>();
    is_send::<crate::ingest::Output>();
    is_send::<crate::numbering::Numbering>();
}
