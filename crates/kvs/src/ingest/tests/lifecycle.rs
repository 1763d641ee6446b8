//! When fragments open, end and close, and how connections end.

use crate::ingest::tests::film::{Film, key, sound, tags, video};
use crate::ingest::tests::rig::{self, Rig, check};
use crate::ingest::{Input, Settings, TimecodeType};
use crate::limits;
use crate::stream::Strictness;

#[test]
fn acknowledgements_to_the_byte() {
    let film = Film::video().sized();
    let mut rig = Rig::new(Strictness::Strict);
    rig.data(film.header());
    rig.data(film.cluster(160, &[key(0)]));
    rig.persist_all();
    let number = rig.closed[0].meta.number;
    let ack = |event| {
        format!(
            "{{\"EventType\":\"{event}\",\"FragmentTimecode\":160,\
             \"FragmentNumber\":\"{number}\"}}\n"
        )
    };
    assert_eq!(rig.acks, ["BUFFERING", "RECEIVED", "PERSISTED"].map(ack));
}

#[test]
fn the_end_of_fragment_tag_completes_an_unknown_size_cluster() {
    let film = Film::video();
    let mut rig = Rig::new(Strictness::Strict);
    rig.data(film.header());
    rig.data(film.cluster(0, &[key(0)]));
    check(&rig, "opened 1\nbuffering 1@0\nlive\n");
    let end = tags(&[("AWS_KINESISVIDEO_END_OF_FRAGMENT", "")]);
    rig.data(end.clone());
    let behind = end.len();
    check(
        &rig,
        &format!("received 1@0\nclosed 1 with {behind} bytes behind\n"),
    );
    rig.persist_all();
    check(&rig, "persisted 1@0\n");
    rig.data(film.cluster(1000, &[key(0)]));
    rig.data(end);
    rig.persist_all();
    rig.end();
    check(
        &rig,
        &format!(
            "opened 2\nbuffering 2@1000\nlive\nreceived 2@1000\nclosed 2 with {behind} bytes \
             behind\npersisted 2@1000\nfinish\n"
        ),
    );
    assert_eq!(rig.findings, []);
}

#[test]
fn tags_belong_to_the_cluster_before_them() {
    let film = Film::video();
    let mut rig = Rig::new(Strictness::Strict);
    let (one, two) = (tags(&[("a", "1")]), tags(&[("b", "2")]));
    rig.data(film.header());
    rig.data(film.cluster(0, &[key(0)]));
    rig.data(one.clone());
    rig.data(two.clone());
    rig.data(film.cluster(1000, &[key(0)]));
    rig.end();
    assert_eq!(rig.closed[0].trailer.concat(), [one, two].concat());
    assert_eq!(rig.closed[1].trailer.len(), 0);
}

#[test]
fn late_tags_go_with_the_next_fragment() {
    let film = Film::video().sized();
    let mut rig = Rig::new(Strictness::Strict);
    let [a, b, c] = ["a", "b", "c"].map(|name| tags(&[(name, "x")]));
    rig.data(film.header());
    rig.data(film.cluster(0, &[key(0)]));
    rig.data(a.clone());
    rig.data(film.cluster(1000, &[key(0)]));
    check(
        &rig,
        "opened 1\nbuffering 1@0\nlive\nreceived 1@0\nclosed 1\n\
         opened 2\nbuffering 2@1000\nlive\nreceived 2@1000\n",
    );
    rig.pass(limits::TRAILER_GRACE_MS - 1);
    rig.data(b.clone());
    rig.pass(limits::TRAILER_GRACE_MS);
    assert_eq!(rig.closed.len(), 2, "from now on tags are waited for");
    assert_eq!(rig.closed[1].trailer.concat(), [a, b].concat());
    assert_eq!(rig.closed[1].meta.number.sequence, 2);
    rig.data(c);
    rig.end();
    assert_eq!(rig.finding("late-tags-lost").code, "late-tags-lost");
}

#[test]
fn half_an_element_is_never_in_a_trailer() {
    let film = Film::video().sized();
    let mut rig = Rig::new(Strictness::Tolerant);
    let long = tags(&[("a", &"x".repeat(200))]);
    rig.data(film.header());
    let mut first = film.cluster(0, &[key(0)]).to_vec();
    first.extend(&long[..100]);
    rig.data(first.clone());
    rig.pass(limits::IDLE_MS_MAX);
    assert_eq!(rig.closed[0].trailer.concat(), []);

    // A slow link is waited for.
    let mut rig = Rig::new(Strictness::Tolerant);
    rig.data(film.header());
    rig.data(first);
    for at in [100..150, 150..199] {
        rig.pass(limits::TRAILER_GRACE_MS * 10);
        assert_eq!(rig.closed.len(), 0);
        rig.data(long.slice(at));
    }
    rig.pass(limits::TRAILER_GRACE_MS * 10);
    rig.data(long.slice(199..));
    rig.pass(limits::TRAILER_GRACE_MS);
    assert_eq!(rig.closed[0].trailer.concat(), long);
}

#[test]
fn readers_get_blocks_and_never_half_a_padding() {
    let film = Film::video();
    let mut rig = Rig::new(Strictness::Tolerant);
    rig.data(film.header());
    // Before its timestamp too.
    rig.data([0x1f, 0x43, 0xb6, 0x75, 0xff].to_vec());
    let padding = [0xec, 0x82, 1, 2];
    for byte in [padding, padding].concat() {
        rig.data(vec![byte]);
    }
    rig.data([0xe7, 0x81, 0].to_vec());
    let block = [0xa3, 0x84, 0x81, 0, 0, 0x80];
    let mut half = block.to_vec();
    half.extend(&padding[..3]);
    rig.data(half.clone());
    check(&rig, "opened 1\nbuffering 1@0\n");
    rig.data(vec![2]);
    check(&rig, "live\n");
    for _ in 0..100 {
        rig.data(padding.to_vec());
    }
    check(&rig, "");
    rig.data(block.to_vec());
    check(&rig, "live\n");
    rig.data(half);
    rig.input(Input::Shutdown);
    check(&rig, "dropped 1\nfinish\n");
}

#[test]
fn retention_that_comes_and_goes() {
    let film = Film::video().sized();
    let mut rig = Rig::with(Settings {
        strictness: Strictness::Strict,
        timecode_type: TimecodeType::Relative,
        producer_start_ms: rig::START_MS,
        persists: false,
    });
    rig.data(film.header());
    let send = |rig: &mut Rig, n: u64| {
        rig.data(film.cluster(n * 1000, &[key(0)]));
        rig.ingest().in_flight()
    };
    assert_eq!(send(&mut rig, 0), 0);
    rig.input(Input::Persists(true));
    rig.persists = true;
    assert_eq!(send(&mut rig, 1), 1);
    rig.persist_all();
    rig.input(Input::Persists(false));
    assert_eq!(send(&mut rig, 2), 0);
    let persisted = rig.acks.iter().filter(|ack| ack.contains("PERSISTED"));
    assert_eq!(persisted.count(), 1);
}

#[test]
fn setting_the_clock_moves_numbers_and_no_timeouts() {
    const YEAR_MS: u64 = 31_536_000_000;
    let film = Film::video().sized();
    let mut rig = Rig::absolute(Strictness::Tolerant);
    rig.data(film.header());
    let start_ms = rig::START_MS as u64;
    rig.data(film.cluster(start_ms, &[key(0)]));
    rig.set_wall_clock(start_ms + YEAR_MS);
    rig.data(film.cluster(start_ms + YEAR_MS, &[key(0)]));
    rig.set_wall_clock(start_ms + YEAR_MS / 2);
    rig.pass(limits::IDLE_ACK_MS - 1);
    rig.data(film.cluster(start_ms + YEAR_MS + 1000, &[key(0)]));
    let server_ms: Vec<u64> = rig.closed.iter().map(|f| f.meta.number.server_ms).collect();
    assert_eq!(server_ms, [0, YEAR_MS, YEAR_MS].map(|ms| start_ms + ms));
    // Half a year ahead of what the clock shows now, which is all there is to say.
    let codes: Vec<_> = rig.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["producer-time-in-the-future"]);
    assert!(!rig.finished);
}

#[test]
fn elements_behind_a_cluster_are_bounded() {
    let film = Film::video();
    let mut rig = Rig::new(Strictness::Strict);
    rig.data(film.header());
    rig.data(film.cluster(0, &[key(0)]));
    let small = [0xec, 0x82, 1, 2];
    rig.data(small.to_vec());
    // A Void of 4 MB, then Cues of 2 bytes.
    rig.data(vec![0xec, 0x10, 0x40, 0, 0]);
    for _ in 0..64 {
        rig.data(vec![0; 1 << 16]);
    }
    let cues = [0x1c, 0x53, 0xbb, 0x6b, 0x82, 0xec, 0x80];
    rig.data(cues.to_vec());
    rig.data(film.cluster(1000, &[key(0)]));
    rig.end();
    // A Void in a Cluster of unknown size belongs to it, so only the Cues end it.
    let trailer = rig.closed[0].trailer.concat();
    assert_eq!(trailer, cues);
    assert_eq!(rig.closed.len(), 2);

    let mut rig = Rig::new(Strictness::Strict);
    rig.data(film.header());
    rig.data(film.cluster(0, &[key(0)]));
    rig.data(cues.to_vec());
    rig.data(vec![0xec, 0x10, 0x40, 0, 0]);
    for _ in 0..64 {
        rig.data(vec![0; 1 << 16]);
    }
    rig.data(small.to_vec());
    rig.end();
    assert_eq!(rig.closed[0].trailer.concat(), [&cues[..], &small].concat());
    assert_eq!(rig.finding("trailer-too-large").aws, None);
}

#[test]
fn retention_zero_ends_with_received() {
    let film = Film::video().sized();
    let mut rig = Rig::with(Settings {
        strictness: Strictness::Strict,
        timecode_type: TimecodeType::Relative,
        producer_start_ms: rig::START_MS,
        persists: false,
    });
    rig.data(film.header());
    rig.data(film.cluster(0, &[key(0)]));
    assert_eq!(rig.ingest().in_flight(), 0);
    rig.end();
    check(
        &rig,
        "opened 1\nbuffering 1@0\nlive\nreceived 1@0\nclosed 1\nfinish\n",
    );
}

#[test]
fn neighbours_interleave_and_persisted_keeps_the_order() {
    let film = Film::video().sized();
    let mut rig = Rig::new(Strictness::Strict);
    rig.data(film.header());
    for i in 0..3 {
        rig.data(film.cluster(i * 1000, &[key(0)]));
    }
    let numbers = rig.unanswered();
    check(
        &rig,
        "opened 1\nbuffering 1@0\nlive\nreceived 1@0\nclosed 1\n\
         opened 2\nbuffering 2@1000\nlive\nreceived 2@1000\nclosed 2\n\
         opened 3\nbuffering 3@2000\nlive\nreceived 3@2000\nclosed 3\n",
    );
    rig.input(Input::Persisted(numbers[1]));
    check(&rig, "");
    rig.input(Input::Persisted(numbers[0]));
    check(&rig, "persisted 1@0\npersisted 2@1000\n");
    rig.end();
    check(&rig, "");
    rig.input(Input::Persisted(numbers[2]));
    check(&rig, "persisted 3@2000\nfinish\n");
}

#[test]
fn a_fragment_that_is_not_stored_ends_the_connection() {
    let film = Film::video().sized();
    let mut rig = Rig::new(Strictness::Tolerant);
    rig.data(film.header());
    for i in 0..3 {
        rig.data(film.cluster(i * 1000, &[key(0)]));
    }
    rig.data(film.cluster(3000, &[key(0), video(50)]).slice(..60));
    let numbers = rig.unanswered();
    check(
        &rig,
        "opened 1\nbuffering 1@0\nlive\nreceived 1@0\nclosed 1\n\
         opened 2\nbuffering 2@1000\nlive\nreceived 2@1000\nclosed 2\n\
         opened 3\nbuffering 3@2000\nlive\nreceived 3@2000\nclosed 3\n\
         opened 4\nbuffering 4@3000\nlive\n",
    );
    rig.input(Input::NotPersisted(numbers[1]));
    check(
        &rig,
        "finding not-persisted refused\nerror 5001 2@1000\ndropped 4\n",
    );
    rig.input(Input::Persisted(numbers[2]));
    check(&rig, "");
    rig.input(Input::Persisted(numbers[0]));
    check(&rig, "persisted 1@0\nfinish\n");
}

#[test]
fn storage_that_never_answers() {
    let film = Film::video().sized();
    let mut rig = Rig::new(Strictness::Tolerant);
    rig.data(film.header());
    rig.data(film.cluster(0, &[key(0)]));
    rig.end();
    rig.pass(limits::PERSIST_WAIT_MS - 1);
    check(
        &rig,
        "opened 1\nbuffering 1@0\nlive\nreceived 1@0\nclosed 1\n",
    );
    rig.pass(1);
    check(&rig, "finding storage-silent refused\nerror 5000\nfinish\n");
}

#[test]
fn slow_storage_is_not_the_producers_silence() {
    let film = Film::video().sized();
    let mut rig = Rig::new(Strictness::Tolerant);
    rig.data(film.header());
    for i in 0..limits::FRAGMENTS_IN_FLIGHT_MAX as u64 {
        assert!(rig.ingest().wants_data());
        rig.data(film.cluster(i * 1000, &[key(0)]));
    }
    assert!(!rig.ingest().wants_data());
    assert_eq!(rig.wait_ms, None);
    rig.pass(10 * limits::IDLE_MS_MAX);
    assert!(!rig.finished);
    assert!(!rig.acks.iter().any(|a| a.contains("IDLE")));
    rig.persist_all();
    assert!(rig.ingest().wants_data());
    rig.pass(limits::IDLE_MS_MAX - 1);
    assert!(!rig.finished);
    rig.pass(1);
    assert!(rig.finished);
}

#[test]
fn silence_ends_an_open_cluster_where_it_may_end() {
    let film = Film::video();
    let mut rig = Rig::new(Strictness::Strict);
    rig.data(film.header());
    rig.data(film.cluster(0, &[key(0)]));
    rig.pass(limits::IDLE_MS_MAX);
    rig.persist_all();
    check(
        &rig,
        "opened 1\nbuffering 1@0\nlive\nidle\nidle\nidle\nidle\nidle\nfinding connection-silent\n\
         received 1@0\nclosed 1\npersisted 1@0\nfinish\n",
    );

    for film in [Film::video(), Film::video().sized()] {
        let mut rig = Rig::new(Strictness::Strict);
        rig.data(film.header());
        let cluster = film.cluster(0, &[key(0), video(50)]);
        rig.data(cluster.slice(..cluster.len() - 1));
        rig.pass(limits::IDLE_MS_MAX);
        check(
            &rig,
            "opened 1\nbuffering 1@0\nlive\nidle\nidle\nidle\nidle\nidle\n\
             finding connection-silent\ndropped 1\nfinish\n",
        );
    }
}

#[test]
fn a_connection_without_a_byte_ends_after_30_s() {
    let mut rig = Rig::new(Strictness::Strict);
    rig.input(Input::Tick);
    rig.pass(limits::IDLE_MS_MAX);
    check(
        &rig,
        "idle\nidle\nidle\nidle\nidle\nfinding connection-silent\nfinish\n",
    );
    assert_eq!(rig.acks[0], "{\"EventType\":\"IDLE\"}\n");
}

#[test]
fn shutdown_keeps_what_is_complete() {
    let film = Film::video();
    let mut rig = Rig::new(Strictness::Strict);
    rig.data(film.header());
    rig.data(film.cluster(0, &[key(0)]));
    rig.data(tags(&[("a", "1")]));
    rig.input(Input::Shutdown);
    assert!(!rig.ingest().wants_data());
    rig.data(film.cluster(1000, &[key(0)]));
    rig.persist_all();
    check(
        &rig,
        "opened 1\nbuffering 1@0\nlive\nreceived 1@0\nclosed 1 with 19 bytes behind\n\
         persisted 1@0\nfinish\n",
    );

    let mut rig = Rig::new(Strictness::Strict);
    rig.data(film.header());
    rig.data(film.cluster(0, &[key(0)]));
    rig.input(Input::Shutdown);
    check(&rig, "opened 1\nbuffering 1@0\nlive\ndropped 1\nfinish\n");
}

#[test]
fn a_broken_connection_keeps_complete_fragments_only() {
    let film = Film::video();
    let mut rig = Rig::new(Strictness::Tolerant);
    rig.data(film.header());
    rig.data(film.cluster(0, &[key(0)]));
    rig.data(film.cluster(1000, &[key(0)]));
    rig.input(Input::Broken);
    rig.persist_all();
    check(
        &rig,
        "opened 1\nbuffering 1@0\nlive\nreceived 1@0\nclosed 1\n\
         opened 2\nbuffering 2@1000\nlive\n\
         finding connection-broken refused\nerror 4000 2@1000\ndropped 2\n\
         persisted 1@0\nfinish\n",
    );
}

#[test]
fn the_wait_after_an_error_is_bounded() {
    let film = Film::video().sized();
    let mut rig = Rig::new(Strictness::Tolerant);
    rig.data(film.header());
    rig.data(film.cluster(0, &[key(0)]));
    rig.input(Input::Broken);
    rig.pass(limits::ERROR_DRAIN_MS - 1);
    assert!(!rig.finished);
    rig.pass(1);
    check(
        &rig,
        "opened 1\nbuffering 1@0\nlive\nreceived 1@0\nclosed 1\n\
         finding connection-broken refused\nerror 4000\nfinish\n",
    );
    let number = rig.unanswered()[0];
    rig.input(Input::Persisted(number));
    rig.input(Input::End);
    check(&rig, "");
    assert_eq!(rig.wait_ms, None);
}

#[test]
fn a_deleted_stream() {
    let film = Film::both();
    for strictness in [Strictness::Strict, Strictness::Tolerant] {
        let mut rig = Rig::new(strictness);
        rig.data(film.header());
        rig.data(film.cluster(7, &[key(0), sound(0)]));
        rig.input(Input::StreamGone);
        check(
            &rig,
            "opened 1\nbuffering 1@7\nlive\nfinding stream-deleted refused\nerror 4008 1@7\n\
             dropped 1\nfinish\n",
        );
        let mut rig = Rig::new(strictness);
        rig.input(Input::StreamGone);
        check(&rig, "finding stream-deleted refused\nerror 4008\nfinish\n");
    }
}

#[test]
fn an_empty_body_and_a_header_alone() {
    let mut rig = Rig::new(Strictness::Strict);
    rig.end();
    check(&rig, "finding empty-body\nfinish\n");
    let mut rig = Rig::new(Strictness::Strict);
    rig.data(Film::video().header());
    rig.end();
    check(&rig, "finding no-cluster\nfinish\n");
}

#[test]
fn a_connection_that_sent_tags_behind_is_given_time_for_more() {
    let film = Film::video().sized();
    let mut rig = Rig::new(Strictness::Strict);
    rig.data(film.header());
    rig.data([film.cluster(0, &[key(0)]), tags(&[("a", "1")])].concat());
    rig.pass(limits::TRAILER_GRACE_MS);
    assert_eq!(rig.closed.len(), 1);
    rig.data(film.cluster(1000, &[key(0)]));
    assert_eq!(rig.closed.len(), 1, "not closed with its last byte");
    rig.data(tags(&[("a", "2")]));
    rig.data(film.cluster(2000, &[key(0)]));
    rig.end();
    let behind: Vec<_> = rig.closed.iter().map(|c| c.meta.trailer_len).collect();
    assert_eq!(behind, [19, 19, 0]);
    assert_eq!(rig.findings, []);
}

#[test]
fn late_tags_count_with_the_fragment_they_go_with() {
    let film = Film::video().sized();
    let six = tags(&[("a", "1"); 6]);
    for (strictness, closed) in [(Strictness::Strict, 1), (Strictness::Tolerant, 2)] {
        let mut rig = Rig::new(strictness);
        rig.data(film.header());
        rig.data(film.cluster(0, &[key(0)]));
        assert_eq!(rig.closed.len(), 1);
        rig.data(six.clone());
        assert_eq!(rig.findings, []);
        rig.data(film.cluster(1000, &[key(0)]));
        rig.data(six.clone());
        rig.end();
        let codes: Vec<_> = rig.findings.iter().map(|f| f.code).collect();
        assert_eq!(
            codes,
            ["tag-limit"],
            "late tags that found a fragment are not lost"
        );
        assert_eq!(
            rig.finding("tag-limit").fragment.map(|n| n.sequence),
            Some(2)
        );
        assert_eq!(rig.closed.len(), closed);
    }
}

#[test]
fn alignment_is_lost_with_the_first_cluster_that_has_none() {
    for odd in [&[video(0), key(10)][..], &[sound(0)]] {
        let film = Film::both();
        let mut rig = Rig::new(Strictness::Tolerant);
        rig.data(film.header());
        rig.data(film.cluster(0, &[sound(0), key(0)]));
        rig.data(film.cluster(1000, odd));
        rig.data(film.cluster(2000, &[sound(0), key(0)]));
        rig.end();
        let aligned: Vec<_> = rig.closed.iter().map(|c| c.meta.aligned).collect();
        assert_eq!(aligned, [true, false, false]);
    }
}

#[test]
fn an_empty_cluster_does_not_hide_that_time_goes_back() {
    let film = Film::video();
    let mut rig = Rig::new(Strictness::Tolerant);
    rig.data(film.header());
    rig.data(film.cluster(5000, &[key(0)]));
    rig.data(film.cluster(6000, &[]));
    rig.data(film.cluster(4000, &[key(0)]));
    rig.end();
    assert_eq!(rig.closed[1].index.len(), 0);
    assert_eq!(rig.closed[1].meta.duration_ms, 0);
    assert!(
        rig.finding("timestamps-go-back")
            .what
            .contains("at 5.000 s")
    );
}

#[test]
fn an_element_that_has_begun_is_waited_for() {
    let film = Film::video().sized();
    let void = [0xec, 0x84, 1, 2, 3, 4];
    for first in 1..=void.len() {
        let mut rig = Rig::new(Strictness::Strict);
        rig.data(film.header());
        rig.data([&film.cluster(0, &[key(0)])[..], &void[..first]].concat());
        assert_eq!(rig.closed.len(), 0, "{first}");
        rig.pass(limits::TRAILER_GRACE_MS - 1);
        rig.data(void[first..].to_vec());
        rig.pass(limits::TRAILER_GRACE_MS);
        assert_eq!(rig.closed[0].trailer.concat(), void);
    }
}
