//! What every request of a playback session needs first.

use kvs::playback::{Mode, Options, Plan, plan};
use store::StoredFragment;

use crate::ops::{ApiError, Cx};
use crate::playback::rows;
use crate::playback::token::{Session, TokenKey};

/// The key that session tokens are sealed with.
///
/// # Errors
///
/// The store's.
pub async fn token_key(cx: &Cx) -> Result<TokenKey, ApiError> {
    let key = cx.server.token_key.get_or_try_init(|| async {
        let secret = cx.server.store.secret("playback-session-token").await?;
        Ok::<_, ApiError>(secret)
    });
    Ok(TokenKey::new(key.await?))
}

/// The fragment that tells what a session plays.
///
/// # Errors
///
/// The store's.
pub async fn first_playable(
    cx: &Cx,
    session: &Session,
    oldest_ms: u64,
) -> Result<Option<StoredFragment>, ApiError> {
    let store = &cx.server.store;
    if session.mode == Mode::Live {
        let newest = rows::newest_cut(store, session.stream).await?;
        return Ok(newest.filter(|row| row.meta.number.server_ms >= oldest_ms));
    }
    let few = Session {
        max_results: 1,
        mode: Mode::OnDemand,
        ..*session
    };
    let rows = rows::of_session(store, &few, oldest_ms).await?;
    let inside = |row: &StoredFragment| {
        let time_ms = session.origin.timestamp_ms(&row.meta);
        session.range.is_none_or(|range| {
            time_ms >= range.start_ms && range.end_ms.is_none_or(|end_ms| time_ms <= end_ms)
        })
    };
    Ok(rows
        .into_iter()
        .find(|row| row.meta.cut.is_some() && inside(row)))
}

/// What the session's media playlists list now.
///
/// # Errors
///
/// The store's.
pub async fn planned(cx: &Cx, session: &Session, oldest_ms: u64) -> Result<Plan, ApiError> {
    let rows = rows::of_session(&cx.server.store, session, oldest_ms).await?;
    let live = cx.server.hub.find(session.stream);
    let options = Options {
        mode: session.mode,
        origin: session.origin,
        discontinuity: session.discontinuity,
        max_results: session.max_results.into(),
        range: session.range,
        now_ms: cx.server.clock.now_ms(),
        closed: live.is_none_or(|live| live.sessions() == 0),
    };
    Ok(plan(&rows::metas(&rows), &options))
}
