//! Claims of sessions: kept once, swept when they end.

use crate::{Store, StoreError};

/// Everything the table must do.
pub(super) async fn check(store: &Store) {
    for (id, expires_ms) in [("ASIAONE", 100), ("ASIATWO", 200), ("ASIATHREE", 300)] {
        let put = store.put_session_claims(id, expires_ms, id.as_bytes());
        put.await.expect("a commit");
    }
    let again = store.put_session_claims("ASIAONE", 400, b"other").await;
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
    let read = async |id| store.session_claims(id).await.expect("read");
    assert_eq!(read("ASIAONE").await.as_deref(), Some(&b"ASIAONE"[..]));
    assert_eq!(read("ASIA").await, None);
    let sweep = async |before_ms, limit| {
        let swept = store.sweep_session_claims(before_ms, limit).await;
        swept.expect("a commit")
    };
    assert_eq!(sweep(100, 9).await, 0);
    assert_eq!(sweep(300, 1).await, 1);
    assert_eq!(read("ASIAONE").await, None);
    assert_eq!(sweep(300, 9).await, 1);
    assert_eq!(read("ASIATWO").await, None);
    assert!(read("ASIATHREE").await.is_some());
}
