//! Benchmark b: how long a camera waits for PERSISTED, and how long the disk took in the
//! same seconds for next to nothing.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::api::Kinora;
use crate::clip::Clip;
use crate::ingest::camera_note;
use crate::producer::{self, Manner};
use crate::report::{Aim, Row, percentile};
use crate::{Result, Setup, said};

/// From the byte that ends a fragment to its PERSISTED.
pub(crate) async fn run(setup: &Setup) -> Result<Vec<Row>> {
    let clip = Rc::new(Clip::new()?);
    let mut rows = Vec::new();
    let clusters = if setup.quick { 4 } else { 8 };
    let cases = [
        (200, false, Aim::AtMost(5.0), Aim::AtMost(25.0)),
        (200, true, Aim::None, Aim::None),
        (800, false, Aim::None, Aim::AtMost(100.0)),
    ];
    for (cameras, sized, aim_50, aim_99) in cases {
        let server = Kinora::start(setup, &setup.fresh("data")?).await?;
        server.api.create_streams(cameras).await?;
        let open = producer::open_all(&server.api, cameras).await?;
        let manner = Manner {
            paced: true,
            sized,
            clusters,
        };
        let probe = Probe::start(&setup.fresh("probe")?)?;
        let outcomes = producer::run_all(open, Rc::clone(&clip), manner).await?;
        let synced = probe.stop()?;
        server.process.stop()?;
        let mut times: Vec<f64> = outcomes.into_iter().flat_map(|o| o.persisted_ms).collect();
        times.sort_by(f64::total_cmp);
        let form = if sized {
            "sized Clusters"
        } else {
            "Clusters of unknown size"
        };
        // One long wait of the disk is many fragments late, but one sync of the probe.
        let slowest = format!("slowest sync {:.1} ms", percentile(&synced, 100.0));
        for (percent, aim) in [(50.0, aim_50), (99.0, aim_99)] {
            rows.push(Row {
                what: format!("PERSISTED, {cameras} cameras, {form}: p{percent} ms"),
                ours: percentile(&times, percent),
                peer: Some(("a bare sync", percentile(&synced, percent))),
                aim,
                note: format!("{} fragments; {}; {slowest}", times.len(), camera_note()),
            });
        }
    }
    Ok(rows)
}

/// Appends a page to a file and syncs it, over and over, beside the producers.
struct Probe {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<std::io::Result<Vec<f64>>>,
}

impl Probe {
    fn start(folder: &Path) -> Result<Probe> {
        fs::create_dir_all(folder).map_err(said(&folder.display()))?;
        let mut file = File::create(folder.join("probe")).map_err(said(&folder.display()))?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut times = Vec::new();
            while !stopped.load(Ordering::Relaxed) {
                let begun = Instant::now();
                file.write_all(&[0x5a; 4096])?;
                file.sync_data()?;
                times.push(begun.elapsed().as_secs_f64() * 1000.0);
                std::thread::sleep(PROBE_PAUSE);
            }
            times.sort_by(f64::total_cmp);
            Ok(times)
        });
        Ok(Probe { stop, thread })
    }

    /// What each sync took, milliseconds, ascending.
    fn stop(self) -> Result<Vec<f64>> {
        self.stop.store(true, Ordering::Relaxed);
        let ended = self.thread.join();
        let times = ended.map_err(|_| "the probe panicked".to_owned())?;
        times.map_err(said(&"the probe"))
    }
}

/// Rare enough to take little from the disk.
const PROBE_PAUSE: Duration = Duration::from_millis(20);
