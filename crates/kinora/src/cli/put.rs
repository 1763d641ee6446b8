//! `kinora put`: send a recording or a pipe to a stream.

mod acks;
mod pace;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, IsTerminal as _, Read, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use aws::sigv4::sign::Payload;
use bytes::Bytes;
use clap::ValueEnum;
use http::Method;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use kvs::name::StreamName;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use self::acks::{AckReader, Kind, Tally};
use self::pace::{Pacer, Piece};
use super::client::{self, CliError, Client, Endpoint, Outgoing, Pieces};
use super::credentials::ConnectionArgs;
use super::timestamp;

/// Send Matroska or WebM to a stream and print its acknowledgements
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    kinora put front-door recording.mkv\n  \
    kinora put front-door recording.mkv --rate realtime --start 2026-01-31T12:00:00Z\n  \
    ffmpeg -i rtsp://camera/ -c copy -f matroska - | kinora put front-door\n\n\
Exit code: 0 if every fragment was persisted (received, where the stream retains nothing), \
otherwise 1 with the reason.")]
pub struct PutArgs {
    /// Name of the stream
    #[arg(value_parser = client::stream_name)]
    pub stream: StreamName,
    /// File to send, or - for standard input
    #[arg(default_value = "-")]
    pub file: PathBuf,
    /// How fast to send a file
    #[arg(long, value_enum, default_value_t = Rate::Fast)]
    pub rate: Rate,
    /// What the timestamps in the file count from: the epoch, or the start
    #[arg(long, value_enum, default_value_t = Timecodes::Relative)]
    pub timecodes: Timecodes,
    /// When relative timestamps start: now, seconds since the epoch, or a time like
    /// 2026-01-31T12:00:00Z
    #[arg(long, value_name = "now|TIMESTAMP", default_value = "now", value_parser = Start::parse)]
    pub start: Start,
    /// Where to send it and as whom.
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

/// How fast input is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Rate {
    /// As a camera would: each frame at its time after the first one
    Realtime,
    /// As fast as the server takes it
    Fast,
}

/// What Cluster timestamps count from (`x-amzn-fragment-timecode-type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Timecodes {
    /// The epoch
    Absolute,
    /// The start of this command, or --start
    Relative,
}

/// When relative timestamps start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// When the command starts.
    Now,
    /// Milliseconds since the epoch.
    At(i64),
}

impl Start {
    fn parse(text: &str) -> Result<Start, String> {
        if text == "now" {
            return Ok(Start::Now);
        }
        timestamp::parse(text).map(Start::At).ok_or_else(|| {
            "neither now, nor seconds since the epoch, nor a time like 2026-01-31T12:00:00Z"
                .to_owned()
        })
    }
}

/// Runs `kinora put`.
///
/// # Errors
///
/// Input that cannot be read, a server that cannot be reached or refuses, a fragment that
/// was not persisted.
pub async fn run(args: PutArgs) -> Result<(), CliError> {
    let client = Client::load(&args.connection)?;
    let input: Box<dyn Read + Send> = if args.file.as_os_str() == "-" {
        Box::new(io::stdin())
    } else {
        let failed = |error| CliError::new(format!("{}: {error}", args.file.display()));
        Box::new(File::open(&args.file).map_err(failed)?)
    };
    let on_terminal = io::stderr().is_terminal();
    // Whoever closed an output does not want what is written to it.
    let mut print = |output: Output<'_>| match output {
        Output::Line(line) => {
            if on_terminal {
                let _ = write!(io::stderr(), "{ERASE_LINE}");
            }
            let _ = writeln!(io::stdout(), "{line}");
        }
        Output::Sent(bytes) if on_terminal => {
            let _ = write!(io::stderr(), "{ERASE_LINE}{} kB sent", bytes / 1_000);
        }
        Output::Sent(_) => {}
    };
    let result = put(&client, &args, input, &mut print).await;
    if on_terminal {
        let _ = write!(io::stderr(), "{ERASE_LINE}");
    }
    result
}

/// What the command says while it runs.
pub(super) enum Output<'a> {
    /// A line about a fragment or the whole.
    Line(&'a str),
    /// How many bytes were read and handed on so far, about once a second.
    Sent(u64),
}

/// Takes what the command says.
type Print<'a> = &'a mut (dyn FnMut(Output<'_>) + Send);

/// Sends `input`.
pub(super) async fn put(
    client: &Client,
    args: &PutArgs,
    input: Box<dyn Read + Send>,
    print: Print<'_>,
) -> Result<(), CliError> {
    let endpoint = client.data_endpoint(&args.stream, "PUT_MEDIA").await?;
    let last = last_ack(client, &args.stream).await?;
    let (sender, receiver) = mpsc::channel(PIECES_HELD_MAX);
    let reading = read_input(input, args.rate, sender);
    let start = match args.start {
        Start::Now => client::now_ms(),
        Start::At(ms) => ms,
    };
    let timecodes = match args.timecodes {
        Timecodes::Absolute => "ABSOLUTE",
        Timecodes::Relative => "RELATIVE",
    };
    let start = timestamp::seconds(start);
    let request = Outgoing {
        method: Method::POST,
        path: "/putMedia",
        headers: &[
            ("x-amzn-stream-name", args.stream.as_str()),
            ("x-amzn-fragment-timecode-type", timecodes),
            ("x-amzn-producer-start-timestamp", &start),
            ("x-amzn-fragment-acknowledgment-required", "1"),
        ],
        payload: Payload::Literal("UNSIGNED-PAYLOAD"),
    };
    let answer = client.send(&endpoint, &request, Pieces(receiver)).await?;
    let mut tally = Tally::default();
    let ended = follow(answer.into_body(), last, &reading.sent, &mut tally, print).await;
    let findings = findings(client, &endpoint, &args.stream).await;
    let sent = verdict(&tally, ended, reading, &findings)?;
    for finding in notes(&findings, &tally) {
        print(Output::Line(&format!("note: {}", describe(finding))));
    }
    print(Output::Line(&format!(
        "{} fragments, {sent} bytes",
        tally.done
    )));
    Ok(())
}

/// The acknowledgement that makes a fragment of this stream final. Whoever may put but
/// not describe is taken to want PERSISTED.
async fn last_ack(client: &Client, stream: &StreamName) -> Result<Kind, CliError> {
    let input = json!({ "StreamName": stream.as_str() });
    let retention = match client
        .call(&client.endpoint()?, "/describeStream", &input)
        .await
    {
        Ok(output) => output["StreamInfo"]["DataRetentionInHours"].as_u64(),
        Err(error) if error.code() == Some("AccessDeniedException") => None,
        Err(error) => return Err(error),
    };
    Ok(if retention == Some(0) {
        Kind::Received
    } else {
        Kind::Persisted
    })
}

/// Reads and prints acknowledgements until they end.
async fn follow(
    mut body: Incoming,
    last: Kind,
    sent: &AtomicU64,
    tally: &mut Tally,
    print: Print<'_>,
) -> Result<(), CliError> {
    let mut reader = AckReader::default();
    let mut progress = tokio::time::interval(PROGRESS_PERIOD);
    let mut deadline = tokio::time::Instant::now() + ACK_MAX;
    loop {
        let frame = tokio::select! {
            frame = body.frame() => frame,
            _ = progress.tick() => {
                print(Output::Sent(sent.load(Ordering::Relaxed)));
                continue;
            }
            () = tokio::time::sleep_until(deadline) => {
                return Err(CliError::new("no acknowledgement for two minutes"));
            }
        };
        deadline = tokio::time::Instant::now() + ACK_MAX;
        let frame = match frame {
            None => return Ok(()),
            Some(Ok(frame)) => frame,
            Some(Err(error)) => {
                return Err(CliError::new(format!(
                    "the connection broke off: {}",
                    client::with_causes(&error)
                )));
            }
        };
        let Ok(bytes) = frame.into_data() else {
            continue;
        };
        for ack in reader.push(&bytes).map_err(CliError::new)? {
            tally.count(&ack, last);
            if ack.kind != Kind::Idle {
                print(Output::Line(&ack.to_string()));
            }
        }
    }
}

/// Whether all went well, and how many bytes were sent.
fn verdict(
    tally: &Tally,
    ended: Result<(), CliError>,
    mut reading: Reading,
    findings: &[Value],
) -> Result<u64, CliError> {
    if let Some(ack) = &tally.error {
        let mut message = format!("the server refused the input: {ack}");
        let by_fragment = |finding: &&Value| {
            ack.number.is_some() && finding["FragmentNumber"].as_str() == ack.number.as_deref()
        };
        let by_error = |finding: &&Value| {
            ack.error_id.is_some() && finding["ErrorId"].as_u64() == ack.error_id
        };
        let why = findings
            .iter()
            .find(by_fragment)
            .or_else(|| findings.iter().find(by_error));
        if let Some(finding) = why {
            message.push('\n');
            message.push_str(&describe(finding));
        }
        return Err(CliError::new(message));
    }
    ended?;
    let sent = match reading.done.try_recv() {
        Ok(Ok(())) => reading.sent.load(Ordering::Relaxed),
        Ok(Err(error)) => return Err(CliError::new(format!("cannot read the input: {error}"))),
        Err(_) => {
            return Err(CliError::new(
                "the server ended the call before the input ended",
            ));
        }
    };
    if tally.open() > 0 {
        return Err(CliError::new(format!(
            "{} fragments were sent but not confirmed, {} were",
            tally.open(),
            tally.done
        )));
    }
    if tally.done == 0 {
        return Err(CliError::new(
            "the input held no fragment: no Cluster, or not Matroska at all",
        ));
    }
    Ok(sent)
}

/// What the server recorded about the stream's input, newest first; nothing where it
/// keeps no such record.
async fn findings(client: &Client, endpoint: &Endpoint, stream: &StreamName) -> Vec<Value> {
    let path = format!("/_kinora/streams/{stream}/findings");
    match client.fetch(endpoint, &path).await {
        Ok(Value::Object(mut answer)) => match answer.remove("Findings") {
            Some(Value::Array(findings)) => findings,
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// The findings about fragments of this call, the newest of each kind: it counts those
/// before it.
fn notes<'a>(findings: &'a [Value], tally: &Tally) -> Vec<&'a Value> {
    let Some(first) = &tally.first else {
        return Vec::new();
    };
    let mut seen = BTreeSet::new();
    let concerned = findings.iter().filter(|finding| {
        let number = finding["FragmentNumber"].as_str();
        number.is_some_and(|number| number >= first.as_str())
    });
    concerned
        .filter(|finding| seen.insert(finding["Code"].as_str()))
        .collect()
}

/// A finding in its own words.
fn describe(finding: &Value) -> String {
    let mut text = finding["What"].as_str().unwrap_or_default().to_owned();
    for (key, name) in [("Cause", "cause"), ("Cure", "cure")] {
        if let Some(words) = finding[key].as_str().filter(|words| !words.is_empty()) {
            text.push_str(&format!("\n  {name}: {words}"));
        }
    }
    text
}

/// Input being read on a thread of its own, because files and pipes block.
struct Reading {
    /// Bytes handed on so far.
    sent: Arc<AtomicU64>,
    /// How it ended; there before the request's body ends.
    done: oneshot::Receiver<io::Result<()>>,
}

fn read_input(mut input: Box<dyn Read + Send>, rate: Rate, pieces: mpsc::Sender<Bytes>) -> Reading {
    let (end, done) = oneshot::channel();
    let sent = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&sent);
    std::thread::spawn(move || {
        let result = pump(&mut *input, rate, &pieces, &counter);
        // Nobody listens any more if the call has failed already.
        let _ = end.send(result);
        drop(pieces);
    });
    Reading { sent, done }
}

fn pump(
    input: &mut dyn Read,
    rate: Rate,
    pieces: &mpsc::Sender<Bytes>,
    sent: &AtomicU64,
) -> io::Result<()> {
    let mut pacer = Pacer::new();
    let mut started = None;
    let mut buffer = vec![0; CHUNK_BYTES];
    loop {
        let len = match input.read(&mut buffer) {
            Ok(len) => len,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let chunk = Bytes::copy_from_slice(&buffer[..len]);
        let ready = match rate {
            Rate::Fast => vec![Piece {
                due_ms: None,
                bytes: chunk,
            }],
            Rate::Realtime if len == 0 => pacer.finish(),
            Rate::Realtime => pacer.push(chunk),
        };
        for piece in ready {
            if let Some(due_ms) = piece.due_ms {
                let start = *started.get_or_insert_with(Instant::now);
                let due = Duration::from_millis(due_ms);
                std::thread::sleep(due.saturating_sub(start.elapsed()));
            }
            sent.fetch_add(piece.bytes.len() as u64, Ordering::Relaxed);
            if !piece.bytes.is_empty() && pieces.blocking_send(piece.bytes).is_err() {
                return Err(io::Error::new(
                    io::ErrorKind::BrokenPipe,
                    "the call has ended",
                ));
            }
        }
        if len == 0 {
            return Ok(());
        }
    }
}

/// Back to the line's beginning, and erase it.
const ERASE_LINE: &str = "\r\x1b[K";
const PROGRESS_PERIOD: Duration = Duration::from_secs(1);
const CHUNK_BYTES: usize = 64 * 1_024;
const PIECES_HELD_MAX: usize = 8;
/// Servers send IDLE while nothing arrives, and fragments last 20 seconds at most.
const ACK_MAX: Duration = Duration::from_secs(120);
