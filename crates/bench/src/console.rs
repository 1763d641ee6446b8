//! Benchmark i: when pages of the console can be used, in Chromium.
//!
//! What counts as usable is said in `crates/it/web/interactive.mjs`.

use std::path::Path;
use std::process::Command;
use std::rc::Rc;

use serde_json::Value;

use crate::api::{Kinora, ROOT_EMAIL, ROOT_PASSWORD};
use crate::clip::Clip;
use crate::producer::{self, Manner};
use crate::report::{Aim, Row};
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
    let visits = visits(web, &server.api.authority, times)?;
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

/// What the script saw: milliseconds of each visit by page. Chromium may run on all
/// processors, as where somebody sits at the machine.
fn visits(web: &Path, authority: &str, times: u32) -> Result<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../it/web/interactive.mjs");
    let sign_in = serde_json::json!({"email": ROOT_EMAIL, "password": ROOT_PASSWORD});
    let processors = std::fs::read_to_string("/sys/devices/system/cpu/online");
    let processors = processors.map_err(said(&"the list of processors"))?;
    let mut command = Command::new("taskset");
    command
        .args(["--cpu-list", processors.trim(), "node"])
        .arg(script)
        .arg(format!("http://{authority}"))
        .arg(sign_in.to_string())
        .arg(serde_json::json!(PAGES).to_string())
        .arg(times.to_string())
        .env("KINORA_TEST_NODE_MODULES", web);
    let output = command.output().map_err(said(&"node"))?;
    match output.status.success() {
        true => serde_json::from_slice(&output.stdout).map_err(said(&"interactive.mjs")),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
    .map(|mut seen: Value| seen["visits"].take())
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
