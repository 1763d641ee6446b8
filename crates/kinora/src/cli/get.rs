//! `kinora get`: a stream's media to standard output.

use std::io::{self, IsTerminal as _, Write};

use aws::sigv4::sign::Payload;
use bytes::Bytes;
use http::Method;
use http_body_util::{BodyExt as _, Full};
use kvs::name::StreamName;
use media::mkv::reader::{Event, Poll, Reader, ReaderLimits, Tag};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::client::{self, CliError, Client, Outgoing};
use super::credentials::ConnectionArgs;
use super::timestamp;

/// Write a stream's media to standard output as Matroska, and keep up with it
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    kinora get front-door | ffplay -\n  \
    kinora get front-door --from earliest > all.mkv\n  \
    kinora get front-door --from 2026-01-31T12:00:00Z | ffmpeg -i - -c copy part.mp4")]
pub struct GetArgs {
    /// Name of the stream
    #[arg(value_parser = client::stream_name)]
    pub stream: StreamName,
    /// Where to begin: now, earliest, after a fragment number, or at a time of the server's
    /// clock (seconds since the epoch, or like 2026-01-31T12:00:00Z)
    #[arg(
        long,
        value_name = "now|earliest|NUMBER|TIMESTAMP",
        default_value = "now",
        value_parser = From::parse
    )]
    pub from: From,
    /// Where to read and as whom.
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

/// Where reading begins (`StartSelector`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// At the live edge.
    Now,
    /// With the oldest fragment.
    Earliest,
    /// With the fragment after the one of this number.
    After(String),
    /// With the fragment the server was receiving then, milliseconds since the epoch.
    At(i64),
}

impl From {
    fn parse(text: &str) -> Result<From, String> {
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        match text {
            "now" => Ok(From::Now),
            "earliest" => Ok(From::Earliest),
            // Seconds have 10 digits for some centuries yet, fragment numbers 47.
            _ if (20..=128).contains(&text.len()) && is_number(text) => {
                Ok(From::After(text.to_owned()))
            }
            _ => timestamp::parse(text).map(From::At).ok_or_else(|| {
                "neither now, nor earliest, nor a fragment number, nor seconds since the epoch, \
                 nor a time like 2026-01-31T12:00:00Z"
                    .to_owned()
            }),
        }
    }

    fn selector(&self) -> Value {
        match self {
            From::Now => json!({ "StartSelectorType": "NOW" }),
            From::Earliest => json!({ "StartSelectorType": "EARLIEST" }),
            From::After(number) => json!({
                "StartSelectorType": "FRAGMENT_NUMBER",
                "AfterFragmentNumber": number,
            }),
            From::At(ms) => json!({
                "StartSelectorType": "SERVER_TIMESTAMP",
                "StartTimestamp": *ms as f64 / 1_000.0,
            }),
        }
    }
}

/// Runs `kinora get`.
///
/// # Errors
///
/// A server that cannot be reached or refuses, an error in the stream, output that cannot
/// be written. A closed pipe is none.
pub async fn run(args: GetArgs) -> Result<(), CliError> {
    if io::stdout().is_terminal() {
        return Err(CliError::new(
            "media does not belong on a terminal: redirect the output (> file.mkv, | ffplay -)",
        ));
    }
    let client = Client::load(&args.connection)?;
    get(&client, &args, Box::new(io::stdout())).await
}

/// Writes the stream to `out`.
pub(super) async fn get(
    client: &Client,
    args: &GetArgs,
    mut out: Box<dyn Write + Send>,
) -> Result<(), CliError> {
    let endpoint = client.data_endpoint(&args.stream, "GET_MEDIA").await?;
    let input =
        json!({ "StreamName": args.stream.as_str(), "StartSelector": args.from.selector() });
    let input = Bytes::from(input.to_string());
    let request = Outgoing {
        method: Method::POST,
        path: "/getMedia",
        headers: &[("content-type", "application/json")],
        payload: Payload::Bytes(&input),
    };
    let answer = client
        .send(&endpoint, &request, Full::new(input.clone()))
        .await?;

    // Writing blocks, so it has a thread of its own; when it fails, the channel closes.
    let (sender, mut receiver) = mpsc::channel::<Bytes>(PIECES_HELD_MAX);
    let writing = tokio::task::spawn_blocking(move || {
        while let Some(bytes) = receiver.blocking_recv() {
            out.write_all(&bytes)?;
            out.flush()?;
        }
        io::Result::Ok(())
    });
    let mut body = answer.into_body();
    let mut watcher = Watcher::new();
    let mut broken = None;
    while let Some(frame) = body.frame().await {
        match frame.map(hyper::body::Frame::into_data) {
            Ok(Ok(bytes)) => {
                watcher.push(bytes.clone());
                if sender.send(bytes).await.is_err() {
                    break;
                }
            }
            Ok(Err(_)) => {}
            Err(error) => {
                broken = Some(CliError::new(format!(
                    "the connection broke off: {}",
                    client::with_causes(&error)
                )));
                break;
            }
        }
    }
    drop(sender);
    match writing.await {
        Ok(Ok(())) => {}
        Ok(Err(error)) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
        Ok(Err(error)) => return Err(CliError::new(format!("cannot write: {error}"))),
        Err(error) => return Err(CliError::new(format!("cannot write: {error}"))),
    }
    match (watcher.error, broken) {
        (Some(error), _) => Err(CliError::new(format!(
            "the server ended the stream: {error}"
        ))),
        (None, Some(error)) => Err(error),
        (None, None) => Ok(()),
    }
}

/// Looks for the error that ends a stream: after the answer's head, the service tells of
/// errors in Matroska tags.
struct Watcher {
    reader: Reader,
    error: Option<String>,
}

impl Watcher {
    fn new() -> Watcher {
        Watcher {
            reader: Reader::new(LIMITS),
            error: None,
        }
    }

    fn push(&mut self, bytes: Bytes) {
        self.reader.push(bytes);
        // What it cannot read holds no error tags; the player will say what is wrong.
        while let Ok(Poll::Event(event)) = self.reader.poll() {
            if let Event::Tags { tags, .. } = event {
                self.look(&tags);
            }
        }
        self.reader.cut(&mut Vec::new());
    }

    fn look(&mut self, tags: &[Tag]) {
        let value = |name: &str| {
            let pairs = tags.iter().flat_map(|tag| &tag.simple);
            pairs
                .into_iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.as_str())
        };
        if let Some(id) = value("AWS_KINESISVIDEO_ERROR_ID") {
            let text = value("AWS_KINESISVIDEO_ERROR_CODE").unwrap_or_default();
            self.error = Some(format!("{id} {text}"));
        }
    }
}

const PIECES_HELD_MAX: usize = 16;

const LIMITS: ReaderLimits = ReaderLimits {
    element_bytes_max: 64 << 20,
    block_bytes_max: 64 << 20,
};

#[cfg(test)]
mod tests {
    use super::From;

    #[test]
    fn starting_points_are_told_apart() {
        let number = "91343852333181432392682062607743920146264094098";
        for (text, expected) in [
            ("now", From::Now),
            ("earliest", From::Earliest),
            (number, From::After(number.to_owned())),
            ("1519423069.5", From::At(1_519_423_069_500)),
            ("2018-02-23T21:57:49Z", From::At(1_519_423_069_000)),
        ] {
            assert_eq!(From::parse(text), Ok(expected));
        }
        assert!(From::parse("latest").is_err());
        assert!(From::parse("").is_err());
    }
}
