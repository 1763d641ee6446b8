//! Any chunking of the same bytes, any damage, any end.

use bytes::Bytes;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::{collection, proptest};

use crate::ingest::Input;
use crate::ingest::tests::film::{Film, Shot, key, sound, tags, video};
use crate::ingest::tests::rig::Rig;
use crate::stream::Strictness;

/// Everything that has to be the same for any chunking.
fn outcome(body: &[u8], cuts: &[usize], strictness: Strictness) -> Vec<String> {
    let mut rig = Rig::new(strictness);
    let mut at = 0;
    for cut in cuts.iter().copied().chain([body.len()]) {
        let cut = cut.clamp(at, body.len());
        rig.data(Bytes::copy_from_slice(&body[at..cut]));
        at = cut;
    }
    rig.end();
    let numbers = rig.unanswered();
    assert_eq!(rig.ingest().in_flight(), numbers.len());
    for number in numbers {
        rig.input(Input::Persisted(number));
    }
    assert!(rig.finished);
    let mut out = rig.acks;
    out.extend(rig.findings.iter().map(|f| format!("{f:?}")));
    for closed in rig.closed {
        out.push(format!("{:?} {:?}", closed.meta, closed.index));
        let bytes = [closed.cluster.concat(), closed.trailer.concat()];
        out.push(format!("{:?}", bytes.concat()));
    }
    out
}

fn body(film: &Film, with_tags: bool) -> Vec<u8> {
    let mut body = film.header().to_vec();
    for i in 0..3 {
        let shots = [key(0), sound(10), video(40), sound(30), video(80)];
        body.extend(film.cluster(i * 100, &shots));
        if with_tags {
            body.extend(tags(&[("place", "gate"), ("n", "")]));
        }
    }
    body
}

#[test]
fn one_byte_at_a_time() {
    for film in [Film::both(), Film::both().sized()] {
        let body = body(&film, !film.sized);
        let cuts: Vec<usize> = (0..body.len()).collect();
        for strictness in [Strictness::Strict, Strictness::Tolerant] {
            let whole = outcome(&body, &[], strictness);
            assert_eq!(outcome(&body, &cuts, strictness), whole);
        }
    }
}

#[test]
fn truncation_at_every_byte() {
    for film in [Film::both(), Film::both().sized()] {
        let header = film.header();
        let shots = [key(0), sound(10)];
        let (one, two) = (film.cluster(0, &shots), film.cluster(100, &shots));
        // Where a Cluster of unknown size may end: after its timestamp and each block.
        // A frame of 40 bytes is a block of 46.
        let ends = |end: usize| match film.sized {
            true => vec![end],
            false => vec![end - 92, end - 46, end],
        };
        let first_end = header.len() + one.len();
        let body = [header, one, two].concat();
        for len in 1..=body.len() {
            let mut rig = Rig::new(Strictness::Tolerant);
            rig.data(Bytes::copy_from_slice(&body[..len]));
            rig.end();
            rig.persist_all();
            assert!(rig.finished);
            // Only its whole id tells that the next Cluster ends an unknown size.
            let told = first_end + if film.sized { 0 } else { 4 };
            let first = usize::from(len >= told || ends(first_end).contains(&len));
            let second = usize::from(ends(body.len()).contains(&len));
            assert_eq!(rig.closed.len(), first + second, "{len}");
            let count = |event| rig.acks.iter().filter(|a| a.contains(event)).count();
            assert_eq!(count("PERSISTED"), first + second);
            assert_eq!(count("RECEIVED"), first + second);
            let unfinished = count("BUFFERING") - count("RECEIVED");
            let refused = rig.findings.iter().find(|f| f.refused).map(|f| f.code);
            assert!(matches!(
                refused,
                None | Some("body-truncated" | "not-matroska")
            ));
            assert_eq!(count("\"ErrorId\":4006"), usize::from(refused.is_some()));
            assert!(
                unfinished == 0 || refused == Some("body-truncated"),
                "{len}"
            );
            if let Some(error) = rig.acks.iter().find(|a| a.contains("ERROR")) {
                assert_eq!(error.contains("FragmentNumber"), unfinished == 1, "{len}");
            }
        }
    }
}

#[test]
fn breaking_off_at_every_byte() {
    let body = body(&Film::both(), true);
    for len in 0..body.len() {
        let mut rig = Rig::new(Strictness::Strict);
        rig.data(Bytes::copy_from_slice(&body[..len]));
        rig.input(Input::Broken);
        rig.persist_all();
        assert!(rig.finished);
        let errors: Vec<_> = rig.acks.iter().filter(|a| a.contains("ERROR")).collect();
        assert_eq!(errors.len(), 1);
        assert!(errors[0].contains("\"ErrorId\":4000"));
        let received = rig.acks.iter().filter(|a| a.contains("RECEIVED")).count();
        assert_eq!(received, rig.closed.len());
    }
}

fn shots() -> impl Strategy<Value = Vec<Shot>> {
    let shot = (1..=3_u64, -50..2000_i16, any::<bool>()).prop_map(|(track, relative, key)| Shot {
        track,
        relative,
        key,
    });
    collection::vec(shot, 0..6)
}

/// A body of Clusters and tags with all sorts of mistakes in it.
fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let film = Film::both();
    let part = prop_oneof![
        6 => (0..4000_u64, shots()).prop_map(|(ticks, shots)| {
            Film::both().cluster(ticks, &shots)
        }),
        2 => collection::vec("[A-Za-z]{1,9}", 0..13).prop_map(|names| {
            let pairs: Vec<_> = names.iter().map(|n| (n.as_str(), "v")).collect();
            tags(&pairs)
        }),
        1 => Just(tags(&[("AWS_KINESISVIDEO_END_OF_FRAGMENT", "")])),
        1 => Just(Film::both().header()),
        1 => Just(Bytes::from_static(&[0xec, 0x83, 1, 2, 3])),
    ];
    collection::vec(part, 0..8).prop_map(move |parts| {
        let mut body = film.header().to_vec();
        parts.iter().for_each(|part| body.extend(part));
        body
    })
}

/// Compares line by line, so that a difference can be read.
fn same(left: &[String], right: &[String]) {
    for (left, right) in left.iter().zip(right) {
        assert_eq!(left, right);
    }
    assert_eq!(left.len(), right.len());
}

proptest! {
    #[test]
    fn any_chunking_gives_the_same(
        body in bodies(),
        mut cuts in collection::vec(any::<proptest::sample::Index>(), 0..12),
        strict in any::<bool>(),
    ) {
        let strictness = if strict { Strictness::Strict } else { Strictness::Tolerant };
        let mut at: Vec<usize> = cuts.drain(..).map(|i| i.index(body.len() + 1)).collect();
        at.sort_unstable();
        same(&outcome(&body, &at, strictness), &outcome(&body, &[], strictness));
    }

    #[test]
    fn damage_never_panics(
        body in bodies(),
        damage in collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<proptest::sample::Index>(),
        strict in any::<bool>(),
    ) {
        let strictness = if strict { Strictness::Strict } else { Strictness::Tolerant };
        let mut body = body;
        for (at, value) in damage {
            let at = at.index(body.len());
            body[at] = value;
        }
        let at = cut.index(body.len());
        same(&outcome(&body, &[at], strictness), &outcome(&body, &[], strictness));
    }
}
