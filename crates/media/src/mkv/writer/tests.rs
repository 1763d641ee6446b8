//! Elements to the byte, and what the reader makes of them.

use bytes::{BufMut, Bytes, BytesMut};

use super::{
    Info, SimpleBlock, UNKNOWN_SIZE, cluster, ebml_header, info, segment, segment_of_unknown_size,
    tags,
};
use crate::mkv::ebml::SizeForm;
use crate::mkv::reader::{Event, Poll, Reader, ReaderLimits};

#[test]
fn only_the_segment_size_changes() {
    let head = [
        0x1A, 0x45, 0xDF, 0xA3, 0x81, 0, 0xEC, 0x81, 7, 0x18, 0x53, 0x80, 0x67,
    ];
    for size in [
        &[0xFF][..],
        &[0x85],
        &[0x40, 0x05],
        &UNKNOWN_SIZE,
        &[1, 0, 0, 0, 0, 0, 0, 9],
    ] {
        let header = Bytes::from([&head[..], size, b"rest"].concat());
        let expected = [&head[..], &UNKNOWN_SIZE, b"rest"].concat();
        assert_eq!(
            segment_of_unknown_size(&header).as_deref(),
            Some(&expected[..])
        );
    }
}

#[test]
fn no_segment_no_header() {
    let cut_short = [0x1A, 0x45, 0xDF, 0xA3, 0x81, 0, 0x18, 0x53, 0x80, 0x67];
    for len in 0..=cut_short.len() {
        let header = Bytes::copy_from_slice(&cut_short[..len]);
        assert_eq!(segment_of_unknown_size(&header), None, "{len} bytes");
    }
    // No EBML header in front.
    let header = Bytes::from_static(&[0x18, 0x53, 0x80, 0x67, 0xFF]);
    assert_eq!(segment_of_unknown_size(&header), None);
}

#[test]
fn tags_with_four_byte_sizes_to_the_byte() {
    let mut out = BytesMut::new();
    tags(&mut out, &[("NAME", "1"), ("B", "")], SizeForm::FourBytes);
    let expected: Vec<u8> = [
        &[
            0x12, 0x54, 0xC3, 0x67, 0x10, 0, 0, 48, 0x73, 0x73, 0x10, 0, 0, 42,
        ][..],
        &[0x67, 0xC8, 0x10, 0, 0, 17, 0x45, 0xA3, 0x10, 0, 0, 4],
        b"NAME",
        &[0x44, 0x87, 0x10, 0, 0, 1],
        b"1",
        &[0x67, 0xC8, 0x10, 0, 0, 13, 0x45, 0xA3, 0x10, 0, 0, 1],
        b"B",
        &[0x44, 0x87, 0x10, 0, 0, 0],
    ]
    .concat();
    assert_eq!(out, expected);
}

#[test]
fn tags_as_in_the_capture() {
    let capture = include_bytes!("../../../testdata/output_get_media.mkv");
    let captured = &capture[916..916 + 4 + 4 + 235];
    let values: Vec<(String, String)> = {
        let limits = ReaderLimits {
            element_bytes_max: 1000,
            block_bytes_max: 0,
        };
        let mut reader = Reader::new(limits);
        let mut body = BytesMut::new();
        ebml_header(&mut body, "matroska");
        segment(&mut body);
        body.put_slice(captured);
        reader.push(body.freeze());
        loop {
            match reader.poll() {
                Ok(Poll::Event(Event::Tags { tags, .. })) => break tags[0].simple.clone(),
                Ok(Poll::Event(_)) => {}
                other => panic!("{other:?}"),
            }
        }
    };
    let pairs: Vec<(&str, &str)> = values.iter().map(|(n, v)| (&n[..], &v[..])).collect();
    assert_eq!(pairs.len(), 3);
    let mut out = BytesMut::new();
    tags(&mut out, &pairs, SizeForm::FourBytes);
    assert_eq!(out, captured);
}

/// A stored header is sent again in front of each Cluster, with tags around it: the
/// reader sees documents, whatever size the header's Segment had.
#[test]
fn fragments_sent_as_documents() {
    let mut stored = BytesMut::new();
    ebml_header(&mut stored, "webm");
    stored.put_slice(&[0x18, 0x53, 0x80, 0x67, 0x10, 0, 0x12, 0x34]);
    let settings = Info {
        timestamp_scale_ns: 1000,
        segment_uuid: None,
        muxing_app: "muxer",
        writing_app: "writer",
    };
    info(&mut stored, &settings);
    let header = segment_of_unknown_size(&stored.freeze()).expect("a header");
    let mut body = BytesMut::new();
    for (n, payload) in [&b"one"[..], b"two"].into_iter().enumerate() {
        body.put_slice(&header);
        tags(&mut body, &[("BEFORE", "1")], SizeForm::FourBytes);
        let block = SimpleBlock {
            track: 300,
            relative: -7,
            key: true,
            invisible: true,
            discardable: true,
            payload_len: payload.len() as u32,
        };
        // The first of known, the second of unknown size.
        cluster(&mut body, 1 << 40, (n == 0).then(|| block.len()));
        block.put_header(&mut body);
        body.put_slice(payload);
        tags(&mut body, &[("AFTER", "2")], SizeForm::FourBytes);
    }
    let mut reader = Reader::new(ReaderLimits {
        element_bytes_max: 1000,
        block_bytes_max: 100,
    });
    reader.push(body.freeze());
    reader.finish();
    let mut seen = Vec::new();
    loop {
        match reader.poll() {
            Ok(Poll::Event(event)) => seen.extend(what(&event)),
            Ok(Poll::End) => break,
            other => panic!("{other:?}"),
        }
    }
    let document = [
        "segment",
        "scale 1000",
        "BEFORE",
        "ticks 1099511627776",
        "block",
        "end",
        "AFTER",
    ];
    let blocks = ["300 -7 one", "300 -7 two"];
    let expected = blocks
        .iter()
        .flat_map(|block| document.map(|event| if event == "block" { *block } else { event }));
    assert_eq!(seen, expected.collect::<Vec<_>>());
}

/// The gist of an event.
fn what(event: &Event) -> Option<String> {
    match event {
        Event::Block(block) => {
            assert!(block.key && block.invisible && block.discardable);
            let payload = block.head[..block.frame.len as usize].escape_ascii();
            Some(format!("{} {} {payload}", block.track, block.relative))
        }
        Event::ClusterTimestamp { ticks } => Some(format!("ticks {ticks}")),
        Event::Info { timestamp_scale_ns } => Some(format!("scale {timestamp_scale_ns}")),
        Event::SegmentStart { size: None, .. } => Some("segment".into()),
        Event::Tags { tags, .. } => Some(tags[0].simple[0].0.clone()),
        Event::ClusterEnd { .. } => Some("end".into()),
        _ => None,
    }
}
