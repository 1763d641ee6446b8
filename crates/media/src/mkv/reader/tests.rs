//! Whole streams, by hand and captured, in all chunkings.

mod blocks;
mod body;
mod captures;
mod streams;
mod tags;

use bytes::Bytes;

use super::{Event, Poll, ReadError, Reader, ReaderLimits};
use body::Body;

/// Generous bounds; what is tested about bounds sets its own.
const LIMITS: ReaderLimits = ReaderLimits {
    element_bytes_max: 1 << 20,
    block_bytes_max: 8 << 20,
};

/// All that a reader says and gives back.
#[derive(Debug, PartialEq)]
struct Read {
    events: Vec<Event>,
    error: Option<ReadError>,
    cut: Vec<u8>,
}

/// Reads `bytes` in chunks of `chunk` bytes.
fn read_in(bytes: &[u8], chunk: usize) -> Read {
    read_by(bytes, std::iter::repeat(chunk))
}

/// Reads `bytes` in chunks of these lengths, which must not run out.
fn read_by(mut bytes: &[u8], mut lens: impl Iterator<Item = usize>) -> Read {
    let mut reader = Reader::new(LIMITS);
    let mut read = Read {
        events: Vec::new(),
        error: None,
        cut: Vec::new(),
    };
    loop {
        match reader.poll() {
            Ok(Poll::Event(event)) => read.events.push(event),
            Ok(Poll::NeedData) if bytes.is_empty() => reader.finish(),
            Ok(Poll::NeedData) => {
                let len = lens.next().expect("a length");
                let (chunk, rest) = bytes.split_at(len.min(bytes.len()));
                reader.push(Bytes::copy_from_slice(chunk));
                bytes = rest;
            }
            Ok(Poll::End) => break,
            Err(error) => {
                read.error = Some(error);
                break;
            }
        }
    }
    let mut out = Vec::new();
    reader.cut(&mut out);
    read.cut = out.concat();
    assert_eq!(read.cut.len() as u64, reader.position());
    read
}

/// Reads `bytes` in several chunkings, which must all come to the same.
fn read(bytes: &[u8]) -> Read {
    let read = read_in(bytes, bytes.len().max(1));
    for chunk in [1, 2, 3, 7, 63, 64, 65] {
        if bytes.len() < 100_000 || chunk > 60 {
            assert_eq!(read_in(bytes, chunk), read, "in chunks of {chunk}");
        }
    }
    assert!(bytes.starts_with(&read.cut));
    read
}

/// The events of a body that must be readable to its end.
fn events(body: &Body) -> Vec<Event> {
    let read = read(&body.0);
    assert_eq!(read.error, None);
    assert_eq!(read.cut, body.0);
    read.events
}

/// What is wrong with a body that must not be readable to its end.
fn error(body: &Body) -> ReadError {
    read(&body.0).error.expect("an error")
}
