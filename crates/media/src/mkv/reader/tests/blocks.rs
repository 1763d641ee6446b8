//! SimpleBlock, BlockGroup, and the three kinds of lacing.

use super::body::Body;
use super::{error, events, read};
use crate::mkv::ids;
use crate::mkv::reader::{Block, Event, FrameSpan, ReadErrorKind};

/// The blocks of a body that must be readable, each with the payloads of its frames.
fn blocks(body: &Body) -> Vec<(Block, Vec<Vec<u8>>)> {
    let payload = |span: &FrameSpan| {
        body.0[span.offset as usize..span.offset as usize + span.len as usize].to_vec()
    };
    events(body)
        .into_iter()
        .filter_map(|event| match event {
            Event::Block(block) => Some(block),
            _ => None,
        })
        .map(|block| {
            let frames = std::iter::once(&block.frame)
                .chain(&block.laced)
                .map(payload)
                .collect();
            (block, frames)
        })
        .collect()
}

/// The only block of a Cluster with `child`, or what is wrong with it.
fn laced(lacing: u8, data: &[u8]) -> Result<Vec<Vec<u8>>, ReadErrorKind> {
    let child = [&[0x81, 0, 0, lacing], data].concat();
    let body = Body::begin().cluster(0).element(ids::SIMPLE_BLOCK, &child);
    match read(&body.0).error {
        Some(error) => Err(error.kind),
        None => {
            let (block, frames) = blocks(&body).remove(0);
            let head_len = frames[0].len().min(8);
            assert_eq!(block.head[..head_len], frames[0][..head_len]);
            assert_eq!(block.head[head_len..], [0; 8][head_len..]);
            Ok(frames)
        }
    }
}

const XIPH: u8 = 0x02;
const FIXED: u8 = 0x04;
const EBML: u8 = 0x06;

#[test]
fn the_fields_of_a_simple_block() {
    let body = Body::begin()
        .cluster(1000)
        .bytes(&[0xA3, 0x88, 0x81, 0xFF, 0xFE, 0x80, b'a', b'b', b'c', b'd'])
        .bytes(&[0xA3, 0x84, 0x82, 0x7F, 0xFF, 0x09]);
    let offset = body.len() - 16;
    let blocks = blocks(&body);
    let (block, frames) = &blocks[0];
    assert_eq!(frames[..], [b"abcd"]);
    let expected = Block {
        offset,
        track: 1,
        relative: -2,
        key: true,
        invisible: false,
        discardable: false,
        duration: None,
        frame: FrameSpan {
            offset: offset + 6,
            len: 4,
        },
        laced: Vec::new(),
        head: *b"abcd\0\0\0\0",
    };
    assert_eq!(*block, expected);
    let (block, frames) = &blocks[1];
    assert_eq!(frames[..], [b""]);
    assert_eq!((block.track, block.relative), (2, 0x7FFF));
    assert!(!block.key && block.invisible && block.discardable);
}

#[test]
fn track_numbers_of_more_than_a_byte() {
    let numbers = [7, 126, 127, 300, 16_383, 1 << 40];
    let body = numbers
        .iter()
        .fold(Body::begin().cluster(0), |body, &number| {
            body.block(number, 0, true, &number.to_be_bytes())
        });
    for ((block, frames), number) in blocks(&body).iter().zip(numbers) {
        assert_eq!(block.track, number);
        assert_eq!(frames[0], number.to_be_bytes());
        assert_eq!(block.head, number.to_be_bytes());
    }
    assert_eq!(blocks(&body).len(), numbers.len());
}

#[test]
fn a_group_is_key_without_a_reference() {
    let block = Body::default().element(ids::BLOCK, &[0x81, 0, 5, 0x08, 1, 2, 3]);
    let other = Body::default()
        .element(ids::VOID, &[0; 3])
        .element(ids::BLOCK_DURATION, &[0x03, 0xE8])
        .bytes(&block.0)
        // DiscardPadding and BlockAdditions.
        .element(0x75A2, &[0xFF, 0])
        .element(0x75A1, &[0xA6, 0x80])
        .element(ids::REFERENCE_BLOCK, &[0xEC]);
    let body = Body::begin()
        .cluster(0)
        .element(ids::BLOCK_GROUP, &block.0)
        .element(ids::BLOCK_GROUP, &other.0);
    let blocks = blocks(&body);
    assert_eq!(blocks.len(), 2);
    for (block, frames) in &blocks {
        assert_eq!(frames[..], [[1, 2, 3]]);
        assert_eq!((block.track, block.relative), (1, 5));
        assert!(block.invisible && !block.discardable);
        assert_eq!(body.0[block.offset as usize], 0xA0);
    }
    assert_eq!((blocks[0].0.key, blocks[0].0.duration), (true, None));
    assert_eq!((blocks[1].0.key, blocks[1].0.duration), (false, Some(1000)));
}

#[test]
fn groups_that_are_none() {
    let block = [0xA1, 0x84, 0x81, 0, 0, 0];
    let cases = [
        (
            Body::default(),
            0,
            ids::BLOCK_GROUP,
            ReadErrorKind::InvalidValue,
        ),
        (
            Body::default().bytes(&block).bytes(&block),
            8,
            ids::BLOCK,
            UNEXPECTED,
        ),
        (
            Body::default().bytes(&[0xA1, 0x85, 0x81]),
            2,
            ids::BLOCK,
            EXCEEDS,
        ),
        (Body::default().bytes(&[0xA1]), 2, ids::BLOCK_GROUP, EXCEEDS),
        (
            Body::default().bytes(&[0xA1, 0xFF]),
            2,
            ids::BLOCK,
            ReadErrorKind::UnknownSize,
        ),
        (
            Body::default().bytes(&[0x00]),
            2,
            ids::BLOCK_GROUP,
            ReadErrorKind::InvalidVint,
        ),
        (
            Body::default().bytes(&[0xA1, 0x81, 0x81]),
            2,
            ids::BLOCK,
            ReadErrorKind::InvalidValue,
        ),
        (
            Body::default().element(ids::BLOCK_DURATION, &[0; 9]),
            2,
            ids::BLOCK_DURATION,
            ReadErrorKind::InvalidValue,
        ),
    ];
    for (inside, at, element, kind) in cases {
        let body = Body::begin().cluster(0);
        let offset = body.len() + at;
        let found = error(&body.element(ids::BLOCK_GROUP, &inside.0));
        assert_eq!(
            (found.offset, found.element, found.kind),
            (offset, Some(element), kind)
        );
    }
}

const UNEXPECTED: ReadErrorKind = ReadErrorKind::UnexpectedElement;
const EXCEEDS: ReadErrorKind = ReadErrorKind::ExceedsParent;

#[test]
fn blocks_too_short_for_their_header() {
    for data in [
        &[][..],
        &[0x81],
        &[0x81, 0],
        &[0x81, 0, 0],
        &[0xFF, 0, 0, 0],
        &[0; 20],
        &[0x40],
    ] {
        let body = Body::begin().cluster(0);
        let offset = body.len();
        let found = error(&body.element(ids::SIMPLE_BLOCK, data));
        assert_eq!(found.offset, offset, "{data:?}");
        assert_eq!(found.kind, ReadErrorKind::InvalidValue, "{data:?}");
        assert_eq!(found.element, Some(ids::SIMPLE_BLOCK));
    }
}

#[test]
fn xiph_lacing() {
    let frames = [vec![1; 800], vec![2; 255], vec![], vec![3; 40]];
    let head = [3, 255, 255, 255, 35, 255, 0, 0];
    assert_eq!(
        laced(XIPH, &[&head[..], &frames.concat()].concat()),
        Ok(frames.to_vec())
    );
    // One frame is allowed to be laced.
    assert_eq!(laced(XIPH, &[0, 9, 8]), Ok(vec![vec![9, 8]]));
    for wrong in [&[][..], &[1], &[1, 255], &[1, 2, 9], &[2, 1, 255, 255]] {
        assert_eq!(
            laced(XIPH, wrong),
            Err(ReadErrorKind::InvalidValue),
            "{wrong:?}"
        );
    }
}

#[test]
fn ebml_lacing() {
    // The example of RFC 9559 §10.3.3: 800, 500 (-300) and 1000 bytes.
    let frames = [vec![1; 800], vec![2; 500], vec![3; 1000]];
    let head = [2, 0x43, 0x20, 0x5E, 0xD3];
    assert_eq!(
        laced(EBML, &[&head[..], &frames.concat()].concat()),
        Ok(frames.to_vec())
    );
    // A difference up, none, and one down to nothing.
    let frames = [
        vec![1; 5],
        vec![2; 68],
        vec![3; 68],
        vec![4; 5],
        vec![],
        vec![5],
    ];
    let head = [5, 0x85, 0x80 + 63 + 63, 0x80 + 63, 0x80, 0x80 + 63 - 5];
    assert_eq!(
        laced(EBML, &[&head[..], &frames.concat()].concat()),
        Ok(frames.to_vec())
    );
    let wrong: [&[u8]; 7] = [
        &[],
        &[1],
        &[1, 0x40],
        &[1, 0x00, 9],
        &[1, 0xFF, 9],
        // Below zero, and more than there is.
        &[2, 0x81, 0x80, 9],
        &[1, 0x82, 9],
    ];
    for wrong in wrong {
        assert_eq!(
            laced(EBML, wrong),
            Err(ReadErrorKind::InvalidValue),
            "{wrong:?}"
        );
    }
}

#[test]
fn fixed_lacing() {
    assert_eq!(
        laced(FIXED, &[2, 1, 1, 2, 2, 3, 3]),
        Ok(vec![vec![1; 2], vec![2; 2], vec![3; 2]])
    );
    assert_eq!(laced(FIXED, &[1]), Ok(vec![vec![], vec![]]));
    assert_eq!(
        laced(FIXED, &[2, 1, 1, 2, 2]),
        Err(ReadErrorKind::InvalidValue)
    );
    assert_eq!(laced(FIXED, &[]), Err(ReadErrorKind::InvalidValue));
    let all = laced(FIXED, &[&[255][..], &[6; 512]].concat());
    assert_eq!(all, Ok(vec![vec![6; 2]; 256]));
}
