//! Benchmark d: control-plane requests beside moto's server.

use std::ffi::OsStr;
use std::path::Path;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::api::{Api, Kinora, create_body, stream_name};
use crate::nginx::free_port;
use crate::process::Process;
use crate::report::{Aim, Row};
use crate::wire::Connection;
use crate::{Result, Setup};

/// Requests per second of both, signed beforehand, over connections that stay open where
/// the server lets them.
pub(crate) async fn run(setup: &Setup) -> Result<Vec<Row>> {
    let moto = setup.moto.as_deref().ok_or("--moto is missing")?;
    let server = Kinora::start(setup, &setup.fresh("data")?).await?;
    let (moto, peer) = start_moto(moto, &setup.fresh("moto")?).await?;
    let streams = if setup.quick { 400 } else { 2000 };
    let mut rows = Vec::new();
    for plan in plans(streams) {
        let ours = measure(&server.process, &server.api, &plan, plan.ours, 0).await?;
        let theirs = measure(&moto, &peer, &plan, plan.theirs, MOTO_FAILURES_MAX).await?;
        rows.push(Row {
            what: format!("{}: requests per CPU second", plan.what),
            ours: ours.per_cpu_s,
            peer: Some(("moto", theirs.per_cpu_s)),
            aim: Aim::RatioAtLeast(30.0),
            note: match theirs.failures {
                0 => plan.note.to_owned(),
                failures => format!("{}; moto answered {failures} more with 500", plan.note),
            },
        });
        rows.push(Row {
            what: format!(
                "{}: requests/s, {} connections",
                plan.what, plan.connections
            ),
            ours: ours.per_s,
            peer: Some(("moto", theirs.per_s)),
            aim: Aim::None,
            note: String::new(),
        });
    }
    server.process.stop()?;
    Ok(rows)
}

/// One kind of request.
struct Plan {
    what: &'static str,
    path: &'static str,
    body: fn(usize) -> String,
    /// How many requests to send to each.
    ours: usize,
    theirs: usize,
    connections: usize,
    note: &'static str,
}

fn plans(streams: usize) -> [Plan; 5] {
    let describe = |_: usize| format!("{{\"StreamName\":\"{}\"}}", stream_name(0));
    let endpoint = |_: usize| {
        let name = stream_name(0);
        format!("{{\"StreamName\":\"{name}\",\"APIName\":\"PUT_MEDIA\"}}")
    };
    [
        Plan {
            what: "CreateStream",
            path: "/createStream",
            body: create_body,
            ours: streams,
            theirs: streams,
            connections: 4,
            note: "ours are durable, moto's in memory",
        },
        Plan {
            what: "DescribeStream",
            path: "/describeStream",
            body: describe,
            ours: streams * 10,
            theirs: streams / 2,
            connections: 4,
            note: "",
        },
        Plan {
            what: "GetDataEndpoint",
            path: "/getDataEndpoint",
            body: endpoint,
            ours: streams * 10,
            theirs: streams / 2,
            connections: 4,
            note: "",
        },
        Plan {
            what: "ListStreams, page of 100",
            path: "/listStreams",
            body: |_| "{\"MaxResults\":100}".to_owned(),
            ours: streams * 2,
            theirs: 20,
            connections: 4,
            note: "moto ignores MaxResults and returns all",
        },
        // As the jobs of a CI system that begin together: commits are shared.
        Plan {
            what: "CreateStream, 32 at once",
            path: "/createStream",
            body: |n| create_body(OTHERS + n),
            ours: streams,
            theirs: streams / 2,
            connections: 32,
            note: "ours are durable, moto's in memory",
        },
    ]
}

/// How many requests were answered.
struct Rate {
    /// Per second on the clock.
    per_s: f64,
    /// Per second of the server's processor time.
    per_cpu_s: f64,
    /// Answers of 500, which count as answers.
    failures: usize,
}

async fn measure(
    process: &Process,
    api: &Api,
    plan: &Plan,
    count: usize,
    failures_max: usize,
) -> Result<Rate> {
    let mut requests = Vec::with_capacity(count);
    for n in 0..count {
        requests.push(api.request(plan.path, &(plan.body)(n))?);
    }
    let (before_s, begun) = (process.cpu_s()?, Instant::now());
    let mut parts = vec![Vec::new(); plan.connections];
    for (n, request) in requests.into_iter().enumerate() {
        parts[n % plan.connections].push(request);
    }
    let mut senders = JoinSet::new();
    for part in parts {
        senders.spawn(send(api.authority.clone(), part, failures_max));
    }
    let mut failures = 0;
    while let Some(sent) = senders.join_next().await {
        failures += sent.map_err(|error| error.to_string())??;
    }
    let answers = (count + failures) as f64;
    // A run may be shorter than the step that times are kept in.
    let cpu_s = (process.cpu_s()? - before_s).max(0.01);
    Ok(Rate {
        per_s: answers / begun.elapsed().as_secs_f64(),
        per_cpu_s: answers / cpu_s,
        failures,
    })
}

/// Sends requests one after the other. One that is answered 500 is sent again, but so many
/// times in all; gives how many there were.
async fn send(authority: String, requests: Vec<Vec<u8>>, failures_max: usize) -> Result<usize> {
    let mut failures = 0;
    let mut connection = Connection::open(&authority).await?;
    let mut rest = requests.into_iter().peekable();
    while let Some(request) = rest.peek() {
        let mut answer = Vec::new();
        let head = connection.exchange(request, Some(&mut answer)).await?;
        if head.status == 200 {
            rest.next();
        } else if head.status == 500 && failures < failures_max {
            failures += 1;
        } else {
            let text = String::from_utf8_lossy(&answer);
            return Err(format!("{authority} answered {}: {text}", head.status));
        }
        if head.closes {
            // As moto's server does after each answer.
            connection = Connection::open(&authority).await?;
        }
    }
    Ok(failures)
}

async fn start_moto(venv: &Path, folder: &Path) -> Result<(Process, Api)> {
    let port = free_port()?;
    let text = port.to_string();
    let args = ["-H", "127.0.0.1", "-p", &text].map(OsStr::new);
    let program = venv.join("bin/moto_server");
    let mut process = Process::start(&program, &args, &[], &folder.join("log"))?;
    let authority = format!("127.0.0.1:{port}");
    for _ in 0..3000 {
        process.check()?;
        if TcpStream::connect(&authority).await.is_ok() {
            return Ok((process, Api { authority }));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Err("moto does not listen".to_owned())
}

/// The streams of the second plan that makes some have other names.
const OTHERS: usize = 1_000_000;
/// Most failures of moto to look over on a connection: its CreateStream walks a dictionary
/// that its other threads change, and answers 500 when that happens.
const MOTO_FAILURES_MAX: usize = 20;
