//! The bodies of the fuzz targets. Each takes any bytes and panics if a promise is
//! broken; the corpora are also replayed by unit tests.

mod codec;

pub use codec::fuzz_codec;

use bytes::Bytes;

use crate::mkv::reader::{Event, Poll, ReadError, Reader, ReaderLimits};

/// Reads `data` as Matroska in two chunkings of its own choosing.
///
/// Promises: no panic; the same events, error and bytes in any chunking; what is cut
/// is the part of the body passed over, verbatim; offsets never go back; frames lie
/// inside the block they belong to.
///
/// # Panics
/// If the reader breaks one of them.
pub fn fuzz_reader(data: &[u8]) {
    let whole = read(data, |_| data.len());
    let split = read(data, |at| usize::from(data[at] % 37));
    assert_eq!(whole, split);
    let bytes = read(data, |_| 1);
    assert_eq!(whole, bytes);
    let (events, _, cut) = whole;
    assert!(data.starts_with(&cut), "not what was pushed");
    let mut last = 0;
    for event in &events {
        let offset = offset(event).unwrap_or(last);
        assert!(offset >= last, "{event:?} before {last}");
        assert!(offset <= data.len() as u64, "{event:?} past the end");
        last = offset;
        let Event::Block(block) = event else { continue };
        let mut frame_at = block.frame.offset;
        for frame in std::iter::once(&block.frame).chain(&block.laced) {
            assert_eq!(frame.offset, frame_at, "a gap in {block:?}");
            frame_at += u64::from(frame.len);
        }
        assert!(frame_at <= cut.len() as u64, "{block:?} past its end");
    }
}

type Outcome = (Vec<Event>, Option<ReadError>, Vec<u8>);

/// Reads `data` in chunks as long as `chunk_len` says for the offset they begin at.
fn read(data: &[u8], chunk_len: impl Fn(usize) -> usize) -> Outcome {
    let mut reader = Reader::new(LIMITS);
    let mut events = Vec::new();
    let mut cut = Vec::new();
    let mut pushed = 0;
    let error = loop {
        match reader.poll() {
            Ok(Poll::Event(event)) => events.push(event),
            Ok(Poll::NeedData) if pushed == data.len() => reader.finish(),
            Ok(Poll::NeedData) => {
                // Only now and then, so that cuts fall at all kinds of places.
                if chunk_len(pushed).is_multiple_of(3) {
                    take(&mut reader, &mut cut);
                }
                let end = data.len().min(pushed + chunk_len(pushed).max(1));
                reader.push(Bytes::copy_from_slice(&data[pushed..end]));
                pushed = end;
            }
            Ok(Poll::End) => break None,
            Err(error) => break Some(error),
        }
    };
    take(&mut reader, &mut cut);
    assert_eq!(cut.len() as u64, reader.position());
    (events, error, cut)
}

fn take(reader: &mut Reader, cut: &mut Vec<u8>) {
    let mut slices = Vec::new();
    reader.cut(&mut slices);
    assert!(slices.iter().all(|slice| !slice.is_empty()));
    slices.iter().for_each(|slice| cut.extend_from_slice(slice));
}

fn offset(event: &Event) -> Option<u64> {
    match event {
        Event::EbmlStart { offset }
        | Event::SegmentStart { offset, .. }
        | Event::Tracks { offset, .. }
        | Event::Tags { offset, .. }
        | Event::ClusterStart { offset, .. }
        | Event::ClusterEnd { offset, .. }
        | Event::Other { offset, .. } => Some(*offset),
        Event::Block(block) => Some(block.offset),
        Event::Ebml { .. } | Event::Info { .. } | Event::ClusterTimestamp { .. } => None,
    }
}

const LIMITS: ReaderLimits = ReaderLimits {
    element_bytes_max: 4096,
    block_bytes_max: 65_536,
};

#[cfg(test)]
mod tests {
    use super::{fuzz_codec, fuzz_reader};

    const SMALL: &[u8] = include_bytes!("../testdata/test_tags_empty_cluster.mkv");
    const LARGE: &[u8] = include_bytes!("../testdata/output_get_media.mkv");

    #[allow(clippy::disallowed_methods, reason = "a test reads its data files")]
    fn corpus(target: &str) -> Vec<Vec<u8>> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
        let files = std::fs::read_dir(folder.join(target)).expect("the corpus is in the tree");
        let paths = files.map(|file| file.expect("a readable folder").path());
        let inputs: Vec<_> = paths
            .map(|path| std::fs::read(path).expect("a readable file"))
            .collect();
        assert!(inputs.len() > 10, "the corpus of {target} is lost");
        inputs
    }

    #[test]
    fn corpus_of_the_reader() {
        corpus("media_reader").iter().for_each(|d| fuzz_reader(d));
    }

    #[test]
    fn corpus_of_codecs() {
        corpus("media_codec").iter().for_each(|d| fuzz_codec(d));
    }

    #[test]
    fn bits_of_a_small_body_flipped() {
        // Every fifth, so that each bit of a byte has its turn.
        for at in (0..SMALL.len() * 8).step_by(5) {
            let mut body = SMALL.to_vec();
            body[at / 8] ^= 1 << (at % 8);
            fuzz_reader(&body);
        }
    }

    #[test]
    fn bytes_of_a_beginning_replaced_and_dropped() {
        // Up to and into the first Cluster; its first block is cut off.
        let beginning = &LARGE[..1400];
        for at in (0..beginning.len()).step_by(5) {
            let mut body = beginning.to_vec();
            body[at] = [0x00, 0x80, 0xFF, 0xA3][at % 4];
            fuzz_reader(&body);
            body.remove(at);
            fuzz_reader(&body);
        }
    }
}
