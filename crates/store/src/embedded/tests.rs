//! A store of a directory: conformance, crashes, disk space, locks and keys.

mod frozen;

use std::sync::Arc;

use std::fs;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::path::Path;

use kvs::name::StreamId;
use kvs::timeline::HOUR_MS;
use tempfile::TempDir;

use super::fsck::{self, Depth};
use super::{EmbeddedMedia, EmbeddedMeta, EmbeddedOptions, OpenError};
use crate::blocking::block_on;
use crate::conformance::{self, closed, sample_stream};
use crate::media::{Class, Record, Span};
use crate::{AuditCursor, AuditRow, Kek, NewFragment, Store, StoreError};

pub(super) const ID: StreamId = StreamId(1);

fn options(dir: &TempDir, extent_bytes: u64) -> EmbeddedOptions {
    EmbeddedOptions {
        extent_bytes,
        ..EmbeddedOptions::new(dir.path())
    }
}

pub(super) fn open(dir: &TempDir) -> Store {
    Store::open(&options(dir, 1 << 20)).unwrap()
}

pub(super) fn append(store: &Store, sequences: std::ops::Range<u64>, size: usize) {
    for sequence in sequences {
        let new = NewFragment {
            stream: ID,
            class: Class(0),
            fragment: Arc::new(closed(sequence, sequence * 10, 5, size)),
        };
        block_on(store.append_fragments(vec![new])).unwrap();
    }
}

/// All fragments are there and whole.
pub(super) fn expect(store: &Store, sequences: std::ops::Range<u64>, size: usize) {
    let rows = block_on(store.fragments_after(ID, None, 10_000)).unwrap();
    let found: Vec<u64> = rows.iter().map(|row| row.meta.number.sequence).collect();
    assert_eq!(found, sequences.collect::<Vec<_>>());
    for row in rows {
        let bytes = block_on(store.read_fragment(ID, &row)).unwrap();
        let sent = closed(row.meta.number.sequence, 1, 5, size);
        assert!(bytes.cluster == sent.cluster.concat());
    }
}

/// Leaves a record without a row, as a crash between append and commit does.
fn orphan(store: &Store, sequence: u64) -> Span {
    let record = Record {
        stream: ID,
        number: closed(sequence, 1, 5, 1).meta.number,
        len: 50_000,
        fill: Box::new(|out| {
            out.fill(7);
            Ok(())
        }),
    };
    block_on(store.media().append(Class(0), vec![record])).unwrap()[0]
}

fn blocks(dir: &Path) -> u64 {
    let sizes = fs::read_dir(dir.join("media")).unwrap();
    sizes
        .map(|entry| entry.unwrap().metadata().unwrap().blocks() * 512)
        .sum()
}

fn files(dir: &Path) -> Vec<String> {
    let names = fs::read_dir(dir.join("media")).unwrap();
    let mut names: Vec<String> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn conforms() {
    let dir = tempfile::tempdir().unwrap();
    let meta = EmbeddedMeta::open(&dir.path().join("conformance.db")).unwrap();
    block_on(conformance::meta(&meta));
    for extent_bytes in [4096, 100_000, 10_000_000] {
        let dir = tempfile::tempdir().unwrap();
        let media = EmbeddedMedia::open(dir.path(), extent_bytes, None).unwrap();
        block_on(conformance::media(&media));
    }
    block_on(conformance::run(&open(&dir)));
    let report = fsck::check(dir.path(), None, Depth::Full, false).unwrap();
    assert!(report.is_clean(), "{report}");
    assert_eq!((report.orphans, report.pending_frees), (0, 0), "{report}");
}

#[test]
fn conforms_in_a_runtime() {
    let dir = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let store = open(&dir);
    // The same with opened fragments held in memory.
    store.hold_opened(1 << 20);
    runtime.block_on(conformance::run(&store));
}

#[test]
fn everything_stays_over_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    let stream = sample_stream(1, "a");
    block_on(store.create_stream(&stream)).unwrap();
    let secret = block_on(store.secret("tokens")).unwrap();
    assert_eq!(block_on(store.begin_session(ID, 0)).unwrap(), 1);
    append(&store, 1..40, 100_000);
    drop(store);
    let store = open(&dir);
    let found = block_on(store.stream(stream.account, &stream.name)).unwrap();
    assert_eq!(found, Some(stream));
    assert_eq!(block_on(store.secret("tokens")).unwrap(), secret);
    assert_eq!(block_on(store.begin_session(ID, 0)).unwrap(), 1001);
    append(&store, 40..50, 100_000);
    expect(&store, 1..50, 100_000);
    // Appends after a restart go to new extents; all before are in no doubt.
    let open_now = files(dir.path())
        .iter()
        .filter(|n| n.ends_with("open"))
        .count();
    assert!((1..=2).contains(&open_now), "{:?}", files(dir.path()));
}

#[test]
fn orphans_of_a_crash_are_freed_and_torn_tails_cut_off() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    block_on(store.create_stream(&sample_stream(1, "a"))).unwrap();
    append(&store, 1..3, 30_000);
    orphan(&store, 900);
    append(&store, 3..5, 30_000);
    orphan(&store, 901);
    let last = block_on(store.last_fragment(ID)).unwrap().unwrap();
    drop(store);
    // A batch that was torn: a later block of it reached the disk, its header did not.
    let torn = last.span.offset + super::extent::room(last.span.len);
    let extent = super::extent::path(
        &dir.path().join("media"),
        last.span.extent,
        super::extent::Life::Open,
    );
    let file = fs::File::options().write(true).open(&extent).unwrap();
    file.write_all_at(&[0; 4096], torn).unwrap();
    file.write_all_at(&[9; 4096], torn + 8192).unwrap();
    let before = fsck::check(dir.path(), None, Depth::Full, false).unwrap();
    assert!(before.is_clean(), "{before}");
    assert_eq!(before.orphans, 1, "{before}");
    let store = open(&dir);
    expect(&store, 1..5, 30_000);
    let rows = block_on(store.fragments_after(ID, None, 9)).unwrap();
    drop(store);
    let after = fsck::check(dir.path(), None, Depth::Full, false).unwrap();
    assert!(after.is_clean(), "{after}");
    assert_eq!((after.orphans, after.leaked_bytes), (0, 0), "{after}");
    let room: u64 = rows.iter().map(|r| super::extent::room(r.span.len)).sum();
    assert!(blocks(dir.path()) <= room + (64 << 10));
}

/// A copy of the directory of a store in use is what a killed process leaves.
fn killed(dir: &TempDir) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    fs::create_dir(copy.path().join("media")).unwrap();
    for folder in ["", "media"] {
        for entry in fs::read_dir(dir.path().join(folder)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name();
            // The index of the log is shared memory and is built anew.
            if entry.file_type().unwrap().is_file() && name != "meta.db-shm" {
                fs::copy(entry.path(), copy.path().join(folder).join(name)).unwrap();
            }
        }
    }
    copy
}

#[test]
fn a_killed_process_leaves_all_that_was_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&options(&dir, 200_000)).unwrap();
    block_on(store.create_stream(&sample_stream(1, "a"))).unwrap();
    let mut first = 1;
    for step in 1..30 {
        append(&store, step..step + 1, 40_000);
        let mut lost = Vec::new();
        match step % 5 {
            1 => lost.push(orphan(&store, 900 + step)),
            2 => {
                first = step - 1;
                block_on(store.expire(ID, first * 10, 100)).unwrap();
            }
            3 => {
                // Rows deleted, media not yet freed.
                let rows = block_on(store.fragments_after(ID, None, 1)).unwrap();
                block_on(store.note_frees(ID, &rows)).unwrap();
                first += 1;
            }
            _ => {}
        }
        let copy = killed(&dir);
        block_on(store.media().free(lost)).unwrap();
        let store = open(&copy);
        expect(&store, first..step + 1, 40_000);
        append(&store, 500..501, 40_000);
        drop(store);
        let report = fsck::check(copy.path(), None, Depth::Full, false).unwrap();
        assert!(report.is_clean(), "{report}");
        assert_eq!((report.orphans, report.pending_frees), (0, 0), "{report}");
        // The copy has zeros on disk where the original has holes.
        fsck::check(copy.path(), None, Depth::Full, true).unwrap();
        let report = fsck::check(copy.path(), None, Depth::Full, false).unwrap();
        assert_eq!(
            (report.is_clean(), report.leaked_bytes),
            (true, 0),
            "{report}"
        );
    }
}

#[test]
fn frees_that_were_noted_are_finished_at_start() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    block_on(store.create_stream(&sample_stream(1, "a"))).unwrap();
    append(&store, 1..5, 100_000);
    let rows = block_on(store.fragments_after(ID, None, 9)).unwrap();
    // What `expire` does first, and then the crash.
    block_on(store.note_frees(ID, &rows[..2])).unwrap();
    drop(store);
    let report = fsck::check(dir.path(), None, Depth::Quick, false).unwrap();
    assert_eq!(report.pending_frees, 2, "{report}");
    let store = open(&dir);
    expect(&store, 3..5, 100_000);
    assert!(block_on(store.media().read(rows[0].span)).is_err());
    drop(store);
    let report = fsck::check(dir.path(), None, Depth::Full, false).unwrap();
    assert_eq!((report.pending_frees, report.orphans), (0, 0), "{report}");
}

#[test]
fn an_extent_that_cannot_be_read_does_not_keep_the_store_closed() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    block_on(store.create_stream(&sample_stream(1, "a"))).unwrap();
    append(&store, 1..40, 100_000);
    drop(store);
    // A folder in the place of a file: it can be listed and neither opened nor read.
    let media = dir.path().join("media");
    fs::create_dir(media.join("00000000000000f0.open")).unwrap();
    fs::create_dir(media.join("00000000000000f1.extent")).unwrap();
    let store = open(&dir);
    expect(&store, 1..40, 100_000);
    // Notes of what cannot be freed do not keep others from being finished.
    let rows = block_on(store.fragments_after(ID, None, 2)).unwrap();
    let mut lost = rows[0].clone();
    lost.span.extent = 0xf1;
    block_on(store.note_frees(ID, &[lost.clone(), rows[0].clone()])).unwrap();
    block_on(store.note_frees(ID, &rows[1..])).unwrap();
    assert!(block_on(store.finish_frees()).is_err());
    assert!(block_on(store.media().read(rows[1].span)).is_err());
}

#[test]
fn expiry_gives_disk_space_back() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    block_on(store.create_stream(&sample_stream(1, "a"))).unwrap();
    append(&store, 1..101, 100_000);
    let taken = blocks(dir.path());
    // After a restart no preallocated end stays.
    drop(store);
    let store = open(&dir);
    let full = blocks(dir.path());
    assert!(
        full >= 10_000_000 && full <= taken - (512 << 10),
        "{full} of {taken}"
    );
    assert!(files(dir.path()).len() >= 10);
    // Within an extent the blocks go; an extent of which nothing is left goes whole.
    block_on(store.expire(ID, 4 * 10, 100)).unwrap();
    assert!(blocks(dir.path()) <= full - 300_000);
    block_on(store.expire(ID, 100 * 10, 100)).unwrap();
    let left = blocks(dir.path());
    assert!(left <= 256 << 10, "{left} bytes of {full} left");
    assert!(files(dir.path()).len() <= 3, "{:?}", files(dir.path()));
    expect(&store, 100..101, 100_000);
    block_on(store.expire(ID, u64::MAX, 100)).unwrap();
    append(&store, 200..201, 10);
    expect(&store, 200..201, 10);
}

#[test]
fn numbers_of_extents_are_not_used_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut seen = Vec::new();
    for round in 0..3 {
        let store = open(&dir);
        if round == 0 {
            block_on(store.create_stream(&sample_stream(1, "a"))).unwrap();
        }
        append(&store, round..round + 1, 10);
        let last = block_on(store.last_fragment(ID)).unwrap().unwrap();
        seen.push(last.span.extent);
        block_on(store.expire(ID, u64::MAX, 100)).unwrap();
    }
    assert_eq!(seen, [1, 2, 3]);
}

#[test]
fn a_flipped_byte_is_corrupt() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    block_on(store.create_stream(&sample_stream(1, "a"))).unwrap();
    append(&store, 1..3, 10_000);
    let row = block_on(store.last_fragment(ID)).unwrap().unwrap();
    drop(store);
    let store = open(&dir);
    let media = dir.path().join("media");
    let file = super::extent::open(&media, row.span.extent).unwrap();
    for place in [70, 100, 5000] {
        let mut byte = [0];
        let at = row.span.offset + place;
        file.read_exact_at(&mut byte, at).unwrap();
        file.write_all_at(&[byte[0] ^ 1], at).unwrap();
        let result = block_on(store.read_fragment(ID, &row));
        assert!(matches!(result, Err(StoreError::Corrupt(_))), "{place}");
        file.write_all_at(&byte, at).unwrap();
    }
    block_on(store.read_fragment(ID, &row)).unwrap();
    file.write_all_at(&[1; 16], row.span.offset + 3000).unwrap();
    drop(store);
    let quick = fsck::check(dir.path(), None, Depth::Quick, false).unwrap();
    assert!(quick.is_clean(), "{quick}");
    let full = fsck::check(dir.path(), None, Depth::Full, true).unwrap();
    assert_eq!(full.corrupt.len(), 1, "{full}");
    assert_eq!(full.fragments, 2);
}

#[test]
fn the_check_finds_and_mends() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    block_on(store.create_stream(&sample_stream(1, "a"))).unwrap();
    append(&store, 1..7, 10_000);
    let rows = block_on(store.fragments_after(ID, None, 9)).unwrap();
    // Media lost, one row of a pair lost, a row of a pair too many.
    block_on(store.media().free(vec![rows[0].span])).unwrap();
    let [_, producer] = crate::tables::fragments::places(ID, &rows[1]);
    let [primary, _] = crate::tables::fragments::places(ID, &rows[2]);
    block_on(store.damage(vec![producer, primary])).unwrap();
    drop(store);
    for repair in [false, true] {
        let report = fsck::check(dir.path(), None, Depth::Full, repair).unwrap();
        assert_eq!(report.missing.len(), 1, "{report}");
        assert_eq!(report.unpaired, 2, "{report}");
        assert_eq!(report.orphans, 1, "{report}");
        assert!(!report.is_clean());
    }
    let report = fsck::check(dir.path(), None, Depth::Full, false).unwrap();
    assert!(report.is_clean(), "{report}");
    assert_eq!((report.fragments, report.orphans), (4, 0), "{report}");
    let store = open(&dir);
    let left = block_on(store.fragments_after(ID, None, 9)).unwrap();
    let left: Vec<u64> = left.iter().map(|row| row.meta.number.sequence).collect();
    assert_eq!(left, [2, 4, 5, 6]);
}

#[test]
fn rows_that_cannot_be_read_keep_nothing_else_and_are_mended() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    block_on(store.create_stream(&sample_stream(1, "a"))).unwrap();
    append(&store, 1..7, 10_000);
    let rows = block_on(store.fragments_after(ID, None, 9)).unwrap();
    let places = |n: usize| crate::tables::fragments::places(ID, &rows[n]);
    let ([first, _], [second, producer], [_, third]) = (places(0), places(1), places(2));
    let bad = vec![first, second, producer, third];
    block_on(store.garble(bad)).unwrap();
    drop(store);
    // The extents were open: their ends are sought by these rows.
    drop(open(&dir));
    for repair in [false, true] {
        let report = fsck::check(dir.path(), None, Depth::Full, repair).unwrap();
        // One is mended as the twin of another before it is looked at.
        let unreadable = if repair { 3 } else { 4 };
        let found = (report.unreadable, report.unpaired);
        assert_eq!(found, (unreadable, 1), "{report}");
        assert!(!report.is_clean() && report.is_mended());
    }
    let report = fsck::check(dir.path(), None, Depth::Full, false).unwrap();
    assert!(report.is_clean(), "{report}");
    assert_eq!((report.fragments, report.orphans), (5, 0), "{report}");
    let store = open(&dir);
    let left = block_on(store.fragments_after(ID, None, 9)).unwrap();
    let left: Vec<u64> = left.iter().map(|row| row.meta.number.sequence).collect();
    assert_eq!(left, [1, 3, 4, 5, 6]);
    // Expiry passes over such rows, and a deletion takes them.
    block_on(store.garble(vec![places(0)[0].clone(), places(2)[0].clone()])).unwrap();
    assert_eq!(block_on(store.expire(ID, 51, 2)).unwrap().fragments, 2);
    assert_eq!(block_on(store.expire(ID, 51, 2)).unwrap().fragments, 0);
    let last = block_on(store.last_fragment(ID)).unwrap().unwrap();
    assert_eq!(last.meta.number.sequence, 6);
    block_on(store.delete_stream(&sample_stream(1, "a"))).unwrap();
    while !block_on(store.purge_step(ID, 9)).unwrap().done {}
    drop(store);
    let report = fsck::check(dir.path(), None, Depth::Full, false).unwrap();
    assert!(report.is_clean(), "{report}");
}

#[test]
fn summaries_of_hours_are_checked_and_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let stream = sample_stream(1, "a");
    let store = open(&dir);
    block_on(store.create_stream(&stream)).unwrap();
    let new = |sequence: u64| NewFragment {
        stream: ID,
        class: Class(0),
        fragment: Arc::new(closed(sequence, sequence * HOUR_MS / 2, 5, 100)),
    };
    block_on(store.append_fragments((2..12).map(new).collect())).unwrap();
    block_on(store.summarise(ID, 5, 99)).unwrap();
    drop(store);
    let outdated = |repair| {
        let report = fsck::check(dir.path(), None, Depth::Quick, repair).unwrap();
        assert!(report.outdated == 0 || !report.is_clean());
        report.outdated
    };
    let hours = |store: &Store| -> Vec<(u64, u64)> {
        let counts = block_on(store.hour_counts(ID, 0, 99, 99)).unwrap();
        counts
            .iter()
            .map(|(hour, count)| (*hour, count.fragments))
            .collect()
    };
    assert_eq!(outdated(false), 0);
    let fragment = |n: u64| {
        let number = closed(n, n * HOUR_MS / 2, 5, 100).meta.number;
        crate::key::fragment(ID, number.server_ms, number.sequence)
    };
    let summary = |hour| crate::key::hour(ID, hour);
    // A summary that should be there, one that knows of a fragment too many, one of
    // fragments that are gone.
    for (place, left) in [
        (vec![summary(3)], vec![(1, 2), (2, 2), (4, 2)]),
        (vec![fragment(5)], vec![(1, 2), (3, 2), (4, 2)]),
        (vec![fragment(8), fragment(9)], vec![(1, 2), (2, 1), (3, 2)]),
    ] {
        let store = open(&dir);
        block_on(store.damage(place)).unwrap();
        drop(store);
        assert_ne!(outdated(false), 0);
        assert_ne!(outdated(true), 0);
        assert_eq!(outdated(false), 0);
        let store = open(&dir);
        assert_eq!(hours(&store), left);
        assert_eq!(block_on(store.summarised(ID)).unwrap(), None);
        block_on(store.summarise(ID, 5, 99)).unwrap();
        drop(store);
        assert_eq!(outdated(false), 0);
    }
}

#[test]
fn counts_of_streams_are_checked_and_made_for_an_older_store() {
    let dir = tempfile::tempdir().unwrap();
    let account = sample_stream(1, "a").account;
    let place = crate::key::account(crate::key::STREAM_COUNT, account);
    let store = open(&dir);
    for (id, name) in [(1, "a"), (2, "b"), (3, "c")] {
        block_on(store.create_stream(&sample_stream(id, name))).unwrap();
    }
    block_on(store.damage(vec![place.clone()])).unwrap();
    block_on(store.delete_stream(&sample_stream(3, "c"))).unwrap();
    assert_eq!(block_on(store.stream_count(account)).unwrap(), 0);
    drop(store);
    for repair in [false, true] {
        let report = fsck::check(dir.path(), None, Depth::Full, repair).unwrap();
        assert_eq!(
            (report.miscounted, report.is_clean()),
            (1, false),
            "{report}"
        );
    }
    let report = fsck::check(dir.path(), None, Depth::Full, false).unwrap();
    assert!(report.is_clean(), "{report}");
    let store = open(&dir);
    assert_eq!(block_on(store.stream_count(account)).unwrap(), 2);
    // A store from before streams were counted.
    block_on(store.damage(vec![place])).unwrap();
    block_on(store.mark_schema(1)).unwrap();
    drop(store);
    let report = fsck::check(dir.path(), None, Depth::Full, false).unwrap();
    assert!(report.is_clean(), "{report}");
    let store = open(&dir);
    assert_eq!(block_on(store.stream_count(account)).unwrap(), 2);
    assert!(!block_on(store.is_older()).unwrap());
}

#[test]
fn counts_of_audit_events_are_checked() {
    let dir = tempfile::tempdir().unwrap();
    let account = sample_stream(1, "a").account;
    let place = crate::key::account(crate::key::AUDIT_COUNT, account);
    let rows = [1, 2, 3].map(|at_ms| AuditRow {
        account,
        at: AuditCursor { at_ms, serial: 0 },
        name: "CreateUser".to_owned(),
        user: "root".to_owned(),
        body: "{}".into(),
    });
    let store = open(&dir);
    block_on(store.add_audit(&rows[..1])).unwrap();
    block_on(store.damage(vec![place])).unwrap();
    block_on(store.add_audit(&rows[1..])).unwrap();
    assert_eq!(block_on(store.audit_count(account)).unwrap(), 2);
    drop(store);
    for (repair, wrong) in [(false, 1), (true, 1), (false, 0)] {
        let report = fsck::check(dir.path(), None, Depth::Quick, repair).unwrap();
        let found = (report.miscounted, report.is_clean());
        assert_eq!(found, (wrong, wrong == 0), "{report}");
    }
    let store = open(&dir);
    assert_eq!(block_on(store.audit_count(account)).unwrap(), 3);
}

#[test]
fn counts_of_devices_are_checked() {
    let dir = tempfile::tempdir().unwrap();
    let account = sample_stream(1, "a").account;
    let place = crate::key::iot(crate::key::IOT_COUNT, account, &[&[1]]);
    let (_, thing) = conformance::iot::samples().swap_remove(0);
    let store = open(&dir);
    for (_, entity) in conformance::iot::samples() {
        block_on(store.create_iot(account, &entity, 1)).unwrap();
    }
    let count = |store: &Store| block_on(store.iot_count(account, thing.kind())).unwrap();
    assert_eq!(count(&store), 1);
    block_on(store.damage(vec![place.clone()])).unwrap();
    assert_eq!(count(&store), 0);
    drop(store);
    for (repair, wrong) in [(false, 1), (true, 1), (false, 0)] {
        let report = fsck::check(dir.path(), None, Depth::Quick, repair).unwrap();
        let found = (report.miscounted, report.is_clean());
        assert_eq!(found, (wrong, wrong == 0), "{report}");
    }
    let store = open(&dir);
    assert_eq!(count(&store), 1);
    // A store from before devices were counted.
    block_on(store.damage(vec![place])).unwrap();
    block_on(store.mark_schema(2)).unwrap();
    drop(store);
    let store = open(&dir);
    assert_eq!(count(&store), 1);
    let again = block_on(store.create_iot(account, &thing, 2));
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
}

#[test]
fn one_process_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    let error = Store::open(&options(&dir, 4096)).err().unwrap();
    let OpenError::Locked { pid, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(*pid, Some(std::process::id()));
    assert!(error.to_string().contains("in use"), "{error}");
    let other = store.clone();
    drop(store);
    assert!(Store::open(&options(&dir, 4096)).is_err());
    drop(other);
    open(&dir);
}

#[test]
fn the_key_must_be_the_one_the_store_was_made_with() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(&dir));
    let wrong = EmbeddedOptions {
        kek: Some(Kek::new([1; 32])),
        ..options(&dir, 4096)
    };
    let result = Store::open(&wrong);
    assert!(matches!(result, Err(OpenError::WrongKek)));
    let file = dir.path().join("kek");
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let bytes = fs::read(&file).unwrap();
    let given = EmbeddedOptions {
        kek: Some(Kek::new(bytes.clone().try_into().unwrap())),
        ..options(&dir, 4096)
    };
    drop(Store::open(&given).unwrap());
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let result = Store::open(&options(&dir, 4096));
    assert!(matches!(result, Err(OpenError::BadKek(_))));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&file, &bytes[1..]).unwrap();
    let result = Store::open(&options(&dir, 4096));
    assert!(matches!(result, Err(OpenError::BadKek(_))));
    fs::remove_file(&file).unwrap();
    let result = Store::open(&options(&dir, 4096));
    assert!(matches!(result, Err(OpenError::NoKek(_))));
}

#[test]
fn a_newer_store_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    block_on(store.mark_schema(99)).unwrap();
    drop(store);
    let result = Store::open(&options(&dir, 4096));
    assert!(matches!(result, Err(OpenError::Newer)));
}

#[test]
fn appends_of_many_tasks_share_syncs() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    block_on(store.create_stream(&sample_stream(1, "a"))).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let tasks: Vec<_> = (1..60)
            .map(|sequence| {
                let store = store.clone();
                tokio::spawn(async move {
                    let new = NewFragment {
                        stream: ID,
                        class: Class((sequence % 3) as u8),
                        fragment: Arc::new(closed(sequence, sequence, 5, 20_000)),
                    };
                    store.append_fragments(vec![new]).await
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
    });
    expect(&store, 1..60, 20_000);
}
