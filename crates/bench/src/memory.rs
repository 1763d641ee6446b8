//! Benchmark e: memory per connected producer.

use std::rc::Rc;
use std::time::Duration;

use crate::api::Kinora;
use crate::clip::{Clip, GROUP_MS};
use crate::process::Process;
use crate::producer::{self, Manner};
use crate::report::{Aim, Row};
use crate::{Result, Setup};

/// Resident memory that producers add: connected, and sending.
pub(crate) async fn run(setup: &Setup) -> Result<Vec<Row>> {
    let clip = Rc::new(Clip::new()?);
    let producers = if setup.quick { 200 } else { 1000 };
    let server = Kinora::start(setup, &setup.fresh("data")?).await?;
    server.api.create_streams(producers).await?;
    tokio::time::sleep(SETTLE).await;
    let empty = server.process.resident_kib()?;
    let open = producer::open_all(&server.api, producers).await?;
    tokio::time::sleep(SETTLE).await;
    let idle = (server.process.resident_kib()? - empty) / producers as f64;
    let manner = Manner {
        paced: true,
        sized: false,
        clusters: 6,
    };
    let run = producer::run_all(open, Rc::clone(&clip), manner);
    let (done, peak) = tokio::join!(run, peak_kib(&server.process));
    done?;
    let active = (peak? - empty) / producers as f64;
    server.process.stop()?;
    let fragment_kib = clip.group.len() as f64 / 1024.0;
    Ok(vec![
        Row {
            what: format!("memory per idle producer, {producers}: KiB"),
            ours: idle,
            peer: None,
            aim: Aim::AtMost(64.0),
            note: "heads sent, no media".to_owned(),
        },
        Row {
            what: format!("memory per active producer, {producers}: KiB"),
            ours: active,
            peer: Some(("a fragment", fragment_kib)),
            aim: Aim::AtMost(2.0 * fragment_kib),
            note: "highest of ten looks a second".to_owned(),
        },
    ])
}

/// The highest resident memory while producers send.
async fn peak_kib(process: &Process) -> Result<f64> {
    let mut peak: f64 = 0.0;
    for _ in 0..GROUP_MS * 6 / 100 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        peak = peak.max(process.resident_kib()?);
    }
    Ok(peak)
}

const SETTLE: Duration = Duration::from_secs(2);
