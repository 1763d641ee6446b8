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
