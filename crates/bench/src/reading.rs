//! Benchmark c: archived media out of the store beside nginx with the same bytes in files.

use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::api::{Api, Kinora, now_s, stream_name};
use crate::clip::Clip;
use crate::nginx::Nginx;
use crate::process::Process;
use crate::producer::{self, Manner};
use crate::report::{Aim, Row};
use crate::wire::Connection;
use crate::{Result, Setup, said};

/// GetMedia and HLS media segments.
pub(crate) async fn run(setup: &Setup) -> Result<Vec<Row>> {
    let clip = Rc::new(Clip::new()?);
    let manner = Manner {
        paced: false,
        sized: false,
        clusters: if setup.quick { 64 } else { 256 },
    };
    let server = Kinora::start(setup, &setup.fresh("data")?).await?;
    server.api.create_streams(1).await?;
    let open = producer::open_all(&server.api, 1).await?;
    producer::run_all(open, clip, manner).await?;
    let folder = setup.fresh("nginx")?;
    let segments = segments(&server.api).await?;
    let get_media = get_media_request(&server.api).await?;
    let whole = copy(&server.api, &segments, &get_media, &folder).await?;
    let nginx = Nginx::files(&folder).await?;
    let peer = format!("127.0.0.1:{}", nginx.port);
    let names: Vec<String> = (0..segments.len()).map(|n| format!("/{n}.mp4")).collect();
    let window = Duration::from_secs(if setup.quick { 2 } else { 5 });
    let mut rows = Vec::new();
    for connections in [1, 8] {
        let load = |authority: &str, paths: &[String]| Load {
            requests: paths.iter().map(|path| get(authority, path)).collect(),
            enough: u64::MAX,
            connections,
            window,
        };
        let ours = load(&server.api.authority, &segments);
        let ours = ours.run(&server.api.authority, &server.process).await?;
        let theirs = load(&peer, &names).run(&peer, &nginx.process).await?;
        rows.extend(row("HLS segments", connections, ours, theirs));
        let ours = Load {
            requests: vec![get_media.clone()],
            enough: whole,
            connections,
            window,
        };
        let ours = ours.run(&server.api.authority, &server.process).await?;
        let theirs = load(&peer, &["/whole.mkv".to_owned()]);
        let theirs = theirs.run(&peer, &nginx.process).await?;
        rows.extend(row("GetMedia, archived", connections, ours, theirs));
    }
    server.process.stop()?;
    nginx.process.stop()?;
    Ok(rows)
}

fn row(what: &str, connections: usize, ours: Speed, theirs: Speed) -> [Row; 2] {
    let per_gb = format!(
        "{:.2} against {:.2} CPU s/GB",
        ours.cpu_per_gb, theirs.cpu_per_gb
    );
    [
        Row {
            what: format!("{what}, {connections} connections: GB/s"),
            ours: ours.gb_per_s,
            peer: Some(("nginx files", theirs.gb_per_s)),
            aim: Aim::RatioAtLeast(0.5),
            note: String::new(),
        },
        Row {
            what: format!("{what}, {connections} connections: GB per CPU second"),
            ours: 1.0 / ours.cpu_per_gb,
            peer: Some(("nginx files", 1.0 / theirs.cpu_per_gb)),
            aim: Aim::None,
            note: per_gb,
        },
    ]
}

/// What to fetch over and over.
struct Load {
    requests: Vec<Vec<u8>>,
    /// Bytes of body after which an answer that does not end is left.
    enough: u64,
    connections: usize,
    window: Duration,
}

/// How fast it came.
struct Speed {
    gb_per_s: f64,
    cpu_per_gb: f64,
}

impl Load {
    async fn run(&self, authority: &str, process: &Process) -> Result<Speed> {
        // Once, so that both read from memory and not from disk.
        self.fetch(authority, Instant::now()).await?;
        let (before_s, begun) = (process.cpu_s()?, Instant::now());
        let until = begun + self.window;
        let fetchers: Vec<_> = (0..self.connections)
            .map(|_| self.fetch(authority, until))
            .collect();
        let mut bytes = 0;
        for fetched in all(fetchers).await {
            bytes += fetched?;
        }
        let gb = bytes as f64 / 1e9;
        Ok(Speed {
            gb_per_s: gb / begun.elapsed().as_secs_f64(),
            cpu_per_gb: (process.cpu_s()? - before_s) / gb,
        })
    }

    /// Every request in turn, at least once each, until the time is up.
    async fn fetch(&self, authority: &str, until: Instant) -> Result<u64> {
        let mut connection = Connection::open(authority).await?;
        let mut bytes = 0;
        for turn in 0.. {
            let request = &self.requests[turn % self.requests.len()];
            let head = connection.exchange_part(request, None, self.enough).await?;
            if head.status != 200 {
                return Err(format!("an answer was {}", head.status));
            }
            bytes += head.body_len;
            if self.enough != u64::MAX {
                // The answer goes on, so the connection is of no more use.
                connection = Connection::open(authority).await?;
            }
            if Instant::now() >= until && turn + 1 >= self.requests.len().min(64) {
                break;
            }
        }
        Ok(bytes)
    }
}

/// Runs futures side by side.
async fn all<F: Future<Output = Result<u64>>>(futures: Vec<F>) -> Vec<Result<u64>> {
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut results = Vec::new();
    std::future::poll_fn(|cx| {
        futures.retain_mut(|future| match future.as_mut().poll(cx) {
            std::task::Poll::Ready(result) => {
                results.push(result);
                false
            }
            std::task::Poll::Pending => true,
        });
        match futures.is_empty() {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    results
}

fn get(authority: &str, path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: {authority}\r\n\r\n").into_bytes()
}

/// The paths of all media segments of an on-demand session over the whole stream.
async fn segments(api: &Api) -> Result<Vec<String>> {
    let name = stream_name(0);
    // A range ends in the past and is given in whole seconds here: what was sent in this
    // second would lie beyond it.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    // A range may be a day long.
    let (from_s, to_s) = (now_s() - 43_200, now_s());
    let body = format!(
        "{{\"StreamName\":\"{name}\",\"PlaybackMode\":\"ON_DEMAND\",\
         \"MaxMediaPlaylistFragmentResults\":1000,\
         \"HLSFragmentSelector\":{{\"FragmentSelectorType\":\"SERVER_TIMESTAMP\",\
         \"TimestampRange\":{{\"StartTimestamp\":{from_s},\"EndTimestamp\":{to_s}}}}}}}"
    );
    let answer = api.call("/getHLSStreamingSessionURL", &body).await?;
    let master = answer["HLSStreamingSessionURL"]
        .as_str()
        .unwrap_or_default();
    let mut path = master.to_owned();
    // From the master playlist to the first media playlist, and to its segments.
    for _ in 0..2 {
        let mut text = Vec::new();
        let mut connection = Connection::open(&api.authority).await?;
        let request = get(&api.authority, &local(&path));
        connection.exchange(&request, Some(&mut text)).await?;
        let text = String::from_utf8_lossy(&text);
        let lines = text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        let paths: Vec<String> = lines.map(local).collect();
        let first = paths
            .first()
            .ok_or_else(|| format!("{path} lists nothing: {text}"))?;
        if first.contains("MediaFragment") {
            return Ok(paths);
        }
        path.clone_from(first);
    }
    Err("no media playlist".to_owned())
}

/// The path of an address, absolute or relative to the session's folder.
fn local(address: &str) -> String {
    match address.split_once("://") {
        Some((_, rest)) => rest
            .find('/')
            .map_or_else(String::new, |at| rest[at..].to_owned()),
        None if address.starts_with('/') => address.to_owned(),
        None => format!("/hls/v1/{address}"),
    }
}

async fn get_media_request(api: &Api) -> Result<Vec<u8>> {
    let name = stream_name(0);
    let selector = "\"StartSelector\":{\"StartSelectorType\":\"EARLIEST\"}";
    api.request(
        "/getMedia",
        &format!("{{\"StreamName\":\"{name}\",{selector}}}"),
    )
}

/// Puts what we serve into files. Gives the length of the whole stream.
async fn copy(api: &Api, segments: &[String], whole: &[u8], folder: &Path) -> Result<u64> {
    let mut connection = Connection::open(&api.authority).await?;
    let mut total = 0;
    let save = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).map_err(said(&path.display()))
    };
    for (n, path) in segments.iter().enumerate() {
        let mut bytes = Vec::new();
        connection
            .exchange(&get(&api.authority, path), Some(&mut bytes))
            .await?;
        save(&format!("{n}.mp4"), &bytes)?;
        total += bytes.len() as u64;
    }
    // Matroska is a little smaller than the MP4 segments; what is missing does not matter.
    let enough = total * 9 / 10;
    let mut bytes = Vec::new();
    let mut connection = Connection::open(&api.authority).await?;
    let head = connection
        .exchange_part(whole, Some(&mut bytes), enough)
        .await?;
    save("whole.mkv", &bytes)?;
    match head.status {
        200 => Ok(enough),
        status => Err(format!("GetMedia answered {status}")),
    }
}
