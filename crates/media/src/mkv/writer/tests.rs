//! Elements to the byte, and what the reader makes of them.

use bytes::{BufMut, Bytes, BytesMut};

use super::{UNKNOWN_SIZE, ebml_header, segment, segment_of_unknown_size, tags};
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
