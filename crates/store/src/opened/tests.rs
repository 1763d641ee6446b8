//! What is held, how much, and that nothing forgotten comes back.

use std::sync::Arc;

use bytes::Bytes;
use kvs::fragment::FragmentNumber;
use kvs::name::StreamId;

use super::{ENTRY_BYTES, MADE_BYTES, Opened, Place};
use crate::media::Span;
use crate::tables::fragments::FragmentBytes;

const LEN: usize = 10_000;
/// What one fragment of the tests counts.
const COUNTED: usize = LEN + ENTRY_BYTES + MADE_BYTES;

fn place(n: u64) -> Place {
    let number = FragmentNumber {
        sequence: n,
        server_ms: n,
        random: 0,
    };
    let span = Span {
        extent: 1,
        offset: n,
        len: LEN as u32,
    };
    (StreamId(1), number, span)
}

fn media(n: u64) -> FragmentBytes {
    FragmentBytes {
        header: Bytes::from(n.to_string()),
        cluster: Bytes::new(),
        trailer: Bytes::new(),
        index: Vec::new(),
    }
}

/// Room for `count` fragments.
fn room(count: usize) -> Opened {
    let opened = Opened::default();
    opened.allow(COUNTED * count);
    opened
}

/// Reads as the store does; whether it was there.
fn read(opened: &Opened, n: u64) -> bool {
    let (found, seen) = opened.find(place(n));
    match &found {
        Some(found) => assert_eq!(found.header, n.to_string().as_bytes()),
        None => opened.keep(seen, place(n), &media(n)),
    }
    if let Some(held) = opened.held.get() {
        assert!(held.cache.weighted_size() <= held.cache.policy().max_capacity().unwrap());
    }
    found.is_some()
}

#[test]
fn nothing_is_held_unless_allowed() {
    for opened in [Opened::default(), room(0)] {
        read(&opened, 1);
        assert!(!read(&opened, 1));
    }
    let opened = room(8);
    read(&opened, 1);
    assert!(read(&opened, 1));
}

#[test]
fn a_large_fragment_is_not_held() {
    for (count, held) in [(7, false), (8, true)] {
        let opened = room(count);
        read(&opened, 1);
        assert_eq!(read(&opened, 1), held);
    }
}

#[test]
fn only_the_same_fragment_is_found() {
    let opened = room(8);
    read(&opened, 1);
    let (stream, number, span) = place(1);
    assert!(opened.find((stream, number, span)).0.is_some());
    assert!(opened.find((StreamId(2), number, span)).0.is_none());
    assert!(opened.find((stream, place(2).1, span)).0.is_none());
}

#[test]
fn what_is_shared_survives_a_long_scan() {
    let opened = room(16);
    for _ in 0..8 {
        for n in 0..4 {
            read(&opened, n);
        }
    }
    let mut found = 0;
    for n in 100..1000 {
        read(&opened, n);
        found += u32::from(read(&opened, n % 4));
    }
    assert!(found > 850, "{found} of 900");
}

#[test]
fn the_forgotten_is_gone_and_does_not_come_back_late() {
    let opened = room(8);
    read(&opened, 1);
    opened.forget([place(1).2].into_iter());
    assert!(opened.find(place(1)).0.is_none());
    let (_, seen) = opened.find(place(2));
    opened.forget([place(2).2].into_iter());
    opened.keep(seen, place(2), &media(2));
    assert!(opened.find(place(2)).0.is_none());
    assert_eq!(opened.held.get().unwrap().cache.weighted_size(), 0);
}

#[test]
fn what_was_made_goes_with_its_fragment_and_is_bounded() {
    let opened = room(8);
    let made = || Arc::from(vec![Bytes::from_static(b"made")]);
    opened.keep_made(place(1), 7, made(), 4);
    assert!(opened.made(place(1), 7).is_none(), "of nothing");
    read(&opened, 1);
    for (name, bytes) in [(1, 4), (1, 4), (2, MADE_BYTES), (3, MADE_BYTES / 2)] {
        opened.keep_made(place(1), name, made(), bytes);
    }
    let other = (StreamId(2), place(1).1, place(1).2);
    assert!(opened.made(other, 1).is_none());
    let there = [1, 2, 3].map(|name| opened.made(place(1), name).is_some());
    assert_eq!(there, [true, false, true]);
    opened.forget([place(1).2].into_iter());
    assert!(opened.made(place(1), 1).is_none());
}
