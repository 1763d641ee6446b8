//! Benchmark g: from the start of the process to the first answer.

use crate::api::Kinora;
use crate::report::{Aim, Row};
use crate::{Result, Setup, index};

/// On an empty folder, and on a store of a million fragments.
pub(crate) async fn run(setup: &Setup) -> Result<Vec<Row>> {
    let mut times = Vec::new();
    for _ in 0..5 {
        let server = Kinora::start(setup, &setup.fresh("data")?).await?;
        times.push(server.started_in.as_secs_f64() * 1000.0);
        server.process.stop()?;
    }
    times.sort_by(f64::total_cmp);
    let count = if setup.quick { 100_000 } else { 1_000_000 };
    let data = setup.fresh("data")?;
    index::fill(setup, &data, count, true).await?;
    let server = Kinora::start(setup, &data).await?;
    let filled_ms = server.started_in.as_secs_f64() * 1000.0;
    server.process.stop()?;
    Ok(vec![
        Row {
            what: "start-up, empty folder: ms".to_owned(),
            ours: times[times.len() / 2],
            peer: None,
            aim: Aim::AtMost(300.0),
            note: "median of 5; makes keys, certificates and an account".to_owned(),
        },
        Row {
            what: format!("start-up, {count} fragments: ms"),
            ours: filled_ms,
            peer: None,
            aim: Aim::AtMost(2000.0),
            note: "rows, and records of 64 bytes in extents".to_owned(),
        },
    ])
}
