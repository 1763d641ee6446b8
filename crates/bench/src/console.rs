//! Benchmark i: when pages of the console can be used, in Chromium; and how a timeline
//! follows the pointer, which is part of benchmark f.
//!
//! What counts as usable is said in `crates/it/web/interactive.mjs`.

use std::path::Path;
use std::process::Command;
use std::rc::Rc;

use serde_json::Value;

use crate::api::{Kinora, ROOT_EMAIL, ROOT_PASSWORD};
use crate::clip::Clip;
use crate::producer::{self, Manner};
use crate::report::{Aim, Row, percentile};
use crate::{Result, Setup, said};

/// First visits of pages, of a server that holds a stream with media.
pub(crate) async fn run(setup: &Setup) -> Result<Vec<Row>> {
    let web = setup.web.as_deref().ok_or("--web is missing")?;
    let times = if setup.quick { 3 } else { 9 };
    let server = Kinora::start(setup, &setup.fresh("data")?).await?;
    server.api.create_streams(1).await?;
    let manner = Manner {
        paced: false,
        sized: false,
        clusters: 10,
    };
    let open = producer::open_all(&server.api, 1).await?;
    producer::run_all(open, Rc::new(Clip::new()?), manner).await?;
    let args = [serde_json::json!(PAGES).to_string(), times.to_string()];
    let seen = script(web, "interactive.mjs", &server.api.authority, &args)?;
    let visits = &seen["visits"];
    server.process.stop()?;
    PAGES
        .iter()
        .map(|page| {
            let times = visits[page].as_array().into_iter().flatten();
            let mut times: Vec<f64> = times.filter_map(Value::as_f64).collect();
            times.sort_by(f64::total_cmp);
            let slowest = times.last().ok_or_else(|| format!("{page}: no visit"))?;
            Ok(Row {
                what: format!("console, {page}: ms until it can be used"),
                ours: *slowest,
                peer: None,
                aim: Aim::AtMost(1500.0),
                note: format!(
                    "the slowest of {} first visits; median {:.0}",
                    times.len(),
                    times[times.len() / 2]
                ),
            })
        })
        .collect()
}

/// A drag of the first stream's timeline with all of it in view.
pub(crate) fn drag(setup: &Setup, server: &Kinora, days: u64) -> Result<Row> {
    let web = setup.web.as_deref().ok_or("--web is missing")?;
    let args = [PAGES[2].to_owned(), "5".to_owned()];
    let seen = script(web, "drag.mjs", &server.api.authority, &args)?;
    let (shown, views) = (seen["days"].as_f64(), seen["views"].as_u64());
    if shown.is_none_or(|shown| shown < days as f64) || views.is_none_or(|views| views < 3) {
        return Err(format!(
            "{days} days were not dragged: {shown:?}, {views:?}"
        ));
    }
    let times = seen["framesMs"].as_array().into_iter().flatten();
    let mut times: Vec<f64> = times.filter_map(Value::as_f64).collect();
    times.sort_by(f64::total_cmp);
    Ok(Row {
        what: format!("console, timeline of {days} days as it is dragged: p95 ms between frames"),
        ours: percentile(&times, 95.0),
        peer: None,
        aim: Aim::AtMost(20.0),
        note: format!(
            "{} frames, the longest {:.1} ms; the browser shows one each 16.7 ms",
            times.len(),
            percentile(&times, 100.0)
        ),
    })
}

/// What a script saw as root. Chromium may run on all processors, as where somebody sits at
/// the machine.
fn script(web: &Path, name: &str, authority: &str, args: &[String]) -> Result<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../it/web");
    let sign_in = serde_json::json!({"email": ROOT_EMAIL, "password": ROOT_PASSWORD});
    let processors = std::fs::read_to_string("/sys/devices/system/cpu/online");
    let processors = processors.map_err(said(&"the list of processors"))?;
    let mut command = Command::new("taskset");
    command
        .args(["--cpu-list", processors.trim(), "node"])
        .arg(script.join(name))
        .arg(format!("http://{authority}"))
        .arg(sign_in.to_string())
        .args(args)
        .env("KINORA_TEST_NODE_MODULES", web);
    let output = command.output().map_err(said(&"node"))?;
    match output.status.success() {
        true => serde_json::from_slice(&output.stdout).map_err(said(&name)),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// Pages of each kind: the first, a list, one with a player, another service, and those
/// that everybody sees.
const PAGES: [&str; 6] = [
    "/console/",
    "/console/kinesisvideo/streams",
    "/console/kinesisvideo/streams/bench-0",
    "/console/iam/users",
    "/signin",
    "/signup",
];
