//! What arrived within an hour, summed up by both clocks.

use std::collections::BTreeMap;

use super::{Clock, Count, MIXED, Span, joined, touches};
use crate::fragment::FragmentMeta;
use crate::limits::{HOUR_CELLS_MAX, HOUR_SPANS_MAX};

/// The fragments that arrived within one hour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hour {
    /// How many, and how much.
    pub count: Count,
    /// Where they lie by the server's clock.
    pub server: Coverage,
    /// Where they lie by the producer's, which may be long ago.
    pub producer: Coverage,
}

impl Hour {
    /// Where they lie.
    pub fn coverage(&self, clock: Clock) -> &Coverage {
        match clock {
            Clock::Producer => &self.producer,
            Clock::Server => &self.server,
        }
    }
}

/// Where fragments lie in time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Stretches of media, sorted; at most [`HOUR_SPANS_MAX`].
    pub spans: Vec<Span>,
    /// What they were joined with: more than the clock's own [`Clock::join_ms`] if there
    /// were too many otherwise.
    pub join_ms: u64,
    /// How much lies where, sorted; at most [`HOUR_CELLS_MAX`].
    pub cells: Vec<Cell>,
}

/// How much media begins within some minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Begin of the first fragment.
    pub start_ms: i64,
    /// End of the last fragment.
    pub end_ms: i64,
    /// How many, and how much.
    pub count: Count,
}

/// Takes the fragments of an hour, in any order.
#[derive(Clone, Debug)]
pub struct HourBuilder {
    count: Count,
    server: Gathered,
    producer: Gathered,
}

impl Default for HourBuilder {
    fn default() -> HourBuilder {
        HourBuilder {
            count: Count::default(),
            server: Gathered::new(Clock::Server),
            producer: Gathered::new(Clock::Producer),
        }
    }
}

impl HourBuilder {
    /// Takes a fragment in.
    pub fn add(&mut self, fragment: &FragmentMeta) {
        let count = Count::of(fragment);
        self.count = self.count.plus(count);
        self.server.add(Clock::Server.span(fragment), count);
        self.producer.add(Clock::Producer.span(fragment), count);
    }

    /// The sum.
    pub fn finish(self) -> Hour {
        Hour {
            count: self.count,
            server: self.server.finish(),
            producer: self.producer.finish(),
        }
    }
}

/// What was gathered by one clock; bounded.
#[derive(Clone, Debug)]
struct Gathered {
    spans: Vec<Span>,
    join_ms: u64,
    cells: BTreeMap<i64, Cell>,
    cell_ms: i64,
}

impl Gathered {
    fn new(clock: Clock) -> Gathered {
        Gathered {
            spans: Vec::new(),
            join_ms: clock.join_ms(),
            cells: BTreeMap::new(),
            cell_ms: CELL_MS,
        }
    }

    fn add(&mut self, span: Span, count: Count) {
        self.add_span(span);
        let cell = Cell {
            start_ms: span.start_ms,
            end_ms: span.end_ms,
            count,
        };
        put(&mut self.cells, self.cell_ms, cell);
        while self.cells.len() > HOUR_CELLS_MAX {
            self.cell_ms = self.cell_ms.saturating_mul(2);
            for (_, cell) in std::mem::take(&mut self.cells) {
                put(&mut self.cells, self.cell_ms, cell);
            }
        }
    }

    /// Mostly a fragment follows the one before it.
    fn add_span(&mut self, span: Span) {
        if let Some(last) = self.spans.last_mut()
            && last.codecs == span.codecs
            && last.start_ms <= span.start_ms
            && touches(last.end_ms, span.start_ms, self.join_ms)
        {
            last.end_ms = last.end_ms.max(span.end_ms);
            return;
        }
        self.spans.push(span);
        if self.spans.len() > HOUR_SPANS_MAX * 4 {
            let spans = std::mem::take(&mut self.spans);
            self.spans = fewer(spans, &mut self.join_ms, HOUR_SPANS_MAX);
        }
    }

    fn finish(mut self) -> Coverage {
        Coverage {
            spans: fewer(self.spans, &mut self.join_ms, HOUR_SPANS_MAX),
            join_ms: self.join_ms,
            cells: self.cells.into_values().collect(),
        }
    }
}

/// Joins stretches, ever wider ones, until there are no more than `max`; if even that does
/// not help there are too many sets of codecs, and they are no longer told apart.
pub(super) fn fewer(spans: Vec<Span>, join_ms: &mut u64, max: usize) -> Vec<Span> {
    let mut spans = joined(spans, *join_ms);
    while spans.len() > max {
        if *join_ms > JOIN_MS_MAX {
            spans.iter_mut().for_each(|span| span.codecs = MIXED);
        }
        *join_ms = join_ms.saturating_mul(2).max(1);
        spans = joined(spans, *join_ms);
    }
    spans
}

fn put(cells: &mut BTreeMap<i64, Cell>, cell_ms: i64, cell: Cell) {
    let place = cells.entry(cell.start_ms.div_euclid(cell_ms));
    place
        .and_modify(|old| {
            old.start_ms = old.start_ms.min(cell.start_ms);
            old.end_ms = old.end_ms.max(cell.end_ms);
            old.count = old.count.plus(cell.count);
        })
        .or_insert(cell);
}

/// Length of a cell, as long as there is room for so many.
const CELL_MS: i64 = 300_000;
/// What is joined no further while codecs are told apart: an hour.
const JOIN_MS_MAX: u64 = super::HOUR_MS;
