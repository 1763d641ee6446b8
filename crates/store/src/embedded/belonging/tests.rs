//! Media that is away, another's, older than the metadata, or from before there were ids.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::super::fsck::{self, Depth};
use super::super::tests::{ID, append, expect, open};
use crate::blocking::block_on;
use crate::conformance::sample_stream;
use crate::{EmbeddedOptions, OpenError, Store, key};

fn refused(dir: &tempfile::TempDir) {
    let error = Store::open(&EmbeddedOptions::new(dir.path()));
    assert!(matches!(error, Err(OpenError::OtherMedia(_))));
    let error = fsck::check(dir.path(), None, Depth::Quick, true);
    assert!(matches!(error, Err(OpenError::OtherMedia(_))));
}

#[test]
fn a_store_without_its_media_is_refused_and_not_emptied() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    block_on(store.create_stream(&sample_stream(1, "a"))).unwrap();
    append(&store, 1..5, 10_000);
    drop(store);
    let (media, away) = (dir.path().join("media"), dir.path().join("away"));
    fs::rename(&media, &away).unwrap();
    refused(&dir);
    // Another store's media.
    let other = tempfile::tempdir().unwrap();
    drop(open(&other));
    fs::copy(other.path().join("media/id"), media.join("id")).unwrap();
    refused(&dir);
    fs::remove_dir_all(&media).unwrap();
    fs::rename(&away, &media).unwrap();
    expect(&open(&dir), 1..5, 10_000);
    // It is lost for good.
    fs::remove_dir_all(&media).unwrap();
    refused(&dir);
    fsck::accept_media(dir.path(), None).unwrap();
    let report = fsck::check(dir.path(), None, Depth::Full, true).unwrap();
    assert_eq!(report.missing.len(), 4);
    let store = open(&dir);
    append(&store, 9..10, 10_000);
    expect(&store, 9..10, 10_000);
}

#[test]
fn numbers_go_on_behind_those_that_were_noted() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    block_on(store.create_stream(&sample_stream(1, "a"))).unwrap();
    append(&store, 1..15, 100_000);
    let rows = block_on(store.fragments_after(ID, None, 99)).unwrap();
    let last = rows.last().unwrap().span.extent;
    block_on(store.upkeep()).unwrap();
    drop(store);
    // An older copy of the media: the last extent is not in it.
    for entry in fs::read_dir(dir.path().join("media")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if name.starts_with(&format!("{last:016x}")) {
            fs::remove_file(entry.path()).unwrap();
        }
    }
    let store = open(&dir);
    append(&store, 50..51, 10);
    let new = block_on(store.last_fragment(ID)).unwrap();
    assert!(new.unwrap().span.extent > last);
}

#[test]
fn a_store_from_before_there_were_ids_is_taken_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    block_on(store.create_stream(&sample_stream(1, "a"))).unwrap();
    append(&store, 1..5, 10_000);
    let rows = [key::STORE_ID, key::EXTENT].map(key::single);
    block_on(store.damage(rows.to_vec())).unwrap();
    drop(store);
    let id = dir.path().join("media/id");
    fs::remove_file(&id).unwrap();
    let report = fsck::check(dir.path(), None, Depth::Full, false).unwrap();
    assert!(report.is_clean() && !id.exists());
    let store = open(&dir);
    expect(&store, 1..5, 10_000);
    assert!(id.exists() && block_on(store.store_id()).unwrap().is_some());
}

#[test]
fn files_are_their_owners_alone() {
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let store = open(&dir);
    block_on(store.create_stream(&sample_stream(1, "a"))).unwrap();
    append(&store, 1..2, 10);
    for name in ["meta.db", "meta.db-wal", "media", "media/id", "kek"] {
        let mode = fs::metadata(dir.path().join(name)).unwrap().permissions();
        assert_eq!(mode.mode() & 0o077, 0, "{name}");
    }
}
