//! Reading the rows that playback is planned from.

use kvs::fragment::{FragmentMeta, FragmentNumber};
use kvs::name::StreamId;
use kvs::playback::{Origin, REPEAT_SEGMENTS_MAX, Range};
use store::error::StoreError;
use store::{FragmentRange, Store, StoredFragment};

use crate::playback::token::Session;

/// The rows a live playlist is planned from, in order of ingestion. What is older than
/// `oldest_ms` (server time) has expired and is left out.
///
/// # Errors
///
/// The store's.
pub async fn of_live(
    store: &Store,
    session: &Session,
    oldest_ms: u64,
) -> Result<Vec<StoredFragment>, StoreError> {
    let repeats = match session.origin {
        Origin::Server => 0,
        Origin::Producer => REPEAT_SEGMENTS_MAX,
    };
    let segments = usize::from(session.max_results) + repeats;
    let mut rows = newest(store, session.stream, segments, oldest_ms).await?;
    rows.retain(|row| row.meta.number.server_ms >= oldest_ms);
    Ok(rows)
}

/// The rows of one segment: from the fragment it begins in, `first`, up to the next cut.
///
/// # Errors
///
/// The store's.
pub async fn of_segment(
    store: &Store,
    id: StreamId,
    first: StoredFragment,
) -> Result<Vec<StoredFragment>, StoreError> {
    let mut after = first.meta.number;
    let mut rows = vec![first];
    while rows.len() < SEGMENT_ROWS_MAX {
        let page = store.fragments_after(id, Some(&after), SMALL_PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(rows);
        };
        after = last.meta.number;
        for row in page {
            let ends = row.meta.cut.is_some();
            rows.push(row);
            if ends {
                return Ok(rows);
            }
        }
    }
    Ok(rows)
}

/// The oldest stored fragment of a connection, found by its first sequence. Sequence and
/// server time never decrease, so times can be halved until the sequence is found.
///
/// # Errors
///
/// The store's.
pub async fn of_connection(
    store: &Store,
    id: StreamId,
    session: u64,
) -> Result<Option<StoredFragment>, StoreError> {
    let Some(last) = store.last_fragment(id).await? else {
        return Ok(None);
    };
    let (mut low_ms, mut high_ms) = (0, last.meta.number.server_ms);
    while low_ms < high_ms {
        let middle_ms = low_ms.midpoint(high_ms);
        let row = first_since(store, id, middle_ms as i64).await?;
        if row.is_some_and(|row| row.meta.number.sequence < session) {
            low_ms = middle_ms + 1;
        } else {
            high_ms = middle_ms;
        }
    }
    // Fragments of overlapping connections may lie between; a few rows settle it.
    let before = FragmentNumber {
        sequence: session.saturating_sub(1),
        server_ms: low_ms.saturating_sub(1),
        random: 0,
    };
    let rows = store.fragments_after(id, Some(&before), SMALL_PAGE).await?;
    Ok(rows.into_iter().find(|row| row.meta.session == session))
}

/// The newest fragment that playback can begin in.
///
/// # Errors
///
/// The store's.
pub async fn newest_cut(store: &Store, id: StreamId) -> Result<Option<StoredFragment>, StoreError> {
    let rows = newest(store, id, 1, 0).await?;
    Ok(rows.into_iter().rev().find(|row| row.meta.cut.is_some()))
}

/// Metadata of rows.
pub fn metas(rows: &[StoredFragment]) -> Vec<FragmentMeta> {
    rows.iter().map(|row| row.meta.clone()).collect()
}

/// The newest rows with enough cuts for `segments` whole segments, if there are so many
/// among those that are not older than `oldest_ms` and not too far apart.
async fn newest(
    store: &Store,
    id: StreamId,
    segments: usize,
    oldest_ms: u64,
) -> Result<Vec<StoredFragment>, StoreError> {
    let wanted = segments + 2;
    let most = (PAGE + wanted * ROWS_PER_CUT_MAX).min(ROWS_MAX);
    let mut rows: Vec<StoredFragment> = Vec::new();
    let mut cuts = 0;
    while cuts < wanted && rows.len() < most {
        let range = FragmentRange {
            origin: store::Origin::Server,
            start_ms: i64::MIN,
            end_ms: i64::MAX,
            after: rows.last().map(StoredFragment::cursor),
            reverse: true,
            limit: (2 * (wanted - cuts)).clamp(SMALL_PAGE, PAGE),
        };
        let page = store.fragments(id, range).await?;
        let expired = |row: &StoredFragment| row.meta.number.server_ms < oldest_ms;
        if page.last().is_none_or(expired) {
            rows.extend(page);
            break;
        }
        cuts += page.iter().filter(|row| row.meta.cut.is_some()).count();
        rows.extend(page);
    }
    rows.reverse();
    Ok(rows)
}

/// The first ingested fragment whose time is in the range and that has not expired: it is
/// not older than `oldest_ms`, server time.
///
/// # Errors
///
/// The store's.
pub async fn first_in_range(
    store: &Store,
    id: StreamId,
    origin: Origin,
    range: Range,
    oldest_ms: u64,
) -> Result<Option<FragmentNumber>, StoreError> {
    let end_ms = range.end_ms.unwrap_or(i64::MAX);
    if origin == Origin::Server {
        let oldest_ms = i64::try_from(oldest_ms).unwrap_or(i64::MAX);
        let first = first_since(store, id, range.start_ms.max(oldest_ms)).await?;
        let number = first.map(|row| row.meta.number);
        return Ok(number.filter(|number| number.server_ms as i64 <= end_ms));
    }
    let mut first: Option<FragmentNumber> = None;
    let mut after = None;
    for _ in 0..ROWS_MAX / PAGE {
        let page = FragmentRange {
            origin: store::Origin::Producer,
            start_ms: range.start_ms,
            end_ms,
            after,
            reverse: false,
            limit: PAGE,
        };
        let page = store.fragments(id, page).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.cursor());
        let numbers = page.iter().map(|row| row.meta.number);
        let smallest = numbers.filter(|number| number.server_ms >= oldest_ms).min();
        first = [first, smallest].into_iter().flatten().min();
    }
    Ok(first)
}

async fn first_since(
    store: &Store,
    id: StreamId,
    start_ms: i64,
) -> Result<Option<StoredFragment>, StoreError> {
    let range = FragmentRange {
        origin: store::Origin::Server,
        start_ms,
        end_ms: i64::MAX,
        after: None,
        reverse: false,
        limit: 1,
    };
    Ok(store.fragments(id, range).await?.pop())
}

/// Rows from a fragment on, until there are enough cuts or a cut lies beyond the range.
/// Gives whether there may be more.
///
/// # Errors
///
/// The store's.
pub async fn from(
    store: &Store,
    id: StreamId,
    first: FragmentNumber,
    origin: Origin,
    range: Range,
    cuts_wanted: usize,
) -> Result<(Vec<StoredFragment>, bool), StoreError> {
    let mut rows: Vec<StoredFragment> = store.fragment(id, &first).await?.into_iter().collect();
    let mut cuts = rows.iter().filter(|row| row.meta.cut.is_some()).count();
    let mut after = first;
    while cuts < cuts_wanted && rows.len() < ROWS_MAX {
        let limit = (cuts_wanted - cuts).clamp(SMALL_PAGE, PAGE);
        let page = store.fragments_after(id, Some(&after), limit).await?;
        let Some(last) = page.last() else {
            return Ok((rows, false));
        };
        after = last.meta.number;
        for row in page {
            let is_cut = row.meta.cut.is_some();
            let beyond = range
                .end_ms
                .is_some_and(|end| origin.timestamp_ms(&row.meta) > end);
            rows.push(row);
            cuts += usize::from(is_cut);
            if is_cut && beyond {
                return Ok((rows, false));
            }
        }
    }
    Ok((rows, true))
}

/// Rows looked up at once.
const PAGE: usize = 1000;
/// Rows looked up at once where few are expected.
const SMALL_PAGE: usize = 16;
/// Most rows a playlist is planned from: a day of one-second fragments, twice over.
const ROWS_MAX: usize = 200_000;
/// Most rows a live playlist looks through for each cut that it needs.
const ROWS_PER_CUT_MAX: usize = 200;
/// Most rows of one segment.
const SEGMENT_ROWS_MAX: usize = 1000;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kvs::name::StreamId;
    use kvs::playback::{DiscontinuityMode, Mode, Origin, Range};
    use store::conformance::{closed, sample_stream};
    use store::media::Class;
    use store::{NewFragment, Store};

    use super::{first_in_range, of_live};
    use crate::playback::token::Session;

    /// Fragments at every second of the server's clock, each a second earlier by the
    /// producer's.
    async fn store(fragments: u64) -> Store {
        let store = Store::memory();
        let stream = sample_stream(1, "a");
        store.create_stream(&stream).await.expect("a new name");
        for n in 1..=fragments {
            let mut fragment = closed(n, n * 1000, n as i64 * 1000 - 1000, 10);
            fragment.meta.cut = Some(kvs::fragment::Cut {
                frame: 0,
                relative: 0,
            });
            let new = NewFragment {
                stream: stream.id,
                class: Class(0),
                fragment: Arc::new(fragment),
            };
            store.append_fragments(vec![new]).await.expect("memory");
        }
        store
    }

    #[tokio::test]
    async fn repeats_are_looked_for_far_back() {
        let store = store(400).await;
        let mut session = Session {
            stream: StreamId(1),
            expires_ms: 0,
            mode: Mode::Live,
            origin: Origin::Server,
            discontinuity: DiscontinuityMode::Never,
            show_timestamps: false,
            max_results: 5,
            range: None,
            target_s: 1,
        };
        let few = of_live(&store, &session, 0).await.expect("memory").len();
        assert!((7..40).contains(&few), "{few}");
        session.origin = Origin::Producer;
        let many = of_live(&store, &session, 0).await.expect("memory").len();
        assert!(many >= 5 + super::REPEAT_SEGMENTS_MAX, "{many}");
        let living = of_live(&store, &session, 390_000).await.expect("memory");
        assert_eq!(living.len(), 11);
    }

    #[tokio::test]
    async fn a_range_begins_with_what_has_not_expired() {
        let store = store(40).await;
        let range = Range {
            start_ms: 0,
            end_ms: None,
        };
        for origin in [Origin::Server, Origin::Producer] {
            let first = first_in_range(&store, StreamId(1), origin, range, 30_500);
            let first = first.await.expect("memory").expect("some are left");
            assert_eq!(first.sequence, 31, "{origin:?}");
        }
    }
}
