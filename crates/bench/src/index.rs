//! Benchmark f: ListFragments and timelines over a long archive, and its timeline on screen.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use kvs::fragment::{Cut, FragmentMeta, FragmentNumber, TrackKind, TrackSpan};
use kvs::ingest::ClosedFragment;
use kvs::name::{AccountId, StreamId, StreamName};
use store::embedded::{EmbeddedMeta, EmbeddedOptions};
use store::error::StoreError;
use store::media::{MediaStore, Record, Span};
use store::meta::BoxFuture;
use store::{Class, Kek, NewFragment, Store};

use crate::api::{Kinora, stream_name};
use crate::console;
use crate::report::{Aim, Row, percentile};
use crate::wire::Connection;
use crate::{Result, Setup, said};

/// Pages of 100 from random places, by both clocks.
pub(crate) async fn run(setup: &Setup) -> Result<Vec<Row>> {
    let rows_wanted = if setup.quick { 1_000_000 } else { YEAR_ROWS };
    let data = setup.fresh("data")?;
    fill(setup, &data, rows_wanted, false).await?;
    let mut rows = vec![summarise(&data).await?];
    let server = Kinora::start(setup, &data).await?;
    rows.extend(timelines(&server, rows_wanted).await?);
    let days = rows_wanted * STEP_MS / DAY_MS;
    rows.push(console::drag(setup, &server, days)?);
    for clock in ["SERVER_TIMESTAMP", "PRODUCER_TIMESTAMP"] {
        let mut times = Vec::new();
        let mut connection = Connection::open(&server.api.authority).await?;
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..2000 {
            // Marsaglia's xorshift: the same places in every run.
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let start_ms = BEGIN_MS + random % (rows_wanted * STEP_MS);
            let request = server
                .api
                .request("/listFragments", &page_body(clock, start_ms))?;
            let begun = Instant::now();
            let head = connection.exchange(&request, None).await?;
            times.push(begun.elapsed().as_secs_f64() * 1000.0);
            if head.status != 200 {
                return Err(format!("ListFragments answered {}", head.status));
            }
        }
        times.sort_by(f64::total_cmp);
        for (percent, aim) in [(50.0, Aim::None), (99.0, Aim::AtMost(5.0))] {
            rows.push(Row {
                what: format!("ListFragments of {rows_wanted}, {clock}: p{percent} ms"),
                ours: percentile(&times, percent),
                peer: None,
                aim,
                note: "pages of 100 at random places, over HTTP".to_owned(),
            });
        }
    }
    server.process.stop()?;
    Ok(rows)
}

/// Sums up all hours, as the server does in the background after an update.
async fn summarise(data: &Path) -> Result<Row> {
    let store = rows(data)?;
    let account = store.accounts(None, 1).await.map_err(said(&"accounts"))?;
    let account = account.first().ok_or("there is no account")?.id;
    let streams = store.streams(account, "", None, 1).await;
    let streams = streams.map_err(said(&"streams"))?;
    let stream = streams.first().ok_or("there is no stream")?.id;
    let begun = Instant::now();
    let mut read = 0;
    loop {
        let progress = store.summarise(stream, u64::MAX, 20_000).await;
        let progress = progress.map_err(said(&"summaries"))?;
        read += progress.rows;
        if progress.is_done {
            break;
        }
    }
    Ok(Row {
        what: format!("summing up {read} fragments: s"),
        ours: begun.elapsed().as_secs_f64(),
        peer: None,
        aim: Aim::None,
        note: "once, in the background, in an archive that has no summaries".to_owned(),
    })
}

/// Timelines of all there is and of the last month, by both clocks.
async fn timelines(server: &Kinora, count: u64) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let mut connection = Connection::open(&server.api.authority).await?;
    let end_ms = BEGIN_MS + count * STEP_MS;
    let days = count * STEP_MS / DAY_MS;
    for (what, from_ms) in [
        (format!("{days} days"), BEGIN_MS),
        ("30 days".to_owned(), end_ms - 30 * DAY_MS),
    ] {
        for clock in ["server", "producer"] {
            let mut times = Vec::new();
            let mut length = 0;
            for _ in 0..100 {
                let query = format!("buckets=2000&clock={clock}&from={from_ms}&to={end_ms}");
                let name = stream_name(0);
                let target = format!("/_kinora/streams/{name}/timeline?{query}");
                let request = server.api.get(&target)?;
                let mut answer = Vec::new();
                let begun = Instant::now();
                let head = connection.exchange(&request, Some(&mut answer)).await?;
                times.push(begun.elapsed().as_secs_f64() * 1000.0);
                let text = String::from_utf8_lossy(&answer);
                if head.status != 200 || !text.contains("\"complete\":true") {
                    return Err(format!("the timeline answered {}: {text}", head.status));
                }
                length = answer.len();
            }
            times.sort_by(f64::total_cmp);
            for (percent, aim) in [(50.0, Aim::None), (99.0, Aim::AtMost(100.0))] {
                rows.push(Row {
                    what: format!("timeline of {what}, {clock} clock: p{percent} ms"),
                    ours: percentile(&times, percent),
                    peer: None,
                    aim,
                    note: format!("{count} fragments, 2000 buckets, {length} bytes, over HTTP"),
                });
            }
        }
    }
    Ok(rows)
}

fn page_body(clock: &str, start_ms: u64) -> String {
    let name = stream_name(0);
    let (from, to) = (
        start_ms as f64 / 1000.0,
        (start_ms + 3_600_000) as f64 / 1000.0,
    );
    format!(
        "{{\"StreamName\":\"{name}\",\"MaxResults\":100,\
         \"FragmentSelector\":{{\"FragmentSelectorType\":\"{clock}\",\
         \"TimestampRange\":{{\"StartTimestamp\":{from:.3},\"EndTimestamp\":{to:.3}}}}}}}"
    )
}

/// The rows of a server that does not run.
pub(crate) fn rows(data: &Path) -> Result<Store> {
    let kek = std::fs::read(data.join("kek")).map_err(said(&"kek"))?;
    let kek = <[u8; 32]>::try_from(&kek[..]).map_err(said(&"kek"))?;
    let meta = EmbeddedMeta::open(&data.join("meta.db")).map_err(said(&"meta.db"))?;
    Ok(Store::new(Arc::new(meta), Arc::new(NoMedia), Kek::new(kek)))
}

/// Makes a store with one stream of `count` fragments. Their media is small or, for lists,
/// which never touch it, not there at all.
pub(crate) async fn fill(setup: &Setup, data: &Path, count: u64, with_media: bool) -> Result<()> {
    let server = Kinora::start(setup, data).await?;
    let name = stream_name(0);
    let body = format!("{{\"StreamName\":\"{name}\",\"DataRetentionInHours\":87600}}");
    let answer = server.api.call("/createStream", &body).await?;
    let arn = answer["StreamARN"].as_str().unwrap_or_default();
    let account = arn.split(':').nth(4).and_then(AccountId::parse);
    server.process.stop()?;
    let store = match with_media {
        true => Store::open(&EmbeddedOptions::new(data)).map_err(said(&"the store"))?,
        false => rows(data)?,
    };
    let account = account.ok_or("CreateStream gave no ARN")?;
    let name = StreamName::parse(&name).ok_or("the stream's name")?;
    let stream = store
        .stream(account, &name)
        .await
        .map_err(said(&"the stream"))?;
    let stream = stream.ok_or("the stream is not there")?.id;
    let begun = Instant::now();
    let mut n = 0;
    while n < count {
        let batch: Vec<NewFragment> = (n..count.min(n + 5000))
            .map(|n| fragment(stream, n))
            .collect();
        n += batch.len() as u64;
        store.append_fragments(batch).await.map_err(said(&"rows"))?;
    }
    let per_s = count as f64 / begun.elapsed().as_secs_f64();
    eprintln!("stored {count} rows at {per_s:.0} fragments/s");
    Ok(())
}

/// The `n`-th fragment of a camera: two seconds each, the camera's clock behind ours.
fn fragment(stream: StreamId, n: u64) -> NewFragment {
    let server_ms = BEGIN_MS + n * STEP_MS;
    let meta = FragmentMeta {
        number: FragmentNumber {
            sequence: n + 1,
            server_ms,
            random: (n % 0x0fff_ffff) as u32,
        },
        producer_ms: server_ms.cast_signed() - 250,
        timestamp_scale_ns: 1_000_000,
        timecode: n * STEP_MS,
        duration_ms: STEP_MS as u32,
        header_len: 0,
        cluster_len: CLUSTER.len() as u32,
        trailer_len: 0,
        session: 1,
        codec_digest: 1,
        ordinal: n,
        breaks: 0,
        cut: Some(Cut {
            frame: 0,
            relative: 0,
        }),
        tracks: vec![TrackSpan {
            number: 1,
            kind: TrackKind::Video,
            first: 0,
            last: STEP_MS as i32 - 40,
            frames: 50,
            bytes: 500_000,
        }],
        aligned: true,
    };
    let fragment = ClosedFragment {
        meta,
        header: Bytes::new(),
        cluster: vec![Bytes::from_static(&CLUSTER)],
        trailer: Vec::new(),
        index: Vec::new(),
    };
    NewFragment {
        stream,
        class: Class(0),
        fragment: std::sync::Arc::new(fragment),
    }
}

/// What there is of a fragment's media.
const CLUSTER: [u8; 64] = [0x5a; 64];

/// Keeps nothing.
struct NoMedia;

impl MediaStore for NoMedia {
    fn append(
        &self,
        _: Class,
        records: Vec<Record>,
    ) -> BoxFuture<'_, std::result::Result<Vec<Span>, StoreError>> {
        let place = |record: Record| Span {
            extent: 1,
            offset: 0,
            len: record.len,
        };
        let spans = records.into_iter().map(place).collect();
        Box::pin(std::future::ready(Ok(spans)))
    }

    fn read(&self, _: Span) -> BoxFuture<'_, std::result::Result<BytesMut, StoreError>> {
        Box::pin(std::future::ready(Err(StoreError::NotFound)))
    }

    fn free(&self, _: Vec<Span>) -> BoxFuture<'_, std::result::Result<(), StoreError>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn list(&self) -> BoxFuture<'_, std::result::Result<Vec<(u64, u64)>, StoreError>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }
}

/// A camera that began early in 2025, so that ten years of retention keep it all.
const BEGIN_MS: u64 = 1_736_000_000_000;
/// Length of a fragment, short enough that a year of them ends before now.
const STEP_MS: u64 = 2000;
/// A year of such fragments.
const YEAR_ROWS: u64 = 365 * DAY_MS / STEP_MS;
const DAY_MS: u64 = 86_400_000;
