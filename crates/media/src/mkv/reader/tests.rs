//! Whole streams, by hand and captured, in all chunkings.

mod captures;

use bytes::Bytes;

use super::{Event, Poll, ReadError, Reader, ReaderLimits};

/// Generous bounds; what is tested about bounds sets its own.
const LIMITS: ReaderLimits = ReaderLimits {
    element_bytes_max: 1 << 20,
    block_bytes_max: 8 << 20,
};

/// All that a reader says and gives back of `bytes` in chunks of `chunk` bytes.
#[derive(Debug, PartialEq)]
struct Read {
    events: Vec<Event>,
    error: Option<ReadError>,
    cut: Vec<u8>,
}

fn read_in(bytes: &[u8], chunk: usize) -> Read {
    let mut reader = Reader::new(LIMITS);
    let mut read = Read {
        events: Vec::new(),
        error: None,
        cut: Vec::new(),
    };
    let mut chunks = bytes.chunks(chunk);
    loop {
        match reader.poll() {
            Ok(Poll::Event(event)) => read.events.push(event),
            Ok(Poll::NeedData) => match chunks.next() {
                Some(chunk) => reader.push(Bytes::copy_from_slice(chunk)),
                None => reader.finish(),
            },
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
