//! `GET /_kinora/streams` and `GET /_kinora/streams/{name}/status`: streams with what goes
//! on in each.
//!
//! Ours, not AWS's, and signed like every other call. The list takes
//! `kinesisvideo:ListStreams`, the status of one `kinesisvideo:DescribeStream` on the
//! stream. The list is in order of names; `prefix` chooses, `max` bounds a page (100), and
//! `next` asks for the one after.

use aws::op::Op;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kvs::limits::SURVEY_ROWS_MAX;
use kvs::name::StreamName;
use kvs::stream::{StorageTier, Stream, StreamStatus};
use serde_json::{Value, json};
use store::error::StoreError;

use crate::http::reply::{self, Reply};
use crate::ops::authority::{self, Ask};
use crate::ops::{ApiError, Caller, Cx, resolve};
use crate::server::Server;
use crate::survey::live::Live;
use crate::survey::parameters::Parameters;
use crate::survey::timeline::place;

/// Answers a request for a page of streams.
///
/// # Errors
///
/// Denial, `InvalidArgumentException`.
pub async fn list(cx: &Cx, caller: &Caller, query: Option<&str>) -> Result<Reply, ApiError> {
    authority::check(cx, caller, &Ask::new(Op::ListStreams, "*"))?;
    let query = Parameters::parse(query, &["prefix", "next", "max"])?;
    let (streams, next) = page(cx, caller, &query).await?;
    let mut room = Room::default();
    let mut shown = Vec::with_capacity(streams.len());
    for stream in &streams {
        shown.push(show(&cx.server, stream, &mut room).await?);
    }
    let mut answer = json!({ "streams": shown, "complete": room.complete });
    if let Some(next) = next {
        answer["next"] = next.into();
    }
    Ok(reply::json(200, answer.to_string()))
}

/// Answers a request for one stream.
///
/// # Errors
///
/// Denial, `ResourceNotFoundException`, `InvalidArgumentException`.
pub async fn status(
    cx: &Cx,
    caller: &Caller,
    name: &str,
    query: Option<&str>,
) -> Result<Reply, ApiError> {
    let stream = resolve::stream(cx, caller, Op::DescribeStream, Some(name), None).await?;
    Parameters::parse(query, &[])?;
    let mut room = Room::default();
    let mut answer = show(&cx.server, &stream, &mut room).await?;
    answer["complete"] = room.complete.into();
    Ok(reply::json(200, answer.to_string()))
}

/// A page of the caller's streams by `prefix`, `max` and `next`, and the `next` after it.
pub(super) async fn page(
    cx: &Cx,
    caller: &Caller,
    query: &Parameters,
) -> Result<(Vec<Stream>, Option<String>), ApiError> {
    let max = query.number("max", 1..=PAGE_MAX)?.unwrap_or(PAGE_MAX);
    let max = usize::try_from(max).unwrap_or(1);
    let after = query.text("next").map(|token| {
        let unknown = || ApiError::invalid_argument("next is not one that was returned.");
        name_of(token).ok_or_else(unknown)
    });
    let after = after.transpose()?;
    let prefix = query.text("prefix").unwrap_or_default();
    // One more than asked tells whether there is a next page.
    let store = &cx.server.store;
    let mut streams = store
        .streams(caller.account, prefix, after.as_ref(), max + 1)
        .await?;
    let is_more = streams.len() > max;
    streams.truncate(max);
    let next = streams.last().filter(|_| is_more).map(token);
    Ok((streams, next))
}

/// The `next` behind a stream.
pub(super) fn token(stream: &Stream) -> String {
    URL_SAFE_NO_PAD.encode(format!("s1:{}", stream.name))
}

fn name_of(token: &str) -> Option<StreamName> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    StreamName::parse(text.strip_prefix("s1:")?)
}

/// `HOT` or `WARM`.
pub(super) fn tier(stream: &Stream) -> &'static str {
    match stream.tier {
        StorageTier::Hot => "HOT",
        StorageTier::Warm => "WARM",
    }
}

/// What may still be read for one answer.
pub(super) struct Room {
    rows: usize,
    lookups: usize,
    /// Whether it has sufficed so far.
    complete: bool,
}

impl Default for Room {
    fn default() -> Room {
        Room {
            rows: SURVEY_ROWS_MAX,
            lookups: LOOKUPS_MAX,
            complete: true,
        }
    }
}

async fn show(server: &Server, stream: &Stream, room: &mut Room) -> Result<Value, StoreError> {
    let live = Live::of(server, stream.id).await?;
    let now_ms = server.clock.now_ms();
    let totals = &server.survey.totals;
    let stored = totals
        .of(&server.store, stream.id, now_ms, &mut room.rows)
        .await?;
    let mut tracks = None;
    if let Some(last) = &live.last {
        let codecs = &server.survey.codecs;
        tracks = codecs.find(stream.id, last.meta.codec_digest);
        if tracks.is_none() && room.lookups > 0 {
            room.lookups -= 1;
            tracks = codecs.of(&server.store, stream.id, last).await;
        }
    }
    room.complete &= stored.is_some() && (tracks.is_some() || live.last.is_none());
    let count = stored.map(|count| json!({ "bytes": count.bytes, "fragments": count.fragments }));
    Ok(json!({
        "streamName": stream.name.as_str(),
        "streamArn": server.stream_arn(stream),
        "status": match stream.status {
            StreamStatus::Active => "ACTIVE",
            StreamStatus::Deleting => "DELETING",
        },
        "creationMs": stream.creation_ms,
        "retentionHours": stream.retention_hours,
        "storageTier": tier(stream),
        "tagCount": stream.tags.len(),
        "mediaType": stream.media_type,
        "deviceName": stream.device_name,
        "version": stream.version,
        "live": {
            "connections": live.connections,
            "bitsPerSecond": live.bits_per_second,
        },
        "lastFragment": live.last.as_ref().map(place),
        "stored": count,
        "tracks": tracks.as_deref(),
    }))
}

/// Default and largest page.
const PAGE_MAX: i64 = 100;
/// Streams of a page whose tracks are looked up in their media, if they are not known.
const LOOKUPS_MAX: usize = 16;

#[cfg(test)]
mod tests {
    use super::name_of;

    #[test]
    fn only_our_tokens_are_taken() {
        assert_eq!(
            name_of("czE6Y2Ft").as_ref().map(|n| n.as_str()),
            Some("cam")
        );
        for other in ["", "cam", "czE6", "czE6YS9i", "bjE6Y2Ft"] {
            assert_eq!(name_of(other), None, "{other}");
        }
    }
}
