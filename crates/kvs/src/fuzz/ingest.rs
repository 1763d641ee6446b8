//! A PutMedia connection that is fed anything, at any pace, with any luck in storage.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;

use super::draw::Draw;
use crate::fragment::FragmentNumber;
use crate::ingest::ack::Ack;
use crate::ingest::{ClosedFragment, Ingest, Input, OpenFragment, Output, Settings, TimecodeType};
use crate::limits;
use crate::numbering::Numbering;
use crate::stream::Strictness;

/// Feeds a connection with `data`: three bytes of settings, then the body.
///
/// Promises: no panic; any chunking gives the same acknowledgements, findings and
/// fragments, unless elements follow a Cluster; live bytes are the Cluster, verbatim from
/// the body; acknowledgements of a fragment come in order, numbers increase, nothing is
/// acknowledged PERSISTED before storage said so; frames lie inside their Cluster; ticks
/// go forward; a connection that was ended says so.
///
/// # Panics
/// If the machine breaks one of them.
pub fn fuzz_ingest(data: &[u8]) {
    let mut draw = Draw::new(data);
    let flags = draw.byte();
    let seed = u32::from(draw.byte()) << 8 | u32::from(draw.byte());
    let body = draw.rest();
    let either = |bit: u8| flags & bit != 0;
    let settings = Settings {
        strictness: match either(1) {
            true => Strictness::Strict,
            false => Strictness::Tolerant,
        },
        timecode_type: match either(2) {
            true => TimecodeType::Absolute,
            false => TimecodeType::Relative,
        },
        producer_start_ms: if either(8) { i64::MAX } else { NOW_MS as i64 },
        persists: !either(4),
    };
    let whole = read(settings, body, |_| usize::MAX);
    let mut random = Random(seed);
    let split = read(settings, body, |_| 1 + random.below(40));
    // A Cluster of declared size may be closed before what follows it arrives.
    if !whole.trailers {
        assert!(!split.trailers, "trailers in pieces alone");
        for (whole, split) in whole.said.iter().zip(&split.said) {
            assert_eq!(whole, split);
        }
        assert_eq!(whole.said.len(), split.said.len());
    }
    live(settings, body, Random(seed));
}

/// The outcome of a body that arrives at once, in chunks of these sizes, and is stored
/// when it has ended.
fn read<'a>(settings: Settings, body: &'a [u8], mut len: impl FnMut(usize) -> usize) -> Bench<'a> {
    let mut bench = Bench::new(settings, body);
    let mut rest = body;
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(len(rest.len()).min(rest.len()));
        bench.input(Input::Data(Bytes::copy_from_slice(chunk)));
        rest = after;
    }
    bench.input(Input::End);
    while let Some(number) = bench.unanswered.pop_front() {
        bench.persist(number);
    }
    assert!(
        bench.finished,
        "all is stored and nothing is left to wait for"
    );
    bench
}

/// A connection in time: storage is slow and fails, the peer falls silent or breaks off,
/// the stream is deleted, the server stops.
fn live(settings: Settings, body: &[u8], mut random: Random) {
    let mut bench = Bench::new(settings, body);
    let mut rest = body;
    while !rest.is_empty() && !bench.finished {
        match random.below(64) {
            0 => bench.pass(random.below(200) as u64),
            1 => bench.pass(random.below(40_000) as u64),
            2..=15 => {
                if let Some(number) = bench.unanswered.pop_front() {
                    bench.persist(number);
                }
            }
            16 | 17 => {
                if let Some(number) = bench.unanswered.pop_back() {
                    bench.persist(number);
                }
            }
            18 => {
                if let Some(number) = bench.unanswered.pop_back() {
                    bench.input(Input::NotPersisted(number));
                }
            }
            19 if random.below(8) == 0 => bench.input(Input::StreamGone),
            20 if random.below(8) == 0 => bench.input(Input::Shutdown),
            21 if random.below(8) == 0 => bench.input(Input::Broken),
            _ if bench.ingest.wants_data() => {
                let len = (1 + random.below(120)).min(rest.len());
                let (chunk, after) = rest.split_at(len);
                bench.input(Input::Data(Bytes::copy_from_slice(chunk)));
                rest = after;
            }
            _ => bench.pass(random.below(1_000) as u64),
        }
    }
    bench.input(match random.below(4) {
        0 => Input::Broken,
        1 => Input::Shutdown,
        _ => Input::End,
    });
    // Storage may never answer; time alone ends it.
    bench.pass(limits::PERSIST_WAIT_MS + limits::ERROR_DRAIN_MS);
    assert!(bench.finished, "the connection does not end");
}

/// A connection, and what has to be true of all it says.
struct Bench<'a> {
    ingest: Ingest,
    settings: Settings,
    body: &'a [u8],
    numbers: Numbering,
    now_ms: u64,
    wait_ms: Option<u64>,
    /// Everything said, except the bytes and chunkings of live media.
    said: Vec<String>,
    open: Option<(Arc<OpenFragment>, Vec<u8>)>,
    /// Where the next Cluster may begin in the body.
    body_at: usize,
    /// The latest fragment that was acknowledged BUFFERING, RECEIVED, PERSISTED.
    latest: [Option<FragmentNumber>; 3],
    /// Handed out, and no answer of storage yet.
    unanswered: VecDeque<FragmentNumber>,
    /// What storage has.
    stored: BTreeSet<FragmentNumber>,
    /// Whether any fragment came with elements behind its Cluster.
    trailers: bool,
    errored: bool,
    finished: bool,
}

impl<'a> Bench<'a> {
    fn new(settings: Settings, body: &'a [u8]) -> Bench<'a> {
        Bench {
            ingest: Ingest::new(settings, NOW_MS),
            settings,
            body,
            numbers: Numbering::after(None, Box::new(|| 0)),
            now_ms: NOW_MS,
            wait_ms: None,
            said: Vec::new(),
            open: None,
            body_at: 0,
            latest: [None; 3],
            unanswered: VecDeque::new(),
            stored: BTreeSet::new(),
            trailers: false,
            errored: false,
            finished: false,
        }
    }

    /// Time passes; ticks come when they were asked for.
    fn pass(&mut self, ms: u64) {
        let until = self.now_ms + ms;
        while let Some(due) = self.wait_ms.filter(|due| *due <= until && !self.finished) {
            assert!(due >= self.now_ms, "a deadline in the past");
            self.now_ms = due;
            self.input(Input::Tick);
            assert!(self.wait_ms.is_none_or(|w| w > due), "the deadline stays");
        }
        self.now_ms = until;
    }

    fn persist(&mut self, number: FragmentNumber) {
        self.stored.insert(number);
        self.input(Input::Persisted(number));
    }

    fn input(&mut self, input: Input) {
        // Every byte can end an element; each tells of a few things at most.
        let mut left = 64 + 8 * limits::FRAGMENTS_IN_FLIGHT_MAX;
        if let Input::Data(bytes) = &input {
            left += 8 * bytes.len();
        }
        self.ingest.handle(self.now_ms, input, &mut self.numbers);
        loop {
            match self.ingest.poll() {
                Output::Wait(wait_ms) => {
                    self.wait_ms = wait_ms;
                    break;
                }
                output => {
                    assert!(!self.finished, "{output:?} after the end");
                    left = left
                        .checked_sub(1)
                        .expect("more said than there was to say");
                    self.take(output);
                }
            }
        }
        if self.ingest.wants_data() {
            assert!(self.ingest.in_flight() < limits::FRAGMENTS_IN_FLIGHT_MAX);
        }
        if !self.settings.persists {
            assert_eq!(self.ingest.in_flight(), 0);
        }
    }

    fn take(&mut self, output: Output) {
        match output {
            Output::Ack(ack) => self.take_ack(&ack),
            Output::Opened(open) => {
                assert!(self.open.is_none(), "two open fragments");
                assert!(self.has_header(&open.header), "not a header of the body");
                self.open = Some((open, Vec::new()));
            }
            Output::Live(pieces) => {
                let (_, live) = self.open.as_mut().expect("live bytes have a fragment");
                assert!(!pieces.is_empty(), "no live bytes");
                pieces.iter().for_each(|p| live.extend_from_slice(p));
            }
            Output::Closed(closed) => self.take_closed(&closed),
            Output::Dropped(number) => {
                let (open, _) = self.open.take().expect("a dropped fragment was open");
                assert_eq!(open.number, number);
                self.said.push(format!("dropped {number}"));
            }
            Output::Finding(finding) => self.said.push(format!("{finding:?}")),
            Output::Finish => {
                assert!(self.open.is_none(), "the end leaves a fragment open");
                self.finished = true;
            }
            Output::Wait(_) => unreachable!("handled by the caller"),
        }
    }

    /// Whether a header stands in the body, in one piece or, where a Segment has no EBML
    /// header of its own, as that of an earlier Segment and what is the Segment's.
    fn has_header(&self, header: &[u8]) -> bool {
        let stands = |part: &[u8]| {
            part.is_empty() || (0..self.body.len()).any(|at| self.body[at..].starts_with(part))
        };
        let segment = (0..header.len()).find(|at| header[*at..].starts_with(&SEGMENT_ID));
        let (ebml, rest) = header.split_at(segment.unwrap_or(0));
        stands(header) || (stands(ebml) && stands(rest))
    }

    fn take_ack(&mut self, ack: &Ack) {
        let (at, id) = match ack {
            Ack::Buffering(id) => (0, id),
            Ack::Received(id) => (1, id),
            Ack::Persisted(id) => (2, id),
            Ack::Idle => {
                assert!(!self.errored, "IDLE after ERROR");
                return;
            }
            Ack::Error { .. } => {
                assert!(!self.errored, "a second ERROR");
                self.errored = true;
                return self.said.push(ack.to_string());
            }
        };
        assert!(!self.errored || at == 2, "{ack:?} after ERROR");
        assert!(self.latest[at] < Some(id.number), "{ack:?} is out of order");
        self.latest[at] = Some(id.number);
        if at > 0 {
            assert!(self.latest[at - 1] >= Some(id.number), "{ack:?} too early");
        }
        assert!(
            at < 2 || self.stored.contains(&id.number),
            "{ack:?} is a lie"
        );
        self.said.push(ack.to_string());
    }

    fn take_closed(&mut self, closed: &ClosedFragment) {
        let (open, live) = self.open.take().expect("a closed fragment was open");
        let meta = &closed.meta;
        assert_eq!(open.number, meta.number);
        assert_eq!(open.producer_ms, meta.producer_ms);
        assert_eq!(open.header, closed.header);
        assert_eq!(live, closed.cluster.concat(), "live bytes are the Cluster");
        let whole = [live, closed.trailer.concat()].concat();
        let lens = u64::from(meta.cluster_len) + u64::from(meta.trailer_len);
        assert_eq!(lens, whole.len() as u64);
        let at = (self.body_at..self.body.len())
            .find(|at| self.body[*at..].starts_with(&whole[..meta.cluster_len as usize]))
            .expect("the Cluster stands in the body, after those before");
        self.body_at = at + meta.cluster_len as usize;
        self.trailers |= meta.trailer_len > 0;
        for entry in &closed.index {
            let end = u64::from(entry.offset) + u64::from(entry.len);
            assert!(end <= u64::from(meta.cluster_len), "{entry:?} past its end");
        }
        assert!(
            meta.cut
                .is_none_or(|cut| (cut.frame as usize) < closed.index.len())
        );
        assert!(meta.tracks.len() <= limits::TRACKS_MAX);
        if self.settings.persists {
            self.unanswered.push_back(meta.number);
        }
        self.said
            .push(format!("{meta:?} {:?} {whole:?}", closed.index));
    }
}

/// Numbers without a pattern (a linear congruential generator); the same for a seed.
struct Random(u32);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as usize % bound
    }
}

/// EBML id of a Segment (RFC 9559 §5.1).
const SEGMENT_ID: [u8; 4] = [0x18, 0x53, 0x80, 0x67];
const NOW_MS: u64 = 1_700_000_000_000;
