//! PutMedia: drives one [`Ingest`] machine per connection.
//!
//! <https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_dataplane_PutMedia.html>
//!
//! The response's head goes out at once, before the body; acknowledgements follow as the
//! body arrives, each as one HTTP chunk. The session runs in a task of its own, so a
//! client that leaves does not take a fragment with it that is on its way to the disk.

use std::collections::VecDeque;
use std::future::Future as _;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::http::request::Parts;
use kvs::ingest::finding::Finding;
use kvs::ingest::{Ingest, Input, Output, Settings, TimecodeType};
use kvs::limits;
use kvs::stream::Stream;
use store::error::StoreError;
use store::media::Class;
use tokio::sync::mpsc;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::flush::Outcome;
use crate::http::body::Body;
use crate::http::listen::stopped;
use crate::http::reply::{self, Reply};
use crate::hub::{LiveFragment, LiveNumbers, LiveStream};
use crate::ops::{ApiError, Caller, Cx, resolve};
use crate::server::Server;
use crate::stream::gather::Gather;

/// Answers a PutMedia request that [`prepare`] accepted.
///
/// # Errors
///
/// The store's. Everything wrong with the media is told in ERROR acknowledgements.
pub async fn serve(cx: &Cx, prepared: Prepared, mut incoming: Incoming) -> Result<Reply, ApiError> {
    let first = first_frame(&mut incoming);
    let (acks, receiver) = mpsc::channel(limits::ACKS_WAITING_MAX);
    let session = Session::begin(cx, prepared, acks).await?;
    let busy = cx.server.busy.begin();
    tokio::spawn(async move {
        session.run(incoming, first).await;
        drop(busy);
    });
    Ok(reply::with_body(
        200,
        "application/json",
        Body::Stream(receiver),
    ))
}

/// A PutMedia request whose head is in order.
pub struct Prepared {
    stream: Stream,
    settings: Settings,
}

/// Checks the head of a PutMedia request whose caller is known.
///
/// # Errors
///
/// Everything that can be told from the head: `InvalidArgumentException`,
/// `ResourceNotFoundException`, denial.
pub async fn prepare(cx: &Cx, caller: &Caller, parts: &Parts) -> Result<Prepared, ApiError> {
    let text = |name: &str| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .filter(|v| !v.is_empty())
    };
    let (name, arn) = (text("x-amzn-stream-name"), text("x-amzn-stream-arn"));
    if name.is_some() == arn.is_some() {
        return Err(ApiError::invalid_argument(
            "Exactly one of the headers x-amzn-stream-name and x-amzn-stream-arn is required.",
        ));
    }
    let stream = resolve::stream(cx, caller, aws::op::Op::PutMedia, name, arn).await?;
    let timecode_type = match text("x-amzn-fragment-timecode-type") {
        Some("ABSOLUTE") => TimecodeType::Absolute,
        Some("RELATIVE") => TimecodeType::Relative,
        other => {
            return Err(ApiError::invalid_argument(format!(
                "The header x-amzn-fragment-timecode-type must be ABSOLUTE or RELATIVE, not '{}'.",
                other.unwrap_or_default()
            )));
        }
    };
    let start = text("x-amzn-producer-start-timestamp");
    let start_ms = start.map(start_timestamp_ms).transpose()?;
    let producer_start_ms = match (timecode_type, start_ms) {
        (_, Some(start_ms)) => start_ms,
        (TimecodeType::Absolute, None) => 0,
        // Without a start the only sensible origin of a live producer is now.
        (TimecodeType::Relative, None) => cx.server.clock.now_ms() as i64,
    };
    let settings = Settings {
        strictness: stream.strictness.unwrap_or(cx.server.strictness()),
        timecode_type,
        producer_start_ms,
        persists: stream.retention_hours > 0,
    };
    Ok(Prepared { stream, settings })
}

/// Parses `x-amzn-producer-start-timestamp`: decimal seconds since the epoch, or a date
/// in ISO 8601 or RFC 2822, to milliseconds.
fn start_timestamp_ms(text: &str) -> Result<i64, ApiError> {
    let seconds = text
        .parse::<f64>()
        .ok()
        .filter(|s| s.is_finite() && s.abs() < 1e12);
    let date = || {
        let iso = text.parse::<jiff::Timestamp>().ok();
        iso.or_else(|| {
            jiff::fmt::rfc2822::parse(text)
                .ok()
                .map(|zoned| zoned.timestamp())
        })
    };
    let ms = seconds
        .map(|seconds| (seconds * 1000.0).round() as i64)
        .or_else(|| date().map(jiff::Timestamp::as_millisecond));
    ms.ok_or_else(|| {
        ApiError::invalid_argument(format!(
            "The header x-amzn-producer-start-timestamp must be seconds since the epoch, such \
             as 1763825000.123, or an ISO 8601 date, not '{text}'."
        ))
    })
}

/// A request's body: hyper's, or one that a simulation makes up.
trait Source: http_body::Body<Data = Bytes> + Send + Unpin {}

impl<B: http_body::Body<Data = Bytes> + Send + Unpin> Source for B {}

type BodyFrame = Option<Result<Bytes, ()>>;

/// Polls the body once. hyper answers `Expect: 100-continue` at the first poll, and only
/// if it comes before the response's head.
fn first_frame<B: Source>(incoming: &mut B) -> Poll<BodyFrame> {
    let frame = pin!(next_frame(incoming));
    frame.poll(&mut Context::from_waker(Waker::noop()))
}

async fn next_frame<B: Source>(incoming: &mut B) -> BodyFrame {
    loop {
        match incoming.frame().await? {
            Ok(frame) => {
                if let Ok(data) = frame.into_data() {
                    return Some(Ok(data));
                }
            }
            Err(_) => return Some(Err(())),
        }
    }
}

struct Session {
    server: Arc<Server>,
    request_id: String,
    stream: Stream,
    live: Arc<LiveStream>,
    gather: Gather,
    ingest: Ingest,
    /// When it began, on the machine's clock and on the wall's: timeouts must not follow
    /// the wall clock, which may be set.
    began: Instant,
    began_ms: u64,
    persists: bool,
    /// The highest sequence that is set aside for this stream.
    reserved: u64,
    open: Option<Arc<LiveFragment>>,
    acks: mpsc::Sender<Bytes>,
    /// Whether the client reads its acknowledgements, as far as is known.
    acks_flow: bool,
    outcomes: (mpsc::Sender<Outcome>, mpsc::Receiver<Outcome>),
    /// Outcomes that came while a fragment waited for the queue.
    answered: VecDeque<Outcome>,
    findings: Vec<Finding>,
}

/// Whether the session goes on.
enum Step {
    Wait(Option<u64>),
    End,
}

impl Session {
    async fn begin(
        cx: &Cx,
        prepared: Prepared,
        acks: mpsc::Sender<Bytes>,
    ) -> Result<Session, ApiError> {
        let Prepared {
            stream,
            mut settings,
        } = prepared;
        let server = Arc::clone(&cx.server);
        let live = server.hub.stream(stream.id);
        // Looked at again: what changes from now on is told by the hub.
        let store = &server.store;
        let found = in_time(store.stream_by_id(stream.id)).await?;
        let stream = found.ok_or(StoreError::NotFound)?;
        settings.persists = stream.retention_hours > 0;
        let first = in_time(store.begin_session(stream.id, live.last_sequence())).await?;
        let last = in_time(store.last_fragment(stream.id)).await?;
        live.begin_session(first, last.as_ref().map(|stored| &stored.meta));
        let reserved = first + NUMBERS_SET_ASIDE - 1;
        live.set_aside(reserved);
        let began_ms = server.clock.now_ms();
        Ok(Session {
            gather: Gather::default(),
            ingest: Ingest::new(settings, began_ms),
            began: Instant::now(),
            began_ms,
            request_id: cx.request_id.clone(),
            persists: settings.persists,
            reserved,
            acks_flow: true,
            outcomes: mpsc::channel(OUTCOMES_WAITING_MAX),
            answered: VecDeque::new(),
            open: None,
            findings: Vec::new(),
            server,
            stream,
            live,
            acks,
        })
    }

    async fn run<B: Source>(mut self, incoming: B, first: Poll<BodyFrame>) {
        self.converse(incoming, first).await;
        self.end().await;
    }

    /// Takes in what the client sends and what else happens, until everything is said.
    ///
    /// What is waited for besides the client stays registered from frame to frame: to begin
    /// to wait and to cease again for each would cost as much as reading it.
    async fn converse<B: Source>(&mut self, mut incoming: B, first: Poll<BodyFrame>) {
        let mut body_open = true;
        let mut pending = match first {
            Poll::Ready(frame) => Some(frame_input(frame, &mut body_open)),
            Poll::Pending => None,
        };
        let mut alarm = Alarm::new(self.began);
        let mut stopping = self.server.stopping.clone();
        let mut stop = pin!(stopped(&mut stopping));
        let mut told_to_stop = false;
        let acks = self.acks.clone();
        let mut unread = pin!(acks.closed());
        let mut ack_reader_gone = false;
        let live = Arc::clone(&self.live);
        let mut told = pin!(live.told());
        let mut news = live.news();
        let mut told_of_deletion = false;
        loop {
            if let Some(input) = pending.take() {
                self.handle(input);
            }
            match self.drain().await {
                Step::Wait(deadline_ms) => alarm.set(deadline_ms.map(|ms| self.instant(ms))),
                Step::End => return,
            }
            self.store_findings().await;
            let wants_data = body_open && self.ingest.wants_data();
            // Once: fragments that are on their way to the disk are waited for after that.
            if !told_of_deletion && news.gone {
                told_of_deletion = true;
                pending = Some(Input::StreamGone);
                continue;
            }
            if let Some(persists) = news.persists.filter(|persists| *persists != self.persists) {
                self.persists = persists;
                pending = Some(Input::Persists(persists));
                continue;
            }
            if let Some(outcome) = self.answered.pop_front() {
                pending = Some(outcome_input(outcome));
                continue;
            }
            pending = tokio::select! {
                biased;
                outcome = self.outcomes.1.recv() => outcome.map(outcome_input),
                frame = next_frame(&mut incoming), if wants_data => {
                    Some(frame_input(frame, &mut body_open))
                }
                () = alarm.rings() => Some(Input::Tick),
                () = &mut told => {
                    told.set(live.told());
                    news = live.news();
                    None
                }
                () = &mut stop, if !told_to_stop => {
                    told_to_stop = true;
                    Some(Input::Shutdown)
                }
                () = &mut unread, if !ack_reader_gone => {
                    // The client no longer reads. What it sent may still be stored.
                    ack_reader_gone = true;
                    None
                }
            };
        }
    }

    /// When the session's own clock shows so many milliseconds since the epoch.
    fn instant(&self, ms: u64) -> Instant {
        self.began + Duration::from_millis(ms.saturating_sub(self.began_ms))
    }

    fn handle(&mut self, input: Input) {
        let now_ms = self.began_ms + self.began.elapsed().as_millis() as u64;
        self.ingest
            .set_wall_clock(now_ms, self.server.clock.now_ms());
        let mut numbers = LiveNumbers(&self.live);
        let Input::Data(data) = input else {
            return self.ingest.handle(now_ms, input, &mut numbers);
        };
        for piece in self.gather.take(data) {
            if !piece.is_empty() {
                self.ingest.handle(now_ms, Input::Data(piece), &mut numbers);
            }
        }
    }

    /// Carries out everything the machine asks for.
    async fn drain(&mut self) -> Step {
        loop {
            match self.ingest.poll() {
                Output::Ack(ack) => self.send(Bytes::from(ack.to_string())).await,
                Output::Opened(head) => {
                    let sequence = head.number.sequence;
                    self.open = Some(self.live.open(head));
                    self.reserve(sequence).await;
                }
                Output::Live(parts) => {
                    if let Some(open) = &self.open {
                        self.live.append(open, parts, self.server.clock.now_ms());
                    }
                }
                Output::Closed(mut closed) => {
                    if let Some(open) = self.open.take() {
                        self.live.close(&open, &mut closed);
                    }
                    self.persist(closed).await;
                }
                Output::Dropped(number) => {
                    self.open = None;
                    self.live.forget(number);
                }
                Output::Finding(finding) => self.findings.push(finding),
                Output::Finish => return Step::End,
                Output::Wait(deadline_ms) => return Step::Wait(deadline_ms),
            }
        }
    }

    /// Sets further numbers aside well before a connection has used up its own, so that
    /// they are not handed out again after a crash. If that fails it is tried again with
    /// the next fragment.
    async fn reserve(&mut self, sequence: u64) {
        if sequence + RESERVE_AHEAD <= self.reserved {
            return;
        }
        let at_least = sequence.max(self.reserved);
        let reserved = self.server.store.begin_session(self.stream.id, at_least);
        match in_time(reserved).await {
            Ok(first) => {
                self.reserved = first + NUMBERS_SET_ASIDE - 1;
                self.live.set_aside(self.reserved);
            }
            Err(error) => tracing::warn!(%error, sequence, "no numbers could be set aside"),
        }
    }

    async fn persist(&mut self, closed: Box<kvs::ingest::ClosedFragment>) {
        if !self.persists {
            self.live.keep(self.server.clock.now_ms());
            return;
        }
        let answer = self.outcomes.0.clone();
        let class = Class(0);
        let number = closed.meta.number;
        let live = Arc::clone(&self.live);
        let submit = self
            .server
            .flusher
            .submit(self.stream.id, class, live, closed, answer);
        let mut submit = pin!(submit);
        // A disk that hangs must not gather the sessions of producers who come again and
        // again.
        let limit = tokio::time::sleep(Duration::from_millis(limits::PERSIST_WAIT_MS));
        let mut limit = pin!(limit);
        // Outcomes are taken meanwhile: one read of the body may hold more fragments than
        // have room among the outcomes, and none may be lost.
        loop {
            tokio::select! {
                biased;
                Some(outcome) = self.outcomes.1.recv() => self.answered.push_back(outcome),
                () = &mut submit => return,
                () = &mut limit => break,
            }
        }
        self.live.forget(number);
        let persisted = false;
        self.answered.push_back(Outcome { number, persisted });
    }

    /// Sends an acknowledgement. A client that does not read them for long is not waited
    /// for: its fragments matter more than its acknowledgements. From then on it gets
    /// those that happen to have room.
    async fn send(&mut self, ack: Bytes) {
        if !self.acks_flow {
            self.acks_flow = self.acks.try_send(ack).is_ok();
            return;
        }
        let limit = Duration::from_millis(limits::IDLE_MS_MAX);
        let sent = tokio::time::timeout(limit, self.acks.send(ack)).await;
        self.acks_flow = sent.is_ok();
    }

    async fn store_findings(&mut self) {
        if self.findings.is_empty() {
            return;
        }
        let findings = std::mem::take(&mut self.findings);
        for finding in &findings {
            log_finding(&self.request_id, &self.stream, finding);
        }
        let store = &self.server.store;
        match in_time(store.add_findings(self.stream.id, &findings)).await {
            // Findings about a deleted stream are of no use to anybody.
            Ok(()) | Err(StoreError::NotFound) => {}
            Err(error) => tracing::warn!(%error, "findings could not be stored"),
        }
    }

    async fn end(mut self) {
        self.store_findings().await;
        if let Some(open) = self.open.take() {
            self.live.forget(open.head.number);
        }
        self.live.end_session();
        // Closing the channel ends the response with its zero-length chunk. A body that
        // is not at its end is no longer read, so the connection closes, as AWS's does.
        drop(self.acks);
    }
}

fn outcome_input(outcome: Outcome) -> Input {
    match outcome.persisted {
        true => Input::Persisted(outcome.number),
        false => Input::NotPersisted(outcome.number),
    }
}

fn frame_input(frame: BodyFrame, body_open: &mut bool) -> Input {
    match frame {
        Some(Ok(data)) => Input::Data(data),
        Some(Err(())) => {
            *body_open = false;
            Input::Broken
        }
        None => {
            *body_open = false;
            Input::End
        }
    }
}

/// Sequences that a connection has for itself.
const NUMBERS_SET_ASIDE: u64 = 1000;

/// How many are left when more are set aside.
const RESERVE_AHEAD: u64 = 500;

/// Room for the outcomes of one connection: all fragments that can be queued or on their way
/// to the disk. So an outcome always has room, however long the connection is busy.
const OUTCOMES_WAITING_MAX: usize = limits::FLUSH_FRAGMENTS_MAX + 2;

/// Waits for the store, but not for ever: with a disk that hangs, sessions would gather.
async fn in_time<T>(call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    let limit = Duration::from_millis(limits::PERSIST_WAIT_MS);
    let answer = tokio::time::timeout(limit, call).await;
    answer.unwrap_or_else(|_| Err(StoreError::Unavailable("it does not answer".to_owned())))
}

/// A timer that is put off for next to nothing, as every frame does: it is only when the
/// earlier time has come that it is set to the later one.
struct Alarm {
    sleep: Pin<Box<Sleep>>,
    due: Option<Instant>,
}

impl Alarm {
    /// One that is not set.
    fn new(now: Instant) -> Alarm {
        Alarm {
            sleep: Box::pin(sleep_until(now)),
            due: None,
        }
    }

    fn set(&mut self, due: Option<Instant>) {
        self.due = due;
        if let Some(due) = due.filter(|due| self.sleep.is_elapsed() || *due < self.sleep.deadline())
        {
            self.sleep.as_mut().reset(due);
        }
    }

    /// Waits until it is due, for ever if it is not set.
    async fn rings(&mut self) {
        let Some(due) = self.due else {
            return std::future::pending().await;
        };
        while Instant::now() < due {
            if self.sleep.is_elapsed() {
                self.sleep.as_mut().reset(due);
            }
            self.sleep.as_mut().await;
        }
    }
}

fn log_finding(request_id: &str, stream: &Stream, finding: &Finding) {
    let (code, refused, offset) = (finding.code, finding.refused, finding.offset);
    let (what, cause, cure) = (&finding.what, &finding.cause, &finding.cure);
    let stream = stream.name.as_str();
    tracing::info!(
        request_id, stream, code, refused, offset, what, cause, cure, "finding"
    );
}

#[cfg(test)]
mod simulation;
