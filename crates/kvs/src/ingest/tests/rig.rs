//! A connection on a bench: time, storage and the outputs as text.

use std::cell::Cell;
use std::fmt::Write;
use std::sync::Arc;

use bytes::Bytes;

use crate::fragment::FragmentNumber;
use crate::ingest::ack::{Ack, FragmentId};
use crate::ingest::finding::Finding;
use crate::ingest::{ClosedFragment, Ingest, Input, OpenFragment, Output, Settings, TimecodeType};
use crate::numbering::Numbering;
use crate::stream::Strictness;

/// When connections on the bench are opened, and the producer's start timestamp.
pub(super) const START_MS: i64 = 1_700_000_000_000;

pub(super) struct Rig {
    ingest: Ingest,
    numbers: Numbering,
    pub(super) now_ms: u64,
    /// What was said since the last look, one line each.
    said: Cell<String>,
    /// The acknowledgements, as sent.
    pub(super) acks: Vec<String>,
    pub(super) findings: Vec<Finding>,
    pub(super) closed: Vec<ClosedFragment>,
    pub(super) persists: bool,
    unanswered: Vec<FragmentNumber>,
    open: Option<(Arc<OpenFragment>, Vec<u8>)>,
    pub(super) wait_ms: Option<u64>,
    pub(super) finished: bool,
    received: u64,
    went_live: bool,
}

impl Rig {
    pub(super) fn new(strictness: Strictness) -> Rig {
        Rig::with(Settings {
            strictness,
            timecode_type: TimecodeType::Relative,
            producer_start_ms: START_MS,
            persists: true,
        })
    }

    /// A connection whose Clusters carry the time of day.
    pub(super) fn absolute(strictness: Strictness) -> Rig {
        Rig::with(Settings {
            strictness,
            timecode_type: TimecodeType::Absolute,
            producer_start_ms: 0,
            persists: true,
        })
    }

    pub(super) fn with(settings: Settings) -> Rig {
        let now_ms = START_MS as u64;
        Rig {
            ingest: Ingest::new(settings, now_ms),
            numbers: Numbering::after(None, Box::new(|| 0)),
            now_ms,
            said: Cell::default(),
            acks: Vec::new(),
            findings: Vec::new(),
            closed: Vec::new(),
            persists: settings.persists,
            unanswered: Vec::new(),
            open: None,
            wait_ms: None,
            finished: false,
            received: 0,
            went_live: false,
        }
    }

    pub(super) fn data(&mut self, bytes: impl Into<Bytes>) {
        let bytes = bytes.into();
        self.received += bytes.len() as u64;
        self.input(Input::Data(bytes));
    }

    pub(super) fn end(&mut self) {
        self.input(Input::End);
    }

    /// Time passes; ticks come when they were asked for.
    pub(super) fn pass(&mut self, ms: u64) {
        let until = self.now_ms + ms;
        while let Some(due) = self.wait_ms.filter(|due| *due <= until && !self.finished) {
            assert!(due >= self.now_ms, "a deadline in the past");
            self.now_ms = due;
            self.input(Input::Tick);
            assert!(self.wait_ms.is_none_or(|w| w > due), "the deadline stays");
        }
        self.now_ms = until;
    }

    /// Storage has everything it was given.
    pub(super) fn persist_all(&mut self) {
        for number in std::mem::take(&mut self.unanswered) {
            self.input(Input::Persisted(number));
        }
    }

    /// The fragments storage has not answered for.
    pub(super) fn unanswered(&mut self) -> Vec<FragmentNumber> {
        std::mem::take(&mut self.unanswered)
    }

    /// Bytes given so far.
    pub(super) fn received(&self) -> u64 {
        self.received
    }

    pub(super) fn ingest(&self) -> &Ingest {
        &self.ingest
    }

    /// The wall clock is set, while time goes on.
    pub(super) fn set_wall_clock(&mut self, wall_ms: u64) {
        self.ingest.set_wall_clock(self.now_ms, wall_ms);
    }

    pub(super) fn input(&mut self, input: Input) {
        self.ingest.handle(self.now_ms, input, &mut self.numbers);
        self.went_live = false;
        loop {
            match self.ingest.poll() {
                Output::Wait(wait_ms) => {
                    self.wait_ms = wait_ms;
                    return;
                }
                output => {
                    assert!(!self.finished, "{output:?} after finish");
                    self.take(output);
                }
            }
        }
    }

    /// The one finding with that code.
    pub(super) fn finding(&self, code: &str) -> &Finding {
        let mut with_code = self.findings.iter().filter(|f| f.code == code);
        match with_code.next() {
            Some(finding) => finding,
            None => panic!("no finding {code} in {:#?}", self.findings),
        }
    }

    fn take(&mut self, output: Output) {
        let line = match output {
            Output::Ack(ack) => {
                self.acks.push(ack.to_string());
                ack_line(&ack)
            }
            Output::Opened(open) => {
                assert!(self.open.is_none(), "two open fragments");
                let line = format!("opened {}", open.number.sequence);
                self.open = Some((open, Vec::new()));
                self.went_live = false;
                line
            }
            Output::Live(pieces) => {
                let (_, live) = self.open.as_mut().expect("live bytes have a fragment");
                assert!(!pieces.is_empty());
                assert!(!self.went_live, "live twice in one input");
                self.went_live = true;
                pieces.iter().for_each(|p| live.extend_from_slice(p));
                "live".to_owned()
            }
            Output::Closed(closed) => self.take_closed(*closed),
            Output::Dropped(number) => {
                let (open, _) = self.open.take().expect("a dropped fragment was open");
                assert_eq!(open.number, number);
                format!("dropped {}", number.sequence)
            }
            Output::Finding(finding) => {
                let refused = if finding.refused { " refused" } else { "" };
                let line = format!("finding {}{refused}", finding.code);
                self.findings.push(finding);
                line
            }
            Output::Finish => {
                self.finished = true;
                "finish".to_owned()
            }
            Output::Wait(_) => unreachable!("handled by the caller"),
        };
        let mut said = self.said.take();
        if line != "live" || !said.ends_with("live\n") {
            let _ = writeln!(said, "{line}");
        }
        self.said.set(said);
    }

    fn take_closed(&mut self, closed: ClosedFragment) -> String {
        let (open, live) = self.open.take().expect("a closed fragment was open");
        assert_eq!(open.number, closed.meta.number);
        assert_eq!(open.producer_ms, closed.meta.producer_ms);
        assert_eq!(open.header.as_ptr(), closed.header.as_ptr());
        assert_eq!(live, closed.cluster.concat(), "live bytes are the cluster");
        let trailer = closed.trailer.concat().len();
        assert_eq!(closed.meta.trailer_len as usize, trailer);
        if self.persists {
            self.unanswered.push(closed.meta.number);
        }
        let sequence = closed.meta.number.sequence;
        self.closed.push(closed);
        match trailer {
            0 => format!("closed {sequence}"),
            _ => format!("closed {sequence} with {trailer} bytes behind"),
        }
    }
}

fn ack_line(ack: &Ack) -> String {
    let id = |id: &FragmentId| format!("{}@{}", id.number.sequence, id.timecode);
    match ack {
        Ack::Buffering(fragment) => format!("buffering {}", id(fragment)),
        Ack::Received(fragment) => format!("received {}", id(fragment)),
        Ack::Persisted(fragment) => format!("persisted {}", id(fragment)),
        Ack::Idle => "idle".to_owned(),
        Ack::Error { fragment, error } => match fragment {
            Some(fragment) => format!("error {} {}", error.id(), id(fragment)),
            None => format!("error {}", error.id()),
        },
    }
}

/// Compares what was said since the last look.
#[track_caller]
pub(super) fn check(rig: &Rig, expect: &str) {
    assert_eq!(rig.said.take(), expect);
}
