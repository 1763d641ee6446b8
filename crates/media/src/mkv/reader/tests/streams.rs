//! How Segments and Clusters begin and end, and what stands between them.

use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};

use super::body::{Body, audio, video};
use super::{LIMITS, error, events, read};
use crate::fuzz::fuzz_reader;
use crate::mkv::ids;
use crate::mkv::reader::{Event, Poll, ReadErrorKind, Reader, ReaderLimits, Tag};
use bytes::Bytes;

/// The events of `body` after its beginning ([`Body::begin`]).
fn after_beginning(body: &Body) -> Vec<Event> {
    let mut events = events(body);
    assert_eq!(events.drain(..5).count(), 5);
    events
}

fn end(offset: u64, sized: bool) -> Event {
    Event::ClusterEnd { offset, sized }
}

#[test]
fn the_beginning_as_written() {
    let body = Body::default().header();
    let segment = body.len();
    let body = body.segment(None).info(333_333);
    let at = body.len();
    let tracks = [video(1), audio(300)];
    let body = body.tracks(&tracks);
    let expected = [
        Event::EbmlStart { offset: 0 },
        Event::Ebml {
            doc_type: "matroska".into(),
        },
        Event::SegmentStart {
            offset: segment,
            size: None,
        },
        Event::Info {
            timestamp_scale_ns: 333_333,
        },
        Event::Tracks {
            offset: at,
            tracks: tracks.to_vec(),
        },
    ];
    assert_eq!(events(&body), expected);
}

#[test]
fn clusters_of_unknown_size_end_at_what_follows() {
    let first = Body::begin();
    let second = first
        .clone()
        .cluster(0)
        .block(1, 0, true, b"x")
        .element(ids::VOID, &[0; 9]);
    let tagged = second.clone().cluster(1000).block(1, 0, true, b"y");
    let other = tagged.clone().tags(&[("a", "")]);
    let last = other.clone().element(ids::CUES, &[1; 4]).cluster(2000);
    let events = after_beginning(&last);
    let shape: Vec<&Event> = events
        .iter()
        .filter(|e| !matches!(e, Event::Block(_)))
        .collect();
    let start = |offset| Event::ClusterStart { offset, size: None };
    let timestamp = |ticks| Event::ClusterTimestamp { ticks };
    let expected = [
        start(first.len()),
        timestamp(0),
        end(second.len(), false),
        start(second.len()),
        timestamp(1000),
        end(tagged.len(), false),
        Event::Tags {
            offset: tagged.len(),
            tags: vec![Tag {
                simple: vec![("a".into(), String::new())],
            }],
        },
        Event::Other {
            offset: other.len(),
            id: ids::CUES,
        },
        start(last.len() - 16),
        timestamp(2000),
        end(last.len(), false),
    ];
    assert_eq!(shape, expected.iter().collect::<Vec<_>>());
}

#[test]
fn sized_clusters_end_with_their_last_byte() {
    let inside = Body::default()
        .element(ids::POSITION, &[0])
        .block(2, 0, true, b"a")
        .block(1, 3, true, b"v")
        .element(ids::PREV_SIZE, &[1, 2])
        .element(ids::ENCRYPTED_BLOCK, &[1, 2, 3])
        .element(ids::CRC32, &[1; 4]);
    let body = Body::begin().sized_cluster(9, &inside);
    let mut reader = Reader::new(LIMITS);
    reader.push(body.0.clone().freeze());
    let mut last = None;
    while let Ok(Poll::Event(event)) = reader.poll() {
        last = Some(event);
    }
    // Not finished, nothing follows: the size is enough.
    assert_eq!(last, Some(end(body.len(), true)));
    let empty = Body::begin().bytes(&[0x1F, 0x43, 0xB6, 0x75, 0x80]);
    let shape = after_beginning(&empty);
    let start = Event::ClusterStart {
        offset: empty.len() - 5,
        size: Some(0),
    };
    assert_eq!(shape, [start, end(empty.len(), true)]);
}

#[test]
fn start_events_come_before_the_element() {
    let head = Body::begin();
    let body = head
        .clone()
        .cluster(0)
        .block(1, 0, true, b"x")
        .tags(&[("n", "v")])
        .cluster(5);
    let mut reader = Reader::new(LIMITS);
    reader.push(body.0.clone().freeze());
    let mut pieces = Vec::new();
    while let Ok(Poll::Event(event)) = reader.poll() {
        if matches!(event, Event::ClusterStart { .. } | Event::ClusterEnd { .. }) {
            let mut out = Vec::new();
            reader.cut(&mut out);
            // One chunk in, so at most one slice out.
            assert!(out.len() <= 1);
            pieces.push(out.concat());
        }
    }
    let tags = Body::default().tags(&[("n", "v")]);
    let cluster = Body::default().cluster(0).block(1, 0, true, b"x");
    assert_eq!(
        pieces,
        [&head.0[..], &cluster.0, &tags.0].map(<[u8]>::to_vec)
    );
}

#[test]
fn the_timestamp_comes_once_and_first() {
    let block = Body::default().block(1, 0, true, b"x");
    let cluster = |children: &Body| Body::begin().element(ids::CLUSTER, &children.0);
    let late = cluster(&block);
    let shape = after_beginning(&late);
    assert_eq!(shape[1], Event::ClusterTimestamp { ticks: 0 });
    assert!(matches!(shape[2], Event::Block(_)));
    let same = cluster(
        &Body::default()
            .element(ids::TIMESTAMP, &[5])
            .element(0xE7, &[0, 5]),
    );
    assert_eq!(
        after_beginning(&same)[1..2],
        [Event::ClusterTimestamp { ticks: 5 }]
    );
    assert_eq!(after_beginning(&same).len(), 3);
    // As was assumed: no contradiction.
    let zero = cluster(&block.clone().element(ids::TIMESTAMP, &[]));
    assert_eq!(after_beginning(&zero).len(), 4);
    let differs = cluster(&block.element(ids::TIMESTAMP, &[5]));
    assert_eq!(error(&differs).kind, ReadErrorKind::UnexpectedElement);
    assert_eq!(error(&differs).offset, differs.len() - 3);
    let long = cluster(&Body::default().element(ids::TIMESTAMP, &[0; 9]));
    assert_eq!(error(&long).kind, ReadErrorKind::InvalidValue);
}

#[test]
fn a_second_document_follows_any_end() {
    let document = |segment: Option<u64>, inside: &Body| {
        Body::default().header().segment(segment).bytes(&inside.0)
    };
    let unknown = Body::default().cluster(1).block(1, 0, true, b"x");
    let sized = Body::default().sized_cluster(1, &Body::default().block(1, 0, true, b"x"));
    for inside in [&unknown, &sized] {
        for size in [None, Some(inside.len())] {
            let one = document(size, inside);
            let mut two = one.clone().bytes(&one.0);
            if size.is_some() {
                // Void may stand between documents.
                two = one.clone().element(ids::VOID, &[]).bytes(&one.0);
            }
            let shape = events(&two);
            let starts: Vec<u64> = shape
                .iter()
                .filter_map(|event| match event {
                    Event::EbmlStart { offset } => Some(*offset),
                    _ => None,
                })
                .collect();
            assert_eq!(starts, [0, two.len() - one.len()]);
            let ends = shape
                .iter()
                .filter(|event| matches!(event, Event::ClusterEnd { .. }));
            assert_eq!(ends.count(), 2);
        }
    }
    // Segments that say they are longer than they are, by much and by little.
    for size in [9999, sized.len() + 10] {
        let short = document(Some(size), &sized);
        let body = short.clone().bytes(&document(None, &sized).0);
        let starts = Event::EbmlStart {
            offset: short.len(),
        };
        assert!(events(&body).contains(&starts));
    }
    // The header ends the Segment before it; what follows needs one of its own.
    let body = document(None, &sized).header();
    let found = error(&body.clone().bytes(&sized.0));
    assert_eq!((found.offset, found.kind), (body.len(), UNEXPECTED));
}

#[test]
fn what_follows_a_sized_segment() {
    let inside = Body::default().cluster(1).block(1, 0, true, b"x");
    let whole = Body::default()
        .header()
        .segment(Some(inside.len()))
        .bytes(&inside.0);
    assert_eq!(events(&whole).last(), Some(&end(whole.len(), false)));
    let cases: [(&[u8], _); 3] = [
        (
            &[0x1F, 0x43, 0xB6, 0x75, 0xFF],
            ReadErrorKind::UnexpectedElement,
        ),
        (&[0, 0, 0, 0], ReadErrorKind::InvalidVint),
        (&[0xEC, 0x85, 0], ReadErrorKind::Truncated),
    ];
    for (trailing, kind) in cases {
        let found = error(&whole.clone().bytes(trailing));
        assert_eq!((found.offset, found.kind), (whole.len(), kind));
    }
}

#[test]
fn elements_where_they_may_not_be() {
    let head = Body::default().header();
    let begun = Body::begin();
    let in_sized = Body::begin().bytes(&[0x1F, 0x43, 0xB6, 0x75, 0x90]);
    let block = Body::default().block(1, 0, true, b"");
    let empty = |id| Body::default().element(id, &[]);
    let cases = [
        (&head, empty(ids::TAGS), UNEXPECTED),
        (&head, empty(ids::CLUSTER), UNEXPECTED),
        (&head, block.clone(), UNEXPECTED),
        (&begun, block, UNEXPECTED),
        (&in_sized, empty(ids::TAGS), UNEXPECTED),
        (&in_sized, empty(ids::EBML), UNEXPECTED),
        (
            &in_sized,
            Body::default().element(ids::VOID, &[0; 15]),
            EXCEEDS,
        ),
    ];
    for (before, after, kind) in cases {
        let found = error(&before.clone().bytes(&after.0));
        assert_eq!(found.kind, kind, "{:02x?} after {:02x?}", after.0, before.0);
        assert_eq!(found.offset, before.len());
    }
}

#[test]
fn ids_and_sizes_that_are_none() {
    let cluster = Body::begin().cluster(0);
    let cases: [(&[u8], ReadErrorKind); 5] = [
        (&[0xA3, 0xFF], ReadErrorKind::UnknownSize),
        (&[0xEC, 0xFF], ReadErrorKind::UnknownSize),
        (&[0xA3, 0x00], ReadErrorKind::InvalidVint),
        (&[0x00], ReadErrorKind::InvalidVint),
        (&[0x16, 0x54, 0xAE, 0x6B, 0xFF], ReadErrorKind::UnknownSize),
    ];
    for (bytes, kind) in cases {
        let found = error(&cluster.clone().bytes(bytes));
        assert_eq!(
            (found.offset, found.kind),
            (cluster.len(), kind),
            "{bytes:02x?}"
        );
    }
    let segment = Body::default()
        .header()
        .bytes(&[0x18, 0x53, 0x80, 0x67, 0x82]);
    let found = error(&segment.clone().bytes(&[0xEC, 0x81, 0]));
    assert_eq!((found.offset, found.kind), (segment.len(), EXCEEDS));
}

const UNEXPECTED: ReadErrorKind = ReadErrorKind::UnexpectedElement;
const EXCEEDS: ReadErrorKind = ReadErrorKind::ExceedsParent;

#[test]
fn every_truncation_of_two_fragments() {
    let inside = Body::default()
        .block(2, 0, true, b"audio")
        .block(1, 0, true, b"video");
    let sized = Body::begin().sized_cluster(0, &inside);
    let unknown = Body::begin().cluster(0).bytes(&inside.0);
    let whole = [
        (sized.len(), sized.clone().sized_cluster(1000, &inside)),
        (
            unknown.len(),
            unknown.clone().cluster(1000).bytes(&inside.0),
        ),
        (
            sized.len(),
            sized
                .tags(&[("name", "value")])
                .cluster(1000)
                .bytes(&inside.0),
        ),
    ];
    for (first_end, body) in whole {
        let all = events(&body);
        for len in 0..body.0.len() {
            let read = read(&body.0[..len]);
            let ended = |event: &Event| matches!(event, Event::ClusterEnd { .. });
            // The first fragment is complete as soon as what ends it is there, and no
            // byte of an incomplete element is given back but those of its header.
            let ends = read.events.iter().filter(|event| ended(event)).count();
            assert!(
                ends <= 2 && (ends >= 1 || (len as u64) < first_end + 4),
                "{len}"
            );
            match read.error {
                None => assert_eq!(read.cut.len(), len),
                Some(error) => {
                    assert_eq!(error.kind, ReadErrorKind::Truncated, "{len}");
                    assert!(error.offset < len as u64 || len == 0);
                }
            }
            // What was said is what the whole body says, but for the end.
            let said = read.events.iter().zip(&all).filter(|(a, b)| a == b).count();
            assert!(said + 1 >= read.events.len(), "{len}");
        }
    }
}

#[test]
fn truncation_names_the_unfinished_element() {
    let block = Body::default().block(1, 0, true, b"payload");
    let cluster = Body::begin().sized_cluster(0, &block.clone().bytes(&block.0));
    let at = |body: &Body, cut: usize| {
        let found = super::read(&body.0[..body.0.len() - cut])
            .error
            .expect("truncated");
        assert_eq!(found.kind, ReadErrorKind::Truncated);
        (found.offset, found.element)
    };
    let block_at = cluster.len() - block.len();
    assert_eq!(at(&cluster, 1), (block_at, Some(ids::SIMPLE_BLOCK)));
    assert_eq!(
        at(&cluster, block.0.len() - 1),
        (block_at, Some(ids::SIMPLE_BLOCK))
    );
    let cluster_at = Body::begin().len();
    assert_eq!(
        at(&cluster, block.0.len()),
        (cluster_at, Some(ids::CLUSTER))
    );
    let void = Body::begin().element(ids::VOID, &[0; 40]);
    assert_eq!(at(&void, 7), (cluster_at, Some(ids::VOID)));
    let magic = Body::default().header();
    assert_eq!(at(&magic, magic.0.len() - 3), (0, None));
    let segment = Body::default().header().segment(Some(5));
    let segment_at = Body::default().header().len();
    assert_eq!(at(&segment, 0), (segment_at, Some(ids::SEGMENT)));
}

#[test]
fn an_empty_body_and_an_error_are_final() {
    let mut reader = Reader::new(LIMITS);
    assert_eq!(reader.poll(), Ok(Poll::NeedData));
    reader.finish();
    assert_eq!(reader.poll(), Ok(Poll::End));
    assert_eq!(reader.poll(), Ok(Poll::End));
    let mut reader = Reader::new(LIMITS);
    reader.push(Bytes::from_static(b"{\"a\": 1, \"b\": 2, \"c\": 3}"));
    let first = reader.poll();
    assert!(first.is_err());
    reader.push(Bytes::from_static(b"more"));
    assert_eq!(reader.poll(), first);
}

#[test]
fn bodies_that_are_not_matroska() {
    let found = error(&Body::default().bytes(b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2"));
    assert_eq!(
        found.kind,
        ReadErrorKind::NotMatroska {
            looks_like: Some("MP4")
        }
    );
    assert_eq!((found.offset, found.element), (0, None));
    assert_eq!(found.to_string(), "not matroska, looks like MP4 at byte 0");
    // Named at the end, if it is shorter than what names want to see.
    let found = error(&Body::default().bytes(b"[]"));
    assert_eq!(
        found.kind,
        ReadErrorKind::NotMatroska {
            looks_like: Some("JSON")
        }
    );
    // EBML, but another document.
    let ebml = Body::default().bytes(&[0x1A, 0x45, 0xDF, 0xA3, 0x84, 0x42, 0x82, 0x81, b'x']);
    assert_eq!(error(&ebml).kind, ReadErrorKind::DocType);
    let ebml = Body::default().bytes(&[0x1A, 0x45, 0xDF, 0xA3, 0x80]);
    assert_eq!(error(&ebml).kind, ReadErrorKind::DocType);
}

#[test]
fn bounds() {
    let limits = ReaderLimits {
        element_bytes_max: 100,
        block_bytes_max: 20,
    };
    let outcome = |body: &Body| {
        let mut reader = Reader::new(limits);
        // All but the end: a bound is known by the header.
        reader.push(body.0.clone().freeze());
        loop {
            match reader.poll() {
                Ok(Poll::Event(_)) => {}
                Ok(_) => return None,
                Err(error) => return Some((error.element, error.kind)),
            }
        }
    };
    let begin = Body::default().header().segment(None);
    let tagged = |data| begin.clone().element(ids::TAGS, data);
    assert_eq!(outcome(&begin.clone().element(ids::CUES, &[0; 5000])), None);
    assert_eq!(
        outcome(&begin.clone().element(ids::TAGS, &[0xEC, 0x80].repeat(50))),
        None
    );
    let over = Some((Some(ids::TAGS), ReadErrorKind::TooLarge { limit: 100 }));
    assert_eq!(outcome(&tagged(&[0; 101])), over);
    let cluster = begin.clone().cluster(0);
    assert_eq!(outcome(&cluster.clone().block(1, 0, true, &[0; 16])), None);
    let over = Some((
        Some(ids::SIMPLE_BLOCK),
        ReadErrorKind::TooLarge { limit: 20 },
    ));
    assert_eq!(outcome(&cluster.clone().block(1, 0, true, &[0; 17])), over);
    let group = Body::default().element(ids::BLOCK, &[0x81; 21]);
    let over = Some((Some(ids::BLOCK), ReadErrorKind::TooLarge { limit: 20 }));
    assert_eq!(outcome(&cluster.element(ids::BLOCK_GROUP, &group.0)), over);
    // 100 bytes hold 50 empty tracks, a larger element more than are read.
    let many = begin.element(ids::TRACKS, &[0xAE, 0x80].repeat(128));
    let found = read(&many.0).error.expect("too many");
    assert_eq!(found.kind, ReadErrorKind::TooMany { limit: 127 });
    assert_eq!(found.offset, many.len() - 2);
}

#[test]
fn small_chunks_are_gathered() {
    let body = Body::begin().cluster(0).block(1, 0, true, &[7; 10_000]);
    let mut reader = Reader::new(LIMITS);
    while let Ok(Poll::Event(_)) = reader.poll() {}
    for byte in &body.0 {
        reader.push(Bytes::copy_from_slice(std::slice::from_ref(byte)));
        while let Ok(Poll::Event(_)) = reader.poll() {}
    }
    reader.finish();
    assert!(matches!(
        reader.poll(),
        Ok(Poll::Event(Event::ClusterEnd { .. }))
    ));
    let mut out = Vec::new();
    reader.cut(&mut out);
    assert_eq!(out.concat(), body.0);
    assert!(out.len() < 10, "{} slices", out.len());
}

#[test]
fn large_chunks_are_not_copied() {
    let body = Body::begin()
        .cluster(0)
        .block(1, 0, true, &[7; 10_000])
        .0
        .freeze();
    let chunks = [
        body.slice(..5000),
        body.slice(5000..9000),
        body.slice(9000..),
    ];
    let mut reader = Reader::new(LIMITS);
    let mut out = Vec::new();
    chunks.iter().cloned().for_each(|chunk| reader.push(chunk));
    while let Ok(Poll::Event(_)) = reader.poll() {}
    reader.cut(&mut out);
    assert_eq!(out, chunks);
    let same = out
        .iter()
        .zip(&chunks)
        .all(|(a, b)| a.as_ptr() == b.as_ptr());
    assert!(same, "a copy");
}

/// A 4K key frame has been seen with six million bytes.
#[test]
fn a_very_large_frame_in_very_many_chunks() {
    let body = Body::begin()
        .cluster(0)
        .block(1, 0, true, &vec![7; 6_000_000]);
    let whole = super::read_in(&body.0, body.0.len());
    assert!(matches!(&whole.events[7], Event::Block(block) if block.frame.len == 6_000_000));
    assert_eq!(super::read_in(&body.0, 1400), whole);
    // Passing over it costs nothing but the bytes.
    let void = Body::begin().element(ids::VOID, &vec![7; 9_000_000]);
    assert_eq!(super::read_in(&void.0, 65_536).error, None);
}

/// Parts of a body: sound ones, and now and then bytes at random.
fn part() -> impl Strategy<Value = Body> {
    let payload = proptest::collection::vec(any::<u8>(), 0..200);
    let group = Body::default().element(ids::BLOCK, &[0x81, 0, 0, 0, 9]);
    prop_oneof![
        8 => (0..400_u64, any::<i16>(), any::<bool>(), payload)
            .prop_map(|(track, at, key, data)| Body::default().block(track, at, key, &data)),
        2 => Just(Body::default().element(ids::BLOCK_GROUP, &group.0)),
        2 => any::<u64>().prop_map(|ticks| Body::default().cluster(ticks)),
        2 => any::<u16>().prop_map(|ticks| {
            Body::default().sized_cluster(ticks.into(), &Body::default().block(1, 0, true, b"k"))
        }),
        1 => Just(Body::default().tags(&[("name", "value"), ("other", "")])),
        1 => Just(Body::default().element(ids::VOID, &[0; 300])),
        1 => Just(Body::begin()),
        1 => proptest::collection::vec(any::<u8>(), 1..20)
            .prop_map(|bytes| Body::default().bytes(&bytes)),
    ]
}

proptest! {
    #[test]
    fn any_chunking_of_any_body(
        parts in proptest::collection::vec(part(), 0..20),
        splits in proptest::collection::vec(1..700_usize, 1..50),
    ) {
        let body = parts.iter().fold(Body::begin(), |body, part| body.bytes(&part.0));
        fuzz_reader(&body.0);
        let whole = super::read_in(&body.0, body.0.len());
        let split = super::read_by(&body.0, splits.iter().copied().cycle());
        assert_eq!(whole, split);
    }

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        fuzz_reader(&bytes);
        fuzz_reader(&Body::begin().bytes(&bytes).0);
        fuzz_reader(&Body::begin().cluster(0).bytes(&bytes).0);
    }
}
