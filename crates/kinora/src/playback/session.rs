//! What every request of a playback session needs first.

use kvs::fragment::FragmentNumber;
use kvs::playback::{Mode, Options, Origin, Plan, Progress, REPEAT_SEGMENTS_MAX, Range, plan};
use store::StoredFragment;

use crate::ops::{ApiError, Cx};
use crate::playback::known::SessionId;
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

/// The fragment that tells what a session plays. A session that is not opened yet has no
/// `id`.
///
/// # Errors
///
/// The store's.
pub async fn first_playable(
    cx: &Cx,
    session: &Session,
    id: Option<SessionId>,
    oldest_ms: u64,
) -> Result<Option<StoredFragment>, ApiError> {
    let store = &cx.server.store;
    let Some(range) = session.range.filter(|_| session.mode != Mode::Live) else {
        let newest = rows::newest_cut(store, session.stream).await?;
        return Ok(newest.filter(|row| row.meta.number.server_ms >= oldest_ms));
    };
    let rows = on_demand(cx, session, range, id, oldest_ms, 2).await?;
    let inside = |row: &StoredFragment| range.holds(session.origin.timestamp_ms(&row.meta));
    Ok(rows
        .into_iter()
        .find(|row| row.meta.cut.is_some() && inside(row)))
}

/// The rows from the first in the range on, until there are so many cuts.
async fn on_demand(
    cx: &Cx,
    session: &Session,
    range: Range,
    id: Option<SessionId>,
    oldest_ms: u64,
    cuts: usize,
) -> Result<Vec<StoredFragment>, ApiError> {
    let store = &cx.server.store;
    let Some(first) = first(cx, session, range, id, oldest_ms).await? else {
        return Ok(Vec::new());
    };
    let from = rows::from(store, session.stream, first, session.origin, range, cuts);
    Ok(from.await?.0)
}

/// Where the range begins. By producer timestamps that takes a look at all of its rows, and
/// is remembered: what comes later has larger numbers.
async fn first(
    cx: &Cx,
    session: &Session,
    range: Range,
    id: Option<SessionId>,
    oldest_ms: u64,
) -> Result<Option<FragmentNumber>, ApiError> {
    let known = id.and_then(|id| cx.server.known.first(id));
    if let Some(first) = known.filter(|first| first.server_ms >= oldest_ms) {
        return Ok(Some(first));
    }
    let store = &cx.server.store;
    let first = rows::first_in_range(store, session.stream, session.origin, range, oldest_ms);
    let first = first.await?;
    if let (Some(id), Some(first), Origin::Producer) = (id, first, session.origin) {
        let now_ms = cx.server.clock.now_ms();
        let known = &cx.server.known;
        known.remember_first(id, session.expires_ms, now_ms, first);
    }
    Ok(first)
}

/// What the session's media playlists list now. A session that is not opened yet has no
/// `id`.
///
/// # Errors
///
/// The store's.
pub async fn planned(
    cx: &Cx,
    session: &Session,
    id: Option<SessionId>,
    oldest_ms: u64,
) -> Result<Plan, ApiError> {
    let live = cx.server.hub.find(session.stream);
    let options = Options {
        mode: session.mode,
        origin: session.origin,
        discontinuity: session.discontinuity,
        max_results: session.max_results.into(),
        range: session.range,
        now_ms: cx.server.clock.now_ms(),
        closed: live.is_none_or(|live| live.sessions() == 0),
        more: false,
        progress: Progress::default(),
    };
    let rows = match (session.mode, session.range) {
        (Mode::LiveReplay { .. }, Some(range)) => {
            return replayed(cx, session, range, id, oldest_ms, options).await;
        }
        (Mode::OnDemand, Some(range)) => {
            let cuts = options.max_results + 1;
            on_demand(cx, session, range, id, oldest_ms, cuts).await?
        }
        _ => rows::of_live(&cx.server.store, session, oldest_ms).await?,
    };
    Ok(plan(&rows::metas(&rows), &options))
}

/// What a replay lists now, from rows read piece by piece: from where its last playlist
/// began or, if nobody knows, from its start.
async fn replayed(
    cx: &Cx,
    session: &Session,
    range: Range,
    id: Option<SessionId>,
    oldest_ms: u64,
    options: Options,
) -> Result<Plan, ApiError> {
    let store = &cx.server.store;
    let known = id.and_then(|id| cx.server.known.goes_on(id));
    let mut place = match known {
        Some(place) => place,
        None => match first(cx, session, range, id, oldest_ms).await? {
            Some(first) => (first, Progress::default()),
            None => return Ok(plan(&[], &options)),
        },
    };
    let mut step = known.map_or(STEP, |_| SMALL_STEP);
    loop {
        let cuts = options.max_results + REPEAT_SEGMENTS_MAX + step;
        let read = rows::from(store, session.stream, place.0, session.origin, range, cuts).await?;
        let (mut rows, more) = read;
        rows.retain(|row| row.meta.number.server_ms >= oldest_ms);
        let progress = match rows.first() {
            Some(row) => place.1.at(place.0, row.meta.number, &options),
            None => place.1,
        };
        let options = Options {
            more,
            progress,
            ..options
        };
        let plan = plan(&rows::metas(&rows), &options);
        let next = plan.goes_on.filter(|next| next.0 > place.0);
        if let (Some(id), Some(next)) = (id, next) {
            let known = &cx.server.known;
            known.remember(id, session.expires_ms, options.now_ms, next);
        }
        match next {
            Some(next) if more && !plan.waits => place = next,
            _ => return Ok(plan),
        }
        step = STEP;
    }
}

/// Segments by which a replay whose progress is not known is caught up with at a time.
const STEP: usize = 1000;
/// Segments that may come up between two playlists before a second look is needed.
const SMALL_STEP: usize = 64;
