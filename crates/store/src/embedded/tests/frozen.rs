//! A whole store, as it lay on disk when its shape was frozen: keys, rows, seals and media
//! together.

use std::cell::LazyCell;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use bytes::Bytes;
use kvs::account::{AccessKey, Account, AccountState, Principal};
use kvs::name::AccountId;
use tempfile::TempDir;

use super::super::EmbeddedMeta;
use super::super::fsck::{self, Depth};
use super::{ID, append, expect, open};
use crate::blocking::block_on;
use crate::conformance::sample_stream;
use crate::meta::{Batch, MetaStore as _, Scan};
use crate::samples::sample;
use crate::{AuditCursor, AuditRow};

#[test]
fn a_store_of_old_is_read() {
    let id = sample("store-2/media-id", || {
        b"0123456789abcdef0123456789abcdef\n".into()
    });
    let new = LazyCell::new(|| written(&id));
    let rows = sample("store-2/rows", || new.0.clone());
    let extent = sample("store-2/extent", || new.1.clone());
    let dir = tempfile::tempdir().unwrap();
    lay_out(dir.path(), &rows, &extent, &id);
    let report = fsck::check(dir.path(), None, Depth::Full, false).unwrap();
    assert!(report.is_clean(), "{report}");
    let store = open(&dir);
    expect(&store, 1..4, 300);
    let found = block_on(store.stream(sample_stream(1, "a").account, &sample_stream(1, "a").name));
    assert_eq!(found.unwrap(), Some(sample_stream(1, "a")));
    assert_eq!(
        block_on(store.account(account().id)).unwrap(),
        Some(account())
    );
    let key = block_on(store.access_key(&access_key().id)).unwrap();
    assert_eq!(key, Some(access_key()));
    let secret = sample("store-2/secret", || {
        block_on(store.secret("tokens")).unwrap().to_vec()
    });
    assert_eq!(block_on(store.secret("tokens")).unwrap()[..], secret);
    assert_eq!(block_on(store.begin_session(ID, 0)).unwrap(), 1001);
    assert_eq!(block_on(store.audit_count(account().id)).unwrap(), 1);
    // It goes on being used.
    append(&store, 1001..1003, 300);
    drop(store);
    let report = fsck::check(dir.path(), None, Depth::Full, false).unwrap();
    assert!(report.is_clean(), "{report}");
}

/// A data directory of these rows and this media.
fn lay_out(dir: &Path, rows: &[u8], extent: &[u8], id: &[u8]) {
    let media = dir.join("media");
    fs::create_dir(&media).unwrap();
    fs::write(media.join("id"), id).unwrap();
    // What follows the last record up to the next block is zeros.
    let mut extent = extent.to_vec();
    extent.resize(extent.len().next_multiple_of(4096), 0);
    fs::write(media.join("0000000000000001.open"), extent).unwrap();
    let meta = EmbeddedMeta::open(&dir.join("meta.db")).unwrap();
    let mut puts = Vec::new();
    let mut rest = rows;
    while !rest.is_empty() {
        let mut part = || {
            let (len, tail) = rest.split_first_chunk().unwrap();
            let (part, tail) = tail.split_at(u16::from_be_bytes(*len).into());
            rest = tail;
            Bytes::copy_from_slice(part)
        };
        puts.push((part(), part()));
    }
    let batch = Batch {
        puts,
        ..Batch::default()
    };
    block_on(meta.commit(batch)).unwrap();
    write_kek(dir);
}

/// What the server of today makes of the same: rows, each part behind its length, and the
/// extent.
fn written(id: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let dir = tempfile::tempdir().unwrap();
    write_kek(dir.path());
    fs::create_dir(dir.path().join("media")).unwrap();
    fs::write(dir.path().join("media/id"), id).unwrap();
    fill(&dir);
    let meta = EmbeddedMeta::open(&dir.path().join("meta.db")).unwrap();
    let all = Scan {
        start: Bytes::new(),
        end: Bytes::from_static(&[0xff; 40]),
        reverse: false,
        limit: 10_000,
    };
    let mut rows = Vec::new();
    for (key, value) in block_on(meta.scan(all)).unwrap() {
        for part in [key, value] {
            rows.extend(u16::try_from(part.len()).unwrap().to_be_bytes());
            rows.extend(part);
        }
    }
    let mut extent = fs::read(dir.path().join("media/0000000000000001.open")).unwrap();
    let end = extent.iter().rposition(|&byte| byte != 0).unwrap() + 1;
    extent.truncate(end);
    (rows, extent)
}

fn fill(dir: &TempDir) {
    let store = open(dir);
    block_on(store.secret("tokens")).unwrap();
    block_on(store.put_account(&account())).unwrap();
    block_on(store.put_access_key(&access_key())).unwrap();
    block_on(store.create_stream(&sample_stream(1, "a"))).unwrap();
    block_on(store.begin_session(ID, 0)).unwrap();
    append(&store, 1..4, 300);
    let event = AuditRow {
        account: account().id,
        at: AuditCursor {
            at_ms: 1_700_000_000_000,
            serial: 7,
        },
        name: "DescribeStream".into(),
        user: "bob".into(),
        body: Bytes::from_static(b"{}"),
    };
    block_on(store.add_audit(&[event])).unwrap();
}

fn write_kek(dir: &Path) {
    let path = dir.join("kek");
    fs::write(&path, [9; 32]).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn account() -> Account {
    Account {
        id: AccountId::parse("012345678901").unwrap(),
        email: "owner@example.com".into(),
        name: "Example".into(),
        created_ms: 1_700_000_000_000,
        root_password_hash: None,
        state: AccountState::Active,
        phone: None,
        email_verified: true,
        phone_verified: false,
    }
}

fn access_key() -> AccessKey {
    AccessKey {
        id: "AKIDEXAMPLE".into(),
        account: account().id,
        principal: Principal::Root,
        secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
        created_ms: 1_700_000_000_000,
        active: true,
    }
}
