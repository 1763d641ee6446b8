//! Summaries of hours, and how far a stream has them.

use bytes::Bytes;
use kvs::timeline::{Cell, Count, Coverage, Hour, Span};

use super::wire::{Reader, Writer};
use crate::error::StoreError;
use crate::tables::hours::Summarised;

/// A summary. The count stands first, so that it can be read alone.
pub(crate) fn encode(hour: &Hour) -> Bytes {
    let mut out = Writer::new(1);
    encode_count(&mut out, hour.count);
    let spans = hour.server.spans.iter().chain(&hour.producer.spans);
    let mut codecs: Vec<u64> = spans.map(|span| span.codecs).collect();
    codecs.sort_unstable();
    codecs.dedup();
    out.number(codecs.len() as u64);
    for digest in &codecs {
        out.fixed(digest.to_be_bytes());
    }
    for coverage in [&hour.server, &hour.producer] {
        encode_coverage(&mut out, coverage, &codecs);
    }
    out.finish()
}

/// Undoes [`encode`].
pub(crate) fn decode(bytes: &[u8]) -> Result<Hour, StoreError> {
    let mut reader = Reader::new("hour", bytes, 1)?;
    let count = read_count(&mut reader)?;
    let mut codecs = Vec::new();
    for _ in 0..reader.count(8)? {
        codecs.push(u64::from_be_bytes(reader.fixed()?));
    }
    let hour = Hour {
        count,
        server: decode_coverage(&mut reader, &codecs)?,
        producer: decode_coverage(&mut reader, &codecs)?,
    };
    reader.finish()?;
    Ok(hour)
}

/// Only the count of a summary.
pub(crate) fn decode_count(bytes: &[u8]) -> Result<Count, StoreError> {
    read_count(&mut Reader::new("hour", bytes, 1)?)
}

/// How far a stream has summaries.
pub(crate) fn encode_summarised(value: &Summarised) -> Bytes {
    let mut out = Writer::new(1);
    out.number(value.before_hour);
    encode_count(&mut out, value.count);
    out.finish()
}

/// Undoes [`encode_summarised`].
pub(crate) fn decode_summarised(bytes: &[u8]) -> Result<Summarised, StoreError> {
    let mut reader = Reader::new("summarised", bytes, 1)?;
    let value = Summarised {
        before_hour: reader.number()?,
        count: read_count(&mut reader)?,
    };
    reader.finish()?;
    Ok(value)
}

fn encode_count(out: &mut Writer, count: Count) {
    out.number(count.fragments);
    out.number(count.bytes);
}

fn read_count(reader: &mut Reader<'_>) -> Result<Count, StoreError> {
    Ok(Count {
        fragments: reader.number()?,
        bytes: reader.number()?,
    })
}

/// A begin is written as the distance from the begin before it: wrapping, since both may
/// be any number.
fn encode_coverage(out: &mut Writer, coverage: &Coverage, codecs: &[u64]) {
    out.number(coverage.join_ms);
    out.number(coverage.spans.len() as u64);
    let mut before_ms = 0;
    for span in &coverage.spans {
        encode_time(out, &mut before_ms, span.start_ms, span.end_ms);
        let place = codecs.binary_search(&span.codecs).unwrap_or_default();
        out.number(place as u64);
    }
    out.number(coverage.cells.len() as u64);
    let mut before_ms = 0;
    for cell in &coverage.cells {
        encode_time(out, &mut before_ms, cell.start_ms, cell.end_ms);
        encode_count(out, cell.count);
    }
}

fn decode_coverage(reader: &mut Reader<'_>, codecs: &[u64]) -> Result<Coverage, StoreError> {
    let mut coverage = Coverage {
        join_ms: reader.number()?,
        ..Coverage::default()
    };
    let count = reader.count(3)?;
    coverage.spans.reserve_exact(count);
    let mut before_ms = 0;
    for _ in 0..count {
        let (start_ms, end_ms) = decode_time(reader, &mut before_ms)?;
        let place: usize = reader.narrow()?;
        let codecs = codecs.get(place).copied();
        coverage.spans.push(Span {
            start_ms,
            end_ms,
            codecs: codecs.ok_or_else(|| reader.corrupt("no such codecs"))?,
        });
    }
    let count = reader.count(4)?;
    coverage.cells.reserve_exact(count);
    let mut before_ms = 0;
    for _ in 0..count {
        let (start_ms, end_ms) = decode_time(reader, &mut before_ms)?;
        coverage.cells.push(Cell {
            start_ms,
            end_ms,
            count: read_count(reader)?,
        });
    }
    Ok(coverage)
}

fn encode_time(out: &mut Writer, before_ms: &mut i64, start_ms: i64, end_ms: i64) {
    out.signed(start_ms.wrapping_sub(*before_ms));
    out.number(end_ms.abs_diff(start_ms));
    *before_ms = start_ms;
}

fn decode_time(reader: &mut Reader<'_>, before_ms: &mut i64) -> Result<(i64, i64), StoreError> {
    let start_ms = before_ms.wrapping_add(reader.signed()?);
    let end_ms = start_ms.checked_add_unsigned(reader.number()?);
    *before_ms = start_ms;
    Ok((
        start_ms,
        end_ms.ok_or_else(|| reader.corrupt("a time is out of range"))?,
    ))
}
