//! `GET /_kinora/streams/{name}/timeline`: where a stream has media and where not, over any
//! time.
//!
//! Ours, not AWS's, and signed like every other call. It takes `kinesisvideo:ListFragments`
//! on the stream. `from` and `to` are milliseconds since the epoch (the last day unless
//! given), `buckets` is how many parts to tell of (600; at most 2000), `clock` is `server`
//! or `producer`.

use aws::op::Op;
use kvs::limits::{FRAGMENT_DURATION_MS_MAX, SURVEY_BUCKETS_MAX};
use kvs::stream::Stream;
use kvs::timeline::{Clock, HOUR_MS, Seen, Survey, hour_of};
use serde_json::{Value, json};
use store::error::StoreError;
use store::{FragmentRange, Origin, StoredFragment};

use crate::http::reply::{self, Reply};
use crate::ops::{ApiError, Caller, Cx, resolve};
use crate::server::Server;
use crate::survey::parameters::Parameters;
use crate::survey::walk::{Unread, Walk};

/// Answers a request for a stream's timeline.
///
/// # Errors
///
/// Denial, `ResourceNotFoundException`, `InvalidArgumentException`.
pub async fn serve(
    cx: &Cx,
    caller: &Caller,
    name: &str,
    query: Option<&str>,
) -> Result<Reply, ApiError> {
    let stream = resolve::stream(cx, caller, Op::ListFragments, Some(name), None).await?;
    let server = &cx.server;
    let now_ms = server.clock.now_ms();
    let asked = Asked::parse(query, now_ms)?;
    let (survey, unread) = look(server, &stream, asked).await?;
    let oldest_ms = kvs::retention::horizon_ms(now_ms, stream.retention_hours);
    let from_ms = oldest_ms.max(stream.creation_ms).cast_signed();
    let seen = survey.finish(from_ms, now_ms.cast_signed());
    let sets = sets(&seen);
    let described = describe(server, &stream, asked, &seen, &sets).await?;
    let edges = edges(server, &stream, oldest_ms).await?;
    let answer = json!({
        "streamName": stream.name.as_str(),
        "streamArn": server.stream_arn(&stream),
        "clock": asked.name(),
        "fromMs": asked.from_ms,
        "toMs": asked.to_ms,
        "nowMs": now_ms,
        "retentionHours": stream.retention_hours,
        "retentionEdgeMs": oldest_ms,
        "creationMs": stream.creation_ms,
        "oldest": edges.0.as_ref().map(place),
        "newest": edges.1.as_ref().map(place),
        "complete": unread.is_none(),
        "unread": unread.map(|(from_ms, to_ms)| json!({ "fromMs": from_ms, "toMs": to_ms })),
        "coveredMs": seen.covered_ms,
        "fragments": seen.count.fragments,
        "bytes": seen.count.bytes,
        "buckets": buckets(&seen),
        "exact": seen.is_exact,
        "joinMs": seen.join_ms,
        "spans": seen.spans.iter().map(|span| {
            json!([span.start_ms, span.end_ms, index(&sets, span.codecs)])
        }).collect::<Value>(),
        "gaps": seen.gaps.iter().map(|(from, to)| json!([from, to])).collect::<Value>(),
        "codecSets": described,
        "codecChanges": seen.changes.iter().map(|change| json!({
            "atMs": change.at_ms,
            "from": change.from.and_then(|from| index(&sets, from)),
            "to": index(&sets, change.to),
        })).collect::<Value>(),
        "moreCodecChanges": seen.more_changes,
    });
    Ok(reply::json(200, answer.to_string()))
}

/// What a request asks for.
#[derive(Clone, Copy)]
struct Asked {
    from_ms: i64,
    to_ms: i64,
    buckets: usize,
    clock: Clock,
}

impl Asked {
    fn parse(query: Option<&str>, now_ms: u64) -> Result<Asked, ApiError> {
        let query = Parameters::parse(query, &["from", "to", "buckets", "clock"])?;
        let (from_ms, to_ms) = query.range(now_ms, DAY_MS)?;
        let most = i64::try_from(SURVEY_BUCKETS_MAX).unwrap_or(i64::MAX);
        let buckets = query.number("buckets", 1..=most)?;
        let clock = match query.text("clock") {
            None | Some("server") => Clock::Server,
            Some("producer") => Clock::Producer,
            Some(_) => {
                let message = "clock must be server or producer.";
                return Err(ApiError::invalid_argument(message));
            }
        };
        Ok(Asked {
            from_ms,
            to_ms,
            buckets: buckets
                .and_then(|n| usize::try_from(n).ok())
                .unwrap_or(BUCKETS),
            clock,
        })
    }

    fn name(self) -> &'static str {
        match self.clock {
            Clock::Producer => "producer",
            Clock::Server => "server",
        }
    }

    fn origin(self) -> Origin {
        match self.clock {
            Clock::Producer => Origin::Producer,
            Clock::Server => Origin::Server,
        }
    }

    fn survey(self) -> Survey {
        Survey::new(self.clock, self.from_ms, self.to_ms, self.buckets)
    }

    /// Where the fragments begin that may reach into the range.
    fn reach_ms(self) -> i64 {
        self.from_ms
            .saturating_sub_unsigned(FRAGMENT_DURATION_MS_MAX)
    }
}

async fn look(
    server: &Server,
    stream: &Stream,
    asked: Asked,
) -> Result<(Survey, Unread), StoreError> {
    let Some(mut walk) = Walk::of(server, stream).await? else {
        return Ok((asked.survey(), None));
    };
    if asked.to_ms - asked.from_ms <= ROWS_MS_MAX {
        let mut survey = asked.survey();
        let rows = walk.between(asked.origin(), asked.reach_ms(), asked.to_ms, |meta| {
            survey.add_fragment(meta);
        });
        if rows.await?.is_none() {
            return Ok((survey, None));
        }
        // Too many of them after all.
        let again = Walk::of(server, stream).await?;
        let Some(again) = again else {
            return Ok((asked.survey(), None));
        };
        walk = again;
    }
    let mut survey = asked.survey();
    let (from_hour, until_hour) = match asked.clock {
        Clock::Server => (
            hour_of(asked.reach_ms().max(0).unsigned_abs()),
            hour_of(asked.to_ms.max(0).unsigned_abs()) + 1,
        ),
        // What was recorded then may have arrived at any time since, and, by a clock that
        // is ahead, before.
        Clock::Producer => (walk.edge_hour, i64::MAX.unsigned_abs() / HOUR_MS),
    };
    let (mut hour, end) = walk.summarised(from_hour, until_hour);
    while hour < end {
        let page = server.store.hours(stream.id, hour, end, HOURS_PAGE).await?;
        for (_, summary) in &page {
            survey.add(summary.coverage(asked.clock));
        }
        match page.last() {
            Some((last, _)) if page.len() == HOURS_PAGE => hour = last + 1,
            _ => break,
        }
        // Reading is done in place: others must have their turn.
        tokio::task::yield_now().await;
    }
    let rest = walk.rest(from_hour, until_hour, |meta| survey.add_fragment(meta));
    let unread = rest.await?;
    Ok((survey, unread))
}

/// The codecs that are listed, in the order of their first media.
fn sets(seen: &Seen) -> Vec<u64> {
    let mut sets: Vec<u64> = Vec::new();
    let changes = seen.changes.iter().map(|change| change.to);
    let spans = seen.spans.iter().map(|span| span.codecs);
    for codecs in changes.chain(spans) {
        if codecs != kvs::timeline::MIXED && !sets.contains(&codecs) && sets.len() < SETS_MAX {
            sets.push(codecs);
        }
    }
    sets
}

fn index(sets: &[u64], codecs: u64) -> Option<usize> {
    sets.iter().position(|set| *set == codecs)
}

/// What the sets of codecs are. So many of those that are not known yet are looked up in
/// the media; of the others it is not said.
async fn describe(
    server: &Server,
    stream: &Stream,
    asked: Asked,
    seen: &Seen,
    sets: &[u64],
) -> Result<Vec<Value>, StoreError> {
    let codecs = &server.survey.codecs;
    let mut lookups = 0;
    let mut described = Vec::new();
    for &set in sets {
        let mut tracks = codecs.find(stream.id, set);
        let first = seen.spans.iter().find(|span| span.codecs == set);
        if let (None, Some(first)) = (&tracks, first)
            && lookups < LOOKUPS_MAX
        {
            lookups += 1;
            let reach_ms = first
                .start_ms
                .saturating_sub_unsigned(FRAGMENT_DURATION_MS_MAX);
            let range = FragmentRange {
                origin: asked.origin(),
                start_ms: reach_ms,
                end_ms: first.end_ms,
                after: None,
                reverse: false,
                limit: CANDIDATES,
            };
            let rows = server.store.fragments(stream.id, range).await?;
            if let Some(row) = rows.iter().find(|row| row.meta.codec_digest == set) {
                tracks = codecs.of(&server.store, stream.id, row).await;
            }
        }
        described.push(json!({ "id": format!("{set:016x}"), "tracks": tracks.as_deref() }));
    }
    Ok(described)
}

/// The oldest fragment that counts, and the newest.
async fn edges(
    server: &Server,
    stream: &Stream,
    oldest_ms: u64,
) -> Result<(Option<StoredFragment>, Option<StoredFragment>), StoreError> {
    let range = FragmentRange {
        origin: Origin::Server,
        start_ms: oldest_ms.cast_signed(),
        end_ms: i64::MAX,
        after: None,
        reverse: false,
        limit: 1,
    };
    let oldest = server.store.fragments(stream.id, range).await?;
    let reverse = true;
    let range = FragmentRange { reverse, ..range };
    let newest = server.store.fragments(stream.id, range).await?;
    Ok((oldest.into_iter().next(), newest.into_iter().next()))
}

/// Where a fragment lies, by both clocks.
pub(super) fn place(fragment: &StoredFragment) -> Value {
    let meta = &fragment.meta;
    json!({
        "number": meta.number.to_string(),
        "serverMs": meta.number.server_ms,
        "producerMs": meta.producer_ms,
        "durationMs": meta.duration_ms,
    })
}

fn buckets(seen: &Seen) -> Value {
    let rows = seen.filled.iter().map(|bucket| {
        json!([
            bucket.index,
            bucket.covered_ms,
            bucket.count.fragments,
            bucket.count.bytes
        ])
    });
    json!({
        "widthMs": seen.width_ms,
        "count": seen.buckets,
        "columns": ["index", "coveredMs", "fragments", "bytes"],
        "rows": rows.collect::<Value>(),
    })
}

/// A day.
const DAY_MS: u64 = 24 * HOUR_MS;
/// Buckets if the caller does not say.
const BUCKETS: usize = 600;
/// A range this long or shorter is read from rows, so that all of it is exact.
const ROWS_MS_MAX: i64 = 3 * 3_600_000;
/// Summaries read at a time.
const HOURS_PAGE: usize = 500;
/// Sets of codecs that are told apart.
const SETS_MAX: usize = 256;
/// Sets that are looked up in the media for one answer.
const LOOKUPS_MAX: usize = 8;
/// Fragments looked at for one that has the set.
const CANDIDATES: usize = 64;
