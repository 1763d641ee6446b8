//! `kinora put`: send a recording or a pipe to a stream.

mod acks;
mod pace;

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::PathBuf;
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
    let mut out = io::stdout();
    let mut print = |line: &str| {
        // Whoever closed the output does not want it.
        let _ = writeln!(out, "{line}");
    };
    put(&client, &args, input, &mut print).await
}

/// Sends `input`, giving `print` each line of output.
pub(super) async fn put(
    client: &Client,
    args: &PutArgs,
    input: Box<dyn Read + Send>,
    print: &mut dyn FnMut(&str),
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
    let ended = follow(answer.into_body(), last, &mut tally, print).await;
    let findings = findings(client, &endpoint, &args.stream).await;
    let sent = verdict(&tally, ended, reading, &findings)?;
    for finding in findings.iter().filter(|finding| concerns(finding, &tally)) {
        print(&format!("note: {}", describe(finding)));
    }
    print(&format!("{} fragments, {sent} bytes", tally.done));
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
    tally: &mut Tally,
    print: &mut dyn FnMut(&str),
) -> Result<(), CliError> {
    let mut reader = AckReader::default();
    loop {
        let frame = tokio::time::timeout(ACK_MAX, body.frame()).await;
        let frame = match frame {
            Ok(None) => return Ok(()),
            Ok(Some(Ok(frame))) => frame,
            Ok(Some(Err(error))) => {
                return Err(CliError::new(format!("the connection broke off: {error}")));
            }
            Err(_) => return Err(CliError::new("no acknowledgement for two minutes")),
        };
        let Ok(bytes) = frame.into_data() else {
            continue;
        };
        for ack in reader.push(&bytes).map_err(CliError::new)? {
            tally.count(&ack, last);
            if ack.kind != Kind::Idle {
                print(&ack.to_string());
            }
        }
    }
}

/// Whether all went well, and how many bytes were sent.
fn verdict(
    tally: &Tally,
    ended: Result<(), CliError>,
    mut reading: oneshot::Receiver<io::Result<u64>>,
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
    let sent = match reading.try_recv() {
        Ok(Ok(sent)) => sent,
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

/// Whether a finding is about a fragment of this call.
fn concerns(finding: &Value, tally: &Tally) -> bool {
    match (finding["FragmentNumber"].as_str(), &tally.first) {
        (Some(number), Some(first)) => number >= first.as_str(),
        _ => false,
    }
}

/// A finding in its own sentences.
fn describe(finding: &Value) -> String {
    let sentences = ["What", "Cause", "Cure"]
        .into_iter()
        .filter_map(|key| finding[key].as_str());
    sentences.collect::<Vec<_>>().join(" ")
}

/// Reads the input on a thread of its own, because files and pipes block. Gives how many
/// bytes there were, before the body ends.
fn read_input(
    mut input: Box<dyn Read + Send>,
    rate: Rate,
    pieces: mpsc::Sender<Bytes>,
) -> oneshot::Receiver<io::Result<u64>> {
    let (done, reading) = oneshot::channel();
    std::thread::spawn(move || {
        let result = pump(&mut *input, rate, &pieces);
        // Nobody listens any more if the call has failed already.
        let _ = done.send(result);
        drop(pieces);
    });
    reading
}

fn pump(input: &mut dyn Read, rate: Rate, pieces: &mpsc::Sender<Bytes>) -> io::Result<u64> {
    let mut pacer = Pacer::new();
    let mut started = None;
    let mut sent = 0;
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
            sent += piece.bytes.len() as u64;
            if !piece.bytes.is_empty() && pieces.blocking_send(piece.bytes).is_err() {
                return Err(io::Error::new(
                    io::ErrorKind::BrokenPipe,
                    "the call has ended",
                ));
            }
        }
        if len == 0 {
            return Ok(sent);
        }
    }
}

const CHUNK_BYTES: usize = 64 * 1_024;
const PIECES_HELD_MAX: usize = 8;
/// Servers send IDLE while nothing arrives, and fragments last 20 seconds at most.
const ACK_MAX: Duration = Duration::from_secs(120);
