//! Background work: expired and deleted media is removed and its disk space given back.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use kvs::name::{AccountId, StreamId};
use kvs::retention::horizon_ms;
use kvs::stream::Stream;
use store::error::StoreError;

use crate::http::listen::stopped;
use crate::server::Server;

/// Runs until the server stops.
pub async fn run(server: Arc<Server>) {
    let mut stopping = server.stopping.clone();
    loop {
        let is_more = round(&server).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "removing old media failed; it is tried again");
            false
        });
        if let Err(error) = server.authenticator.last_uses.write(&server.store).await {
            tracing::warn!(%error, "noting when keys were used failed; it is tried again");
        }
        sweep_signups(&server).await;
        server.hub.sweep(server.clock.now_ms());
        if let Err(error) = sweep_sessions(&server).await {
            tracing::warn!(%error, "removing ended sessions failed; it is tried again");
        }
        let pause = if is_more { Duration::ZERO } else { ROUND };
        tokio::select! {
            biased;
            () = stopped(&mut stopping) => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Sign-ups, invitations and ways to a new password do not stay.
async fn sweep_signups(server: &Server) {
    match server.store.sweep_signups(server.clock.now_ms()).await {
        Ok(left) => server.gate.signups.store(left, Ordering::Relaxed),
        Err(error) => tracing::warn!(%error, "old sign-ups were not removed"),
    }
}

/// One look at every stream. What is wrong with one stream or account does not keep the
/// others. Gives whether deleted streams have more to remove.
async fn round(server: &Server) -> Result<bool, StoreError> {
    if let Err(error) = server.store.upkeep().await {
        tracing::warn!(%error, "upkeep of the store failed; it is tried again");
    }
    let mut is_more = false;
    for id in server.store.doomed_streams(STREAMS_PAGE).await? {
        match purge(server, id).await {
            Ok(done) => is_more |= !done,
            Err(error) => {
                let stream = id.0;
                tracing::warn!(
                    %error, stream, "removing a deleted stream failed; it is tried again"
                );
            }
        }
    }
    let mut due = Vec::new();
    let mut after = None;
    loop {
        let accounts = server.store.accounts(after, STREAMS_PAGE).await?;
        let Some(last) = accounts.last() else {
            break;
        };
        after = Some(last.id);
        for account in &accounts {
            let id = account.id;
            if let Err(error) = see_account(server, id, &mut due).await {
                tracing::warn!(%error, account = %id, "an account's streams are not listed");
            }
            if let Err(error) = expire_audit(server, id).await {
                tracing::warn!(%error, account = %id, "old audit events were not removed");
            }
        }
    }
    expire(server, due).await;
    Ok(is_more)
}

/// Removes a part of a deleted stream; whether it was the last. A large stream takes many
/// rounds, so that the media of others goes when it is due.
async fn purge(server: &Server, id: StreamId) -> Result<bool, StoreError> {
    for _ in 0..PURGE_STEPS {
        if server.store.purge_step(id, EXPIRE_BATCH).await?.done {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Forgets what was kept of sessions that have ended.
async fn sweep_sessions(server: &Server) -> Result<(), StoreError> {
    let before_ms = server.clock.now_ms();
    let store = &server.store;
    while store.sweep_session_claims(before_ms, SESSIONS_PAGE).await? == SESSIONS_PAGE {}
    Ok(())
}

/// Adds the streams of an account of which something is due, and expires what has gathered
/// when it is much.
async fn see_account(
    server: &Server,
    account: AccountId,
    due: &mut Vec<(StreamId, u64)>,
) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let streams = server
            .store
            .streams(account, "", after.as_ref(), STREAMS_PAGE)
            .await?;
        let Some(last) = streams.last() else {
            return Ok(());
        };
        after = Some(last.name.clone());
        for stream in &streams {
            // The store reads in place: others must have their turn.
            tokio::task::yield_now().await;
            match horizon(server, stream).await {
                Ok(Some(before_ms)) => due.push((stream.id, before_ms)),
                Ok(None) => {}
                Err(error) => warn(stream.id, &error),
            }
            if due.len() >= DUE_MAX {
                expire(server, std::mem::take(due)).await;
            }
        }
    }
}

/// The time before which media of a stream is due, if there is any.
async fn horizon(server: &Server, stream: &Stream) -> Result<Option<u64>, StoreError> {
    let before_ms = horizon_ms(server.clock.now_ms(), stream.retention_hours);
    let store = &server.store;
    if store.oldest_ms(stream.id, before_ms).await?.is_none() {
        return Ok(None);
    }
    // Since it was listed its retention may have been raised.
    let now = store.stream_by_id(stream.id).await?;
    Ok(now.map(|now| horizon_ms(server.clock.now_ms(), now.retention_hours)))
}

/// Removes what is due of some streams.
async fn expire(server: &Server, mut due: Vec<(StreamId, u64)>) {
    while !due.is_empty() {
        let done = match server.store.expire_many(&due, EXPIRE_BATCH).await {
            Ok(done) => done,
            Err(error) => {
                let streams = due.len();
                tracing::warn!(
                    %error, streams, "removing old fragments failed; it is tried again"
                );
                return;
            }
        };
        for (id, error) in &done.failed {
            warn(*id, error);
        }
        let (fragments, bytes) = (done.expired.fragments, done.expired.bytes);
        tracing::debug!(fragments, bytes, "expired");
        due = done.left;
    }
}

fn warn(id: StreamId, error: &StoreError) {
    let stream = id.0;
    tracing::warn!(%error, stream, "removing old fragments failed; it is tried again");
}

/// Old events of the audit trail go, and those beyond the most that are kept.
async fn expire_audit(server: &Server, account: AccountId) -> Result<(), StoreError> {
    let config = &server.config.audit;
    let kept_ms = u64::from(config.retention_days) * DAY_MS;
    let before_ms = server.clock.now_ms().saturating_sub(kept_ms);
    let store = &server.store;
    while store.expire_audit(account, before_ms, EXPIRE_BATCH).await? == EXPIRE_BATCH {}
    let count = store.audit_count(account).await?;
    let mut over = count.saturating_sub(config.events_per_account_max);
    while over > 0 {
        let batch = usize::try_from(over)
            .unwrap_or(EXPIRE_BATCH)
            .min(EXPIRE_BATCH);
        let expired = store.expire_audit(account, u64::MAX, batch).await?;
        if expired == 0 {
            break;
        }
        over -= expired as u64;
    }
    Ok(())
}

/// A day, milliseconds.
const DAY_MS: u64 = 86_400_000;

/// Pause between rounds.
const ROUND: Duration = Duration::from_secs(10);

/// Fragments, or audit events, removed in one commit. Commits of others wait for it.
const EXPIRE_BATCH: usize = 256;

/// Streams whose media is removed together; more wait for their turn.
const DUE_MAX: usize = 1000;

/// Commits for a deleted stream in one round.
const PURGE_STEPS: usize = 16;

/// Ended sessions forgotten in one commit.
const SESSIONS_PAGE: usize = 256;

/// Streams looked up at once.
const STREAMS_PAGE: usize = 1000;

#[cfg(test)]
mod tests {
    use std::ops::RangeInclusive;
    use std::sync::Arc;

    use bytes::Bytes;
    use kvs::account::{Account, AccountState};
    use kvs::name::{AccountId, StreamId};
    use kvs::stream::Stream;
    use store::conformance::{closed, sample_stream};
    use store::media::Class;
    use store::memory::{MemoryMedia, MemoryMeta};
    use store::meta::{Batch, MetaStore as _, Scan};

    use store::{Kek, NewFragment, Store};

    use super::{expire, horizon, round};
    use crate::clock::Clock;
    use crate::config::Config;
    use crate::server::Server;

    async fn keys(meta: &MemoryMeta) -> Vec<Bytes> {
        let all = Scan {
            start: Bytes::new(),
            end: Bytes::from_static(&[0xff; 32]),
            reverse: false,
            limit: 1000,
        };
        let rows = meta.scan(all).await.expect("memory answers");
        rows.into_iter().map(|(key, _)| key).collect()
    }

    async fn store_of(meta: &Arc<MemoryMeta>, streams: &[Stream]) -> Store {
        let media = Arc::new(MemoryMedia::default());
        let store = Store::new(meta.clone(), media, Kek::new([7; 32]));
        let account = Account {
            id: streams[0].account,
            email: "a@example.com".into(),
            name: "Example".into(),
            created_ms: 5,
            root_password_hash: None,
            state: AccountState::Active,
            phone: None,
            email_verified: true,
            phone_verified: false,
        };
        store.put_account(&account).await.expect("a new account");
        for stream in streams {
            store.create_stream(stream).await.expect("a new name");
        }
        store
    }

    async fn append(store: &Store, stream: &Stream, sequences: RangeInclusive<u64>) {
        let new = |sequence| NewFragment {
            stream: stream.id,
            class: Class(0),
            fragment: Arc::new(closed(sequence, sequence * 10, 5, 100)),
        };
        let batch = sequences.map(new).collect();
        store.append_fragments(batch).await.expect("memory");
    }

    #[tokio::test]
    async fn a_large_deleted_stream_does_not_keep_others_from_expiring() {
        let streams = [sample_stream(1, "a"), sample_stream(2, "b")];
        let store = store_of(&Arc::default(), &streams).await;
        append(&store, &streams[0], 1..=5000).await;
        append(&store, &streams[1], 1..=1).await;
        store.delete_stream(&streams[0]).await.expect("it is there");
        let alone = Server::alone(Config::default(), Clock::System, store);
        let store = &alone.server.store;
        assert!(round(&alone.server).await.expect("memory answers"));
        assert_eq!(
            store.doomed_streams(9).await.expect("memory"),
            [StreamId(1)]
        );
        let left = store.last_fragment(StreamId(2)).await;
        assert_eq!(left.expect("it can be read"), None);
        assert!(!round(&alone.server).await.expect("memory answers"));
        assert_eq!(store.doomed_streams(9).await.expect("memory"), []);
    }

    #[tokio::test]
    async fn a_stream_that_cannot_be_read_does_not_keep_others_from_expiring() {
        let meta = Arc::new(MemoryMeta::default());
        let streams = [sample_stream(1, "a"), sample_stream(2, "b")];
        let store = store_of(&meta, &streams).await;
        let mut of_the_first = Vec::new();
        for (n, stream) in streams.iter().enumerate() {
            let before = keys(&meta).await;
            append(&store, stream, 1..=1).await;
            let after = keys(&meta).await;
            if n == 0 {
                of_the_first = after
                    .into_iter()
                    .filter(|key| !before.contains(key))
                    .collect();
            }
        }
        let garbage = Bytes::from_static(&[0xff, 0xff]);
        let puts = of_the_first.into_iter().map(|key| (key, garbage.clone()));
        let batch = Batch {
            puts: puts.collect(),
            ..Batch::default()
        };
        meta.commit(batch).await.expect("memory");
        let alone = Server::alone(Config::default(), Clock::System, store);
        assert!(alone.server.store.last_fragment(StreamId(1)).await.is_err());
        round(&alone.server).await.expect("the round goes on");
        let left = alone.server.store.last_fragment(StreamId(2)).await;
        assert_eq!(left.expect("it can be read"), None);
    }

    #[tokio::test]
    async fn an_account_that_cannot_be_listed_does_not_keep_others_from_expiring() {
        let meta = Arc::new(MemoryMeta::default());
        let mut streams = [sample_stream(1, "a"), sample_stream(2, "b")];
        streams[1].account = AccountId::parse("999999999999").expect("twelve digits");
        let store = store_of(&meta, &streams).await;
        let other = store.account(streams[0].account).await.expect("memory");
        let other = Account {
            id: streams[1].account,
            email: "b@example.com".into(),
            ..other.expect("it was put")
        };
        store.put_account(&other).await.expect("a new account");
        append(&store, &streams[1], 1..=1).await;
        let named = |key: &Bytes| key[0] == 0x20 && key.ends_with(b"a");
        let row = keys(&meta).await.into_iter().find(named);
        let batch = Batch {
            puts: vec![(row.expect("it was made"), Bytes::from_static(&[0xff, 0xff]))],
            ..Batch::default()
        };
        meta.commit(batch).await.expect("memory");
        let alone = Server::alone(Config::default(), Clock::System, store);
        let store = &alone.server.store;
        assert!(
            store
                .streams(streams[0].account, "", None, 9)
                .await
                .is_err()
        );
        round(&alone.server).await.expect("the round goes on");
        let left = store.last_fragment(StreamId(2)).await;
        assert_eq!(left.expect("it can be read"), None);
    }

    #[tokio::test]
    async fn retention_that_was_raised_since_the_listing_counts() {
        let mut streams = [sample_stream(1, "a")];
        streams[0].retention_hours = 1;
        let store = store_of(&Arc::default(), &streams).await;
        // Ten hours old.
        let tens = (Clock::System.now_ms() - 36_000_000) / 10;
        append(&store, &streams[0], tens..=tens).await;
        let raised = Stream {
            retention_hours: 24,
            ..streams[0].clone()
        };
        let replaced = store.replace_stream(&streams[0], &raised).await;
        replaced.expect("it is there");
        let alone = Server::alone(Config::default(), Clock::System, store);
        let due = horizon(&alone.server, &streams[0]).await;
        let before_ms = due
            .expect("memory")
            .expect("by the old retention it is due");
        expire(&alone.server, vec![(StreamId(1), before_ms)]).await;
        let left = alone.server.store.last_fragment(StreamId(1)).await;
        assert!(left.expect("it can be read").is_some());
    }
}
