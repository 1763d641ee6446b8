//! `GET /_kinora/usage`: how much an account's streams take, by day.
//!
//! Ours, not AWS's, and signed like every other call. It takes `kinesisvideo:ListStreams`.
//! `from` and `to` are milliseconds since the epoch (the last 30 days unless given); pages
//! are those of the list of streams. There are no meters yet, so what is told is what is
//! stored, by the day it came; each figure says what it counts.

use std::collections::BTreeMap;

use aws::op::Op;
use kvs::limits::{SURVEY_ROWS_MAX, USAGE_HOURS_MAX};
use kvs::stream::Stream;
use kvs::timeline::{Count, HOUR_MS, hour_of};
use serde_json::{Value, json};
use store::error::StoreError;

use crate::http::reply::{self, Reply};
use crate::ops::authority::{self, Ask};
use crate::ops::{ApiError, Caller, Cx};
use crate::server::Server;
use crate::survey::parameters::Parameters;
use crate::survey::streams::{page, tier, token};
use crate::survey::walk::Walk;

/// Answers a request for usage.
///
/// # Errors
///
/// Denial, `InvalidArgumentException`.
pub async fn serve(cx: &Cx, caller: &Caller, query: Option<&str>) -> Result<Reply, ApiError> {
    authority::check(cx, caller, &Ask::new(Op::ListStreams, "*"))?;
    let query = Parameters::parse(query, &["from", "to", "prefix", "next", "max"])?;
    let server = &cx.server;
    let now_ms = server.clock.now_ms();
    let (from_ms, to_ms) = query.range(now_ms, 30 * DAY_MS)?;
    let from_ms = from_ms.max(0).unsigned_abs() / DAY_MS * DAY_MS;
    let to_ms = to_ms.max(0).unsigned_abs().div_ceil(DAY_MS) * DAY_MS;
    let (streams, mut next) = page(cx, caller, &query).await?;
    let mut shown = Vec::new();
    let mut hours_read = 0;
    let mut rows = SURVEY_ROWS_MAX;
    for (at, stream) in streams.iter().enumerate() {
        let days = days(server, stream, from_ms, to_ms, &mut hours_read).await?;
        let totals = &server.survey.totals;
        let stored = totals.of(&server.store, stream.id, now_ms, &mut rows);
        shown.push(show(server, stream, &days, stored.await?));
        if hours_read >= USAGE_HOURS_MAX && at + 1 < streams.len() {
            next = Some(token(stream));
            break;
        }
    }
    let mut answer = json!({
        "fromMs": from_ms,
        "toMs": to_ms,
        "nowMs": now_ms,
        "streams": shown,
        "figures": figures(),
        "prices": prices(),
        "freeTier": { "known": false, "allowances": [] },
        "notes": NOTES,
    });
    if let Some(next) = next {
        answer["next"] = next.into();
    }
    Ok(reply::json(200, answer.to_string()))
}

/// What came on each day, and whether all of it was read.
struct Days {
    counts: BTreeMap<u64, Count>,
    complete: bool,
}

async fn days(
    server: &Server,
    stream: &Stream,
    from_ms: u64,
    to_ms: u64,
    hours_read: &mut usize,
) -> Result<Days, StoreError> {
    let mut counts = BTreeMap::new();
    let mut add = |at_ms: u64, count: Count| {
        let day: &mut Count = counts.entry(at_ms / DAY_MS * DAY_MS).or_default();
        *day = day.plus(count);
    };
    let Some(mut walk) = Walk::of(server, stream).await? else {
        let complete = true;
        return Ok(Days { counts, complete });
    };
    let (from_hour, until_hour) = (hour_of(from_ms), hour_of(to_ms));
    let (mut hour, end) = walk.summarised(from_hour, until_hour);
    while hour < end {
        let read = server.store.hour_counts(stream.id, hour, end, HOURS_PAGE);
        let read = read.await?;
        *hours_read += read.len();
        for (hour, count) in &read {
            add(hour.saturating_mul(HOUR_MS), *count);
        }
        match read.last() {
            Some((last, _)) if read.len() == HOURS_PAGE => hour = last + 1,
            _ => break,
        }
        // Reading is done in place: others must have their turn.
        tokio::task::yield_now().await;
    }
    let rest = walk.rest(from_hour, until_hour, |meta| {
        *hours_read += 1;
        add(meta.number.server_ms, Count::of(meta));
    });
    let complete = rest.await?.is_none();
    Ok(Days { counts, complete })
}

fn show(server: &Server, stream: &Stream, days: &Days, stored: Option<Count>) -> Value {
    let rows = days.counts.iter();
    let rows = rows.map(|(day_ms, count)| json!([day_ms, count.fragments, count.bytes]));
    json!({
        "streamName": stream.name.as_str(),
        "streamArn": server.stream_arn(stream),
        "storageTier": tier(stream),
        "retentionHours": stream.retention_hours,
        "complete": days.complete && stored.is_some(),
        "stored": stored.map(|count| json!({
            "bytes": count.bytes,
            "fragments": count.fragments,
        })),
        "days": {
            "columns": ["dayMs", "fragments", "bytes"],
            "rows": rows.collect::<Value>(),
        },
    })
}

/// What each figure counts.
fn figures() -> Value {
    json!({
        "streams.stored": "Bytes and fragments stored now: what producers sent (headers, Clusters \
            and the elements after them), before encryption and without the index.",
        "streams.days": "Bytes and fragments that arrived on that UTC day, by the server's clock, \
            and are still stored. What retention or a deletion has removed is not counted any \
            more, so this is less than what was ingested where retention is shorter than the \
            time since.",
    })
}

/// Prices of the cloud service, for comparison. Nothing is charged here.
fn prices() -> Value {
    let price = |meter: &str, unit: &str, usd: Option<&str>| -> Value {
        json!({ "meter": meter, "unit": unit, "usd": usd })
    };
    json!({
        "source": "Examples on the Amazon Kinesis Video Streams pricing page, US East \
            (N. Virginia). They may have changed since.",
        "currency": "USD",
        "bytesPerGb": 1_u64 << 30,
        "items": [
            price("ingestedBytes", "GB", Some("0.0085")),
            price("consumedBytes", "GB", Some("0.0085")),
            price("consumedBytesHls", "GB", Some("0.0119")),
            price("storedBytesHot", "GB-month", Some("0.023")),
            price("storedBytesWarm", "GB-month", None),
            price("fragmentsWarm", "1000 fragments", None),
            price("signalingChannels", "channel-month", Some("0.03")),
            price("signalingMessages", "1000000 messages", Some("2.25")),
            price("turnMinutes", "1000 minutes", Some("0.12")),
        ],
    })
}

/// What is not told.
const NOTES: &[&str] = &[
    "consumedBytes is absent: what readers are sent is not metered yet.",
    "There is no meter of what was ever ingested yet: see figures.",
    "Stored bytes over time (GB-months) are not metered yet.",
    "No free tier of the cloud service is known for these meters, so none is applied.",
];

/// A day, milliseconds.
const DAY_MS: u64 = 24 * HOUR_MS;
/// Summaries read at a time.
const HOURS_PAGE: usize = 1000;
