//! Background work: expired and deleted media is removed and its disk space given back.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use kvs::name::AccountId;
use kvs::retention::horizon_ms;
use kvs::stream::Stream;
use store::error::StoreError;

use crate::http::listen::stopped;
use crate::server::Server;

/// Runs until the server stops.
pub async fn run(server: Arc<Server>) {
    let mut stopping = server.stopping.clone();
    loop {
        if let Err(error) = round(&server).await {
            tracing::warn!(%error, "removing old media failed; it is tried again");
        }
        if let Err(error) = server.authenticator.last_uses.write(&server.store).await {
            tracing::warn!(%error, "noting when keys were used failed; it is tried again");
        }
        sweep_signups(&server).await;
        server.hub.sweep(server.clock.now_ms());
        if let Err(error) = sweep_sessions(&server).await {
            tracing::warn!(%error, "removing ended sessions failed; it is tried again");
        }
        tokio::select! {
            () = tokio::time::sleep(ROUND) => {}
            () = stopped(&mut stopping) => return,
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

/// One look at every stream.
async fn round(server: &Server) -> Result<(), StoreError> {
    for id in server.store.doomed_streams(STREAMS_PAGE).await? {
        while !server.store.purge_step(id, EXPIRE_BATCH).await?.done {}
    }
    let mut after = None;
    loop {
        let accounts = server.store.accounts(after, STREAMS_PAGE).await?;
        let Some(last) = accounts.last() else {
            return Ok(());
        };
        after = Some(last.id);
        for account in &accounts {
            expire_account(server, account.id).await?;
            expire_audit(server, account.id).await?;
        }
    }
}

/// Forgets what was kept of sessions that have ended.
async fn sweep_sessions(server: &Server) -> Result<(), StoreError> {
    let before_ms = server.clock.now_ms();
    let store = &server.store;
    while store.sweep_session_claims(before_ms, SESSIONS_PAGE).await? == SESSIONS_PAGE {}
    Ok(())
}

async fn expire_account(server: &Server, account: AccountId) -> Result<(), StoreError> {
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
            expire(server, stream).await?;
        }
    }
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

async fn expire(server: &Server, stream: &Stream) -> Result<(), StoreError> {
    let before_ms = horizon_ms(server.clock.now_ms(), stream.retention_hours);
    loop {
        let expired = server
            .store
            .expire(stream.id, before_ms, EXPIRE_BATCH)
            .await?;
        if expired.fragments > 0 {
            let (fragments, bytes) = (expired.fragments, expired.bytes);
            tracing::debug!(stream = %stream.name, fragments, bytes, "expired");
        }
        if expired.fragments < EXPIRE_BATCH as u64 {
            return Ok(());
        }
    }
}

/// A day, milliseconds.
const DAY_MS: u64 = 86_400_000;

/// Pause between rounds.
const ROUND: Duration = Duration::from_secs(10);

/// Fragments removed in one commit.
const EXPIRE_BATCH: usize = 256;

/// Ended sessions forgotten in one commit.
const SESSIONS_PAGE: usize = 256;

/// Streams looked up at once.
const STREAMS_PAGE: usize = 1000;
