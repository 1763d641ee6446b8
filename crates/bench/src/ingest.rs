//! Benchmark a: what it costs to take media in.

use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::api::Kinora;
use crate::clip::{BITRATE_BPS, Clip, GROUP_MS};
use crate::nginx::Nginx;
use crate::process::Process;
use crate::producer::{self, Manner};
use crate::report::{Aim, Row};
use crate::{Result, Setup, floor, rtmp};

/// Unpaced producers, every fragment sealed and PERSISTED, beside the floor.
pub(crate) async fn run(setup: &Setup) -> Result<Vec<Row>> {
    let clip = Rc::new(Clip::new()?);
    let total: u64 = if setup.quick { 512 << 20 } else { 2 << 30 };
    let mut rows = Vec::new();
    for producers in [1, 16, 256] {
        let clusters = (total / clip.group.len() as u64 / producers as u64).max(2);
        let gb = (clusters * producers as u64) as f64 * clip.group.len() as f64 / 1e9;
        let floor = floor::run(&setup.fresh("floor")?, &clip, producers, clusters).await?;
        let server = Kinora::start(setup, &setup.fresh("data")?).await?;
        server.api.create_streams(producers).await?;
        let open = producer::open_all(&server.api, producers).await?;
        let (before_s, begun) = (server.process.cpu_s()?, Instant::now());
        let manner = Manner {
            paced: false,
            sized: false,
            clusters,
        };
        producer::run_all(open, Rc::clone(&clip), manner).await?;
        let wall_s = begun.elapsed().as_secs_f64();
        let cpu_s = server.process.cpu_s()? - before_s;
        server.process.stop()?;
        rows.push(Row {
            what: format!("ingest, {producers} unpaced: GB per CPU second"),
            ours: gb / cpu_s,
            peer: Some(("floor", gb / floor.cpu_s)),
            aim: Aim::RatioAtLeast(0.6),
            note: format!("{:.2} against {:.2} CPU s/GB", cpu_s / gb, floor.cpu_s / gb),
        });
        rows.push(Row {
            what: format!("ingest, {producers} unpaced: GB/s"),
            ours: gb / wall_s,
            peer: Some(("floor", gb / floor.wall_s)),
            aim: Aim::None,
            note: format!("{gb:.2} GB"),
        });
    }
    Ok(rows)
}

/// 200 cameras of 2 Mbit/s beside nginx-rtmp, which records without syncing.
pub(crate) async fn paced(setup: &Setup) -> Result<Vec<Row>> {
    let clip = Rc::new(Clip::new()?);
    let cameras = 200;
    let window = Duration::from_secs(if setup.quick { 4 } else { 10 });
    let clusters = (window.as_millis() as u64 + 4000) / GROUP_MS;
    let server = Kinora::start(setup, &setup.fresh("data")?).await?;
    server.api.create_streams(cameras).await?;
    let open = producer::open_all(&server.api, cameras).await?;
    let manner = Manner {
        paced: true,
        sized: false,
        clusters,
    };
    let run = producer::run_all(open, Rc::clone(&clip), manner);
    let (done, ours) = tokio::join!(run, window_ms(&server.process, cameras, window));
    done?;
    let ours = ours?;
    server.process.stop()?;
    let mut rows = Vec::new();
    for (name, app) in [("nginx-rtmp FLV", "flv"), ("nginx-rtmp HLS", "hls")] {
        let folder = setup.fresh("nginx")?;
        let nginx = Nginx::record(&folder).await?;
        let publish = rtmp::publish_all(nginx.port, app, cameras, Rc::clone(&clip), clusters);
        let (done, peer) = tokio::join!(publish, window_ms(&nginx.process, cameras, window));
        done?;
        let peer = peer?;
        nginx.process.stop()?;
        let sent = clusters as f64 * clip.group.len() as f64 * cameras as f64;
        let kept = folder_bytes(&folder.join(app)) as f64 / sent;
        rows.push(Row {
            what: format!("ingest, {cameras} cameras: CPU ms per stream-second"),
            ours,
            peer: Some((name, peer)),
            aim: Aim::AtMost(1.0),
            note: format!(
                "nginx has {:.0} % of what was sent on disk, unsynced",
                kept * 100.0
            ),
        });
    }
    Ok(rows)
}

/// Processor time per stream-second, milliseconds, once all cameras are sending.
async fn window_ms(process: &Process, cameras: usize, window: Duration) -> Result<f64> {
    tokio::time::sleep(Duration::from_millis(GROUP_MS + 500)).await;
    let (before_s, begun) = (process.cpu_s()?, Instant::now());
    tokio::time::sleep(window).await;
    let spent_s = process.cpu_s()? - before_s;
    Ok(spent_s * 1000.0 / begun.elapsed().as_secs_f64() / cameras as f64)
}

fn folder_bytes(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    let size = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => folder_bytes(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.flatten().map(size).sum()
}

/// One camera as the benchmarks use it, for notes.
pub(crate) fn camera_note() -> String {
    format!(
        "{} Mbit/s, fragments of {GROUP_MS} ms",
        BITRATE_BPS / 1_000_000
    )
}
