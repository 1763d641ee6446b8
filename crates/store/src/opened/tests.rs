//! What is held, what goes first, and that nothing forgotten comes back.

use bytes::Bytes;
use kvs::fragment::FragmentNumber;
use kvs::name::StreamId;

use super::{ENTRY_BYTES, Opened, Place, QUEUE_SLACK};
use crate::media::Span;
use crate::memory::lock;
use crate::tables::fragments::FragmentBytes;

const LEN: usize = 10_000;
/// What one fragment of the tests counts.
const COUNTED: usize = LEN + ENTRY_BYTES;

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
    match found {
        Some(found) => assert_eq!(found.header, n.to_string().as_bytes()),
        None => opened.keep(seen, place(n), &media(n)),
    }
    let state = lock(&opened.0);
    assert!(state.bytes <= state.bytes_max);
    let counted: usize = state.fragments.values().map(|entry| entry.bytes).sum();
    assert_eq!(state.bytes, counted);
    drop(state);
    opened.find(place(n)).0.is_some()
}

fn holds(opened: &Opened, n: u64) -> bool {
    lock(&opened.0).fragments.contains_key(&place(n).2)
}

#[test]
fn nothing_is_held_unless_allowed() {
    assert!(!read(&Opened::default(), 1));
    let opened = room(8);
    assert!(read(&opened, 1));
    opened.allow(0);
    assert!(!holds(&opened, 1));
    assert_eq!(lock(&opened.0).bytes, 0);
}

#[test]
fn a_large_fragment_is_not_held() {
    assert!(!read(&room(7), 1));
    assert!(read(&room(8), 1));
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
    for _ in 0..3 {
        for n in 0..4 {
            read(&opened, n);
        }
    }
    for n in 100..1000 {
        let (found, seen) = opened.find(place(n));
        assert!(found.is_none());
        opened.keep(seen, place(n), &media(n));
        if n % 10 == 0 {
            for n in 0..4 {
                assert!(holds(&opened, n), "{n} after the scan");
                read(&opened, n);
            }
        }
    }
}

#[test]
fn what_comes_back_soon_is_held() {
    // Round and round through more than has room: some of it is found all the same.
    let opened = room(16);
    let mut found = 0;
    for _ in 0..10 {
        for n in 0..24 {
            found += u32::from(opened.find(place(n)).0.is_some());
            let (_, seen) = opened.find(place(n));
            opened.keep(seen, place(n), &media(n));
        }
    }
    assert!(
        found >= 24,
        "{found} of 240; the least recently used first would find none"
    );
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
    assert!(!holds(&opened, 2));
}

#[test]
fn queues_are_bounded_where_all_is_forgotten() {
    let opened = room(8);
    for n in 0..10_000 {
        read(&opened, n);
        opened.forget([place(n).2].into_iter());
        let state = lock(&opened.0);
        assert!(state.fresh.len() + state.proven.len() <= 2 * QUEUE_SLACK + 2);
    }
    assert_eq!(lock(&opened.0).bytes, 0);
}

#[test]
fn names_of_those_that_left_are_bounded() {
    let opened = room(8);
    for n in 0..20_000 {
        let (_, seen) = opened.find(place(n));
        opened.keep(seen, place(n), &media(n));
    }
    let state = lock(&opened.0);
    assert!(state.left.len() <= super::LEFT_MAX);
    assert_eq!(state.left.len(), state.left_set.len());
}

#[test]
fn what_was_made_goes_with_its_fragment() {
    let opened = room(8);
    let made = || vec![Bytes::from_static(b"made")].into();
    opened.keep_made(place(1), 7, made(), 4);
    assert!(opened.made(place(1), 7).is_none(), "of nothing");
    read(&opened, 1);
    let before = lock(&opened.0).bytes;
    for name in 0..10 {
        opened.keep_made(place(1), name, made(), 4);
        opened.keep_made(place(1), name, made(), 4);
    }
    assert!(opened.made(place(1), 0).is_some());
    assert!(opened.made(place(1), 9).is_none(), "more than it may have");
    assert!(
        opened
            .made((StreamId(2), place(1).1, place(1).2), 0)
            .is_none()
    );
    let state = lock(&opened.0);
    assert!(state.bytes > before && state.fresh_bytes == state.bytes);
    drop(state);
    opened.forget([place(1).2].into_iter());
    assert!(opened.made(place(1), 0).is_none());
    assert_eq!(lock(&opened.0).bytes, 0);
    assert_eq!(lock(&opened.0).fresh_bytes, 0);
}

#[test]
fn what_was_made_is_bounded() {
    let opened = room(8);
    read(&opened, 1);
    opened.keep_made(place(1), 1, vec![Bytes::new()].into(), 2 * COUNTED);
    assert!(opened.made(place(1), 1).is_none());
    for n in 2..8 {
        read(&opened, n);
        opened.keep_made(place(n), 1, vec![Bytes::new()].into(), COUNTED / 2);
    }
    let state = lock(&opened.0);
    assert!(state.bytes <= state.bytes_max);
}
