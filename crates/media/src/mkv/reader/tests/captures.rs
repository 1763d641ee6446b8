//! Two captured bodies; `testdata/README.md` says what they are.

use super::read;
use crate::mkv::reader::Event;

const OUTPUT: &[u8] = include_bytes!("../../../../testdata/output_get_media.mkv");
const EMPTY: &[u8] = include_bytes!("../../../../testdata/test_tags_empty_cluster.mkv");

#[test]
fn five_documents_of_one_fragment_each() {
    let read = read(OUTPUT);
    assert_eq!(read.error, None);
    assert_eq!(read.cut, OUTPUT);
    let documents: Vec<&[Event]> = read
        .events
        .split(|event| matches!(event, Event::EbmlStart { .. }))
        .skip(1)
        .collect();
    assert_eq!(documents.len(), 5);
    let mut numbers = Vec::new();
    for (n, document) in documents.iter().enumerate() {
        let kinds: Vec<&str> = document.iter().map(kind).collect();
        let mut expected = vec![
            "ebml", "segment", "other", "other", "info", "tracks", "tags", "tags", "cluster",
        ];
        expected.push("timestamp");
        expected.extend(["block"; 60]);
        expected.push("end");
        if n == 4 {
            // The producer's Cues, after its last Cluster.
            expected.push("other");
        }
        expected.push("tags");
        assert_eq!(kinds, expected, "document {n}");
        assert!(matches!(&document[0], Event::Ebml { doc_type } if doc_type == "matroska"));
        assert!(matches!(
            document[1],
            Event::SegmentStart { size: None, .. }
        ));
        assert!(matches!(
            document[4],
            Event::Info {
                timestamp_scale_ns: 1_000_000
            }
        ));
        let Event::Tracks { tracks, .. } = &document[5] else {
            panic!("no tracks")
        };
        assert_eq!(tracks.len(), 1);
        assert_eq!(
            (tracks[0].number, tracks[0].codec_id.as_str()),
            (1, "V_MPEG4/ISO/AVC")
        );
        assert!(
            tracks[0]
                .codec_private
                .as_ref()
                .is_some_and(|private| private[0] == 1)
        );
        let Event::Tags { tags, .. } = &document[7] else {
            panic!("no tags")
        };
        assert_eq!(tags[0].simple.len(), 3);
        assert!(tags[0].simple[0].0.ends_with("_FRAGMENT_NUMBER"));
        assert!(tags[0].simple[1].0.ends_with("_SERVER_TIMESTAMP"));
        assert!(tags[0].simple[2].0.ends_with("_PRODUCER_TIMESTAMP"));
        assert_eq!(tags[0].simple[0].1.len(), 47);
        numbers.push(tags[0].simple[0].1.clone());
        let Some(Event::Tags { tags, .. }) = document.last() else {
            panic!("no tags at the end")
        };
        assert!(tags[0].simple[1].0.ends_with("_CONTINUATION_TOKEN"));
        assert_eq!(tags[0].simple[1].1, numbers[n]);
    }
    assert!(numbers.is_sorted());
}

#[test]
fn blocks_lie_where_they_say() {
    let mut end = 0;
    let mut key_frames = 0;
    for event in read(OUTPUT).events {
        let Event::Block(block) = event else { continue };
        assert!(block.offset >= end);
        end = block.frame.offset + u64::from(block.frame.len);
        let payload = &OUTPUT[block.frame.offset as usize..end as usize];
        assert_eq!(payload[..8], block.head);
        // One or more NAL units with four-byte lengths that add up to the frame.
        let mut rest = payload;
        while let [a, b, c, d, after @ ..] = rest {
            rest = &after[u32::from_be_bytes([*a, *b, *c, *d]) as usize..];
        }
        assert!(rest.is_empty());
        assert_eq!(OUTPUT[block.offset as usize], 0xA3);
        assert!(block.laced.is_empty());
        key_frames += u32::from(block.key);
    }
    assert!(key_frames >= 5);
}

#[test]
fn tags_without_a_cluster() {
    let read = read(EMPTY);
    assert_eq!(read.error, None);
    assert_eq!(read.cut, EMPTY);
    let tags: Vec<(String, String)> = read
        .events
        .into_iter()
        .filter_map(|event| match event {
            Event::Tags { tags, .. } => Some(tags),
            _ => None,
        })
        .flatten()
        .flat_map(|tag| tag.simple)
        .collect();
    let expected = [0, 1, 2, 3, 4].map(|n| (format!("testTag_{n}"), format!("testTag_{n}_Value")));
    assert_eq!(tags, expected);
}

fn kind(event: &Event) -> &'static str {
    match event {
        Event::EbmlStart { .. } => "start",
        Event::Ebml { .. } => "ebml",
        Event::SegmentStart { .. } => "segment",
        Event::Info { .. } => "info",
        Event::Tracks { .. } => "tracks",
        Event::Tags { .. } => "tags",
        Event::ClusterStart { .. } => "cluster",
        Event::ClusterTimestamp { .. } => "timestamp",
        Event::Block(_) => "block",
        Event::ClusterEnd { .. } => "end",
        Event::Other { .. } => "other",
    }
}
