//! The audit trail: order, pages, other accounts, expiry.

use kvs::name::AccountId;

use crate::{AuditCursor, AuditRange, AuditRow, Store};

/// Everything an audit table must do.
pub(super) async fn check(store: &Store) {
    let account = AccountId::parse("000000000555").expect("12 digits");
    let other = AccountId::parse("000000000556").expect("12 digits");
    let row = |account, at_ms, serial| AuditRow {
        account,
        at: AuditCursor { at_ms, serial },
        name: "CreateUser".into(),
        user: "root".into(),
        body: format!("{{\"at\":{at_ms}}}").into(),
    };
    let rows = [
        row(account, 10, 9),
        row(account, 10, 3),
        row(other, 15, 1),
        row(account, 20, u64::MAX),
        row(account, 30, 0),
    ];
    store.add_audit(&rows).await.expect("a commit");
    let all = AuditRange {
        start_ms: 0,
        end_ms: u64::MAX,
        before: None,
        limit: 100,
    };
    let read = async |account, range| store.audit(account, range).await.expect("read");
    let [nine, three, foreign, twenty, thirty] = rows;
    assert_eq!(
        read(account, all).await,
        [thirty.clone(), twenty.clone(), nine.clone(), three.clone()]
    );
    assert_eq!(read(other, all).await, [foreign]);
    let page = AuditRange {
        before: Some(twenty.at),
        limit: 1,
        ..all
    };
    assert_eq!(read(account, page).await, [nine]);
    let middle = AuditRange {
        start_ms: 20,
        end_ms: 30,
        ..all
    };
    assert_eq!(read(account, middle).await, std::slice::from_ref(&twenty));
    assert_eq!(store.audit_count(account).await.expect("read"), 4);

    let expired = async |before_ms, limit| {
        let expired = store.expire_audit(account, before_ms, limit).await;
        expired.expect("a commit")
    };
    assert_eq!(expired(10, 9).await, 0);
    assert_eq!(expired(20, 1).await, 1);
    assert_eq!(expired(20, 9).await, 1);
    assert_eq!(read(account, all).await, [thirty, twenty]);
    assert_eq!(store.audit_count(account).await.expect("read"), 2);
    assert_eq!(store.audit_count(other).await.expect("read"), 1);
}
