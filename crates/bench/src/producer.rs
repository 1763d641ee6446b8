//! Producers: PutMedia connections that send the clip and read their acknowledgements.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use crate::api::{Api, stream_name};
use crate::clip::{Clip, FPS, GROUP_MS};
use crate::{Result, said};

/// How a producer sends.
#[derive(Clone, Copy)]
pub(crate) struct Manner {
    /// Each frame at its time, as a camera would; otherwise Cluster by Cluster as fast as
    /// the server takes them.
    pub(crate) paced: bool,
    /// Clusters say how long they are.
    pub(crate) sized: bool,
    /// How many Clusters.
    pub(crate) clusters: u64,
}

/// What became of a producer's fragments.
#[derive(Default)]
pub(crate) struct Outcome {
    /// From the byte that ends a fragment to its PERSISTED, milliseconds.
    pub(crate) persisted_ms: Vec<f64>,
}

/// A connection whose head was sent.
pub(crate) struct Producer {
    read: OwnedReadHalf,
    write: OwnedWriteHalf,
}

/// When each fragment ended, by its timecode.
type Ends = Rc<RefCell<HashMap<u64, Instant>>>;

impl Producer {
    /// Connects, sends the head and waits for that of the answer.
    pub(crate) async fn open(api: &Api, n: usize) -> Result<Producer> {
        let socket = TcpStream::connect(&api.authority)
            .await
            .map_err(said(&"connecting"))?;
        socket.set_nodelay(true).map_err(said(&"connecting"))?;
        let (mut read, mut write) = socket.into_split();
        let head = api.put_media(&stream_name(n))?;
        write.write_all(&head).await.map_err(said(&"sending"))?;
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(read.read_u8().await.map_err(said(&"PutMedia's answer"))?);
        }
        match answer.starts_with(b"HTTP/1.1 200") {
            true => Ok(Producer { read, write }),
            false => Err(String::from_utf8_lossy(&answer).into_owned()),
        }
    }

    /// Sends Clusters and waits until all are durable and the connection has ended.
    pub(crate) async fn run(self, clip: &Clip, manner: Manner) -> Result<Outcome> {
        let ends = Ends::default();
        let Producer { read, mut write } = self;
        let reading = acknowledgements(read, Rc::clone(&ends));
        let sending = async {
            let sent = match manner.paced {
                true => send_paced(&mut write, clip, manner, &ends).await,
                false => send_all(&mut write, clip, manner, &ends).await,
            };
            sent.map_err(said(&"sending media"))?;
            // The answer ends only after what ends the request.
            Ok::<_, String>(write)
        };
        let (outcome, sent) = tokio::join!(reading, sending);
        sent.map(drop)?;
        let outcome = outcome?;
        match outcome.persisted_ms.len() as u64 {
            n if n == manner.clusters => Ok(outcome),
            n => Err(format!(
                "{n} of {} fragments were persisted",
                manner.clusters
            )),
        }
    }
}

async fn send_all(
    write: &mut OwnedWriteHalf,
    clip: &Clip,
    manner: Manner,
    ends: &Ends,
) -> std::io::Result<()> {
    write.write_all(&chunk(&clip.header)).await?;
    for n in 0..manner.clusters {
        let start = clip.cluster_start(n, manner.sized);
        let mut head = format!("{:x}\r\n", start.len() + clip.group.len()).into_bytes();
        head.extend_from_slice(&start);
        if !manner.sized {
            ended(ends, n.checked_sub(1));
        }
        write.write_all(&head).await?;
        write.write_all(&clip.group).await?;
        write.write_all(b"\r\n").await?;
        if manner.sized {
            ended(ends, Some(n));
        }
    }
    ended(
        ends,
        manner.clusters.checked_sub(1).filter(|_| !manner.sized),
    );
    write.write_all(b"0\r\n\r\n").await
}

async fn send_paced(
    write: &mut OwnedWriteHalf,
    clip: &Clip,
    manner: Manner,
    ends: &Ends,
) -> std::io::Result<()> {
    let begun = tokio::time::Instant::now();
    let interval = Duration::from_secs(1) / FPS;
    write.write_all(&chunk(&clip.header)).await?;
    let mut frames = 0;
    for n in 0..manner.clusters {
        for (at, block) in clip.blocks.iter().enumerate() {
            tokio::time::sleep_until(begun + interval * frames).await;
            frames += 1;
            let bytes = match at {
                0 => {
                    let mut bytes = clip.cluster_start(n, manner.sized);
                    bytes.extend_from_slice(block);
                    chunk(&bytes)
                }
                _ => chunk(block),
            };
            if at == 0 && !manner.sized {
                ended(ends, n.checked_sub(1));
            }
            write.write_all(&bytes).await?;
        }
        if manner.sized {
            ended(ends, Some(n));
        }
    }
    ended(
        ends,
        manner.clusters.checked_sub(1).filter(|_| !manner.sized),
    );
    write.write_all(b"0\r\n\r\n").await
}

fn ended(ends: &Ends, cluster: Option<u64>) {
    if let Some(n) = cluster {
        ends.borrow_mut().insert(n * GROUP_MS, Instant::now());
    }
}

fn chunk(bytes: &[u8]) -> Vec<u8> {
    let mut out = format!("{:x}\r\n", bytes.len()).into_bytes();
    out.extend_from_slice(bytes);
    out.extend_from_slice(b"\r\n");
    out
}

/// Reads acknowledgements until the answer ends.
async fn acknowledgements(mut read: OwnedReadHalf, ends: Ends) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut bytes = Vec::with_capacity(4096);
    loop {
        let len = read
            .read_buf(&mut bytes)
            .await
            .map_err(said(&"acknowledgements"))?;
        let now = Instant::now();
        let whole = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        let text = String::from_utf8_lossy(&bytes[..whole]);
        for line in text.lines().filter(|line| line.starts_with('{')) {
            if line.contains("\"ERROR\"") {
                return Err(line.to_owned());
            }
            if !line.contains("\"PERSISTED\"") {
                continue;
            }
            let timecode = line.split("\"FragmentTimecode\":").nth(1);
            let timecode = timecode.and_then(|rest| rest.split(',').next()?.parse::<u64>().ok());
            let end = timecode.and_then(|timecode| ends.borrow().get(&timecode).copied());
            let end = end.ok_or_else(|| format!("unexpected: {line}"))?;
            outcome
                .persisted_ms
                .push((now - end).as_secs_f64() * 1000.0);
        }
        // The last chunk is empty and followed by an empty line.
        if len == 0 || text.ends_with("0\r\n\r\n") {
            return Ok(outcome);
        }
        bytes.drain(..whole);
    }
}

/// Runs producers until each has sent its Clusters and all are durable. Paced ones begin
/// spread over the length of a group.
pub(crate) async fn run_all(
    producers: Vec<Producer>,
    clip: Rc<Clip>,
    manner: Manner,
) -> Result<Vec<Outcome>> {
    let local = tokio::task::LocalSet::new();
    let count = producers.len() as u32;
    let tasks: Vec<_> = producers
        .into_iter()
        .zip(0..)
        .map(|(producer, n)| {
            let clip = Rc::clone(&clip);
            local.spawn_local(async move {
                if manner.paced {
                    let group = Duration::from_millis(GROUP_MS);
                    tokio::time::sleep(group * n / count).await;
                }
                producer.run(&clip, manner).await
            })
        })
        .collect();
    local
        .run_until(async {
            let mut outcomes = Vec::new();
            for task in tasks {
                outcomes.push(task.await.map_err(said(&"a producer"))??);
            }
            Ok(outcomes)
        })
        .await
}

/// Opens a producer for each of the first `count` streams.
pub(crate) async fn open_all(api: &Api, count: usize) -> Result<Vec<Producer>> {
    let mut producers = Vec::with_capacity(count);
    for n in 0..count {
        producers.push(Producer::open(api, n).await?);
    }
    Ok(producers)
}
