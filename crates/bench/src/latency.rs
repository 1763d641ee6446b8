//! Benchmark b: how long a camera waits for PERSISTED.

use std::rc::Rc;

use crate::api::Kinora;
use crate::clip::Clip;
use crate::ingest::camera_note;
use crate::producer::{self, Manner};
use crate::report::{Aim, Row, percentile};
use crate::{Result, Setup};

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
        let outcomes = producer::run_all(open, Rc::clone(&clip), manner).await?;
        server.process.stop()?;
        let mut times: Vec<f64> = outcomes.into_iter().flat_map(|o| o.persisted_ms).collect();
        times.sort_by(f64::total_cmp);
        let form = if sized {
            "sized Clusters"
        } else {
            "Clusters of unknown size"
        };
        for (percent, aim) in [(50.0, aim_50), (99.0, aim_99)] {
            rows.push(Row {
                what: format!("PERSISTED, {cameras} cameras, {form}: p{percent} ms"),
                ours: percentile(&times, percent),
                peer: None,
                aim,
                note: format!("{} fragments; {}", times.len(), camera_note()),
            });
        }
    }
    Ok(rows)
}
