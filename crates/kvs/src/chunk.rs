//! What GetMedia and GetMediaForFragmentList put around a fragment.
//!
//! A chunk is a Matroska file of its own: the producer's header with the Segment's size
//! made unknown, a `Tags` with the fragment's number and times, the Cluster and the
//! elements behind it verbatim, and (GetMedia only) a second `Tags` with the distance to
//! the live edge and a continuation token. Checked byte by byte against a recording of
//! the real service.

use bytes::{Bytes, BytesMut};
use media::mkv::ebml::SizeForm;
use media::mkv::writer;

use crate::fragment::FragmentNumber;

/// The beginning of the chunks of one producer connection.
#[derive(Clone, Debug)]
pub struct ChunkPrefix {
    header: Bytes,
}

impl ChunkPrefix {
    /// From everything the producer sent before its first Cluster. `None` if that is no
    /// EBML header with a Segment, which no stored fragment has.
    pub fn new(header: &Bytes) -> Option<ChunkPrefix> {
        writer::segment_of_unknown_size(header).map(|header| ChunkPrefix { header })
    }

    /// What stands before the fragment's Cluster. The first slice is the same allocation
    /// for all fragments of the connection.
    pub fn before(&self, number: FragmentNumber, producer_ms: i64) -> [Bytes; 2] {
        let number_text = number.to_string();
        let server = seconds(i64::try_from(number.server_ms).unwrap_or(i64::MAX));
        let producer = seconds(producer_ms);
        let tags = tags(&[
            (FRAGMENT_NUMBER, &number_text),
            (SERVER_TIMESTAMP, &server),
            (PRODUCER_TIMESTAMP, &producer),
        ]);
        [self.header.clone(), tags]
    }
}

/// What GetMedia sends after the fragment's last byte. `behind_ms` is how long before
/// the live edge the fragment lies, milliseconds.
pub fn after(number: FragmentNumber, behind_ms: u64) -> Bytes {
    tags(&[
        (MILLIS_BEHIND_NOW, &behind_ms.to_string()),
        (CONTINUATION_TOKEN, &number.to_string()),
    ])
}

/// Why a media read ends after its 200 was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum ReadFault {
    /// 3002: writing to the reader failed.
    WriteError = 3002,
    /// 4000: the fragment asked for does not exist.
    FragmentNotFound = 4000,
    /// 5000: a fault of ours.
    InternalError = 5000,
}

impl ReadFault {
    /// The number on the wire.
    pub fn id(self) -> u16 {
        self as u16
    }

    /// The text on the wire.
    pub fn text(self) -> &'static str {
        match self {
            ReadFault::WriteError => "Error writing to the stream",
            ReadFault::FragmentNotFound => "Requested fragment is not found",
            ReadFault::InternalError => "Internal error",
        }
    }
}

/// GetMedia's last chunk where it fails: a file with nothing but the error as tags.
/// `number` is the fragment concerned, as the reader named it.
pub fn error(number: Option<&str>, fault: ReadFault) -> Bytes {
    let id = fault.id().to_string();
    let mut pairs = Vec::new();
    pairs.extend(number.map(|number| (FRAGMENT_NUMBER, number)));
    // The names are swapped against intuition: ERROR_ID holds the number.
    pairs.push((ERROR_CODE, fault.text()));
    pairs.push((ERROR_ID, &id));
    file_of_tags(&pairs)
}

/// GetMediaForFragmentList's last chunk where it fails.
pub fn exception(number: &str, fault: ReadFault) -> Bytes {
    let id = fault.id().to_string();
    file_of_tags(&[
        (FRAGMENT_NUMBER, number),
        (EXCEPTION_ERROR_CODE, &id),
        (EXCEPTION_MESSAGE, fault.text()),
    ])
}

fn file_of_tags(pairs: &[(&str, &str)]) -> Bytes {
    let mut out = BytesMut::new();
    writer::ebml_header(&mut out, "matroska");
    writer::segment(&mut out);
    writer::tags(&mut out, pairs, SizeForm::FourBytes);
    out.freeze()
}

fn tags(pairs: &[(&str, &str)]) -> Bytes {
    let mut out = BytesMut::new();
    writer::tags(&mut out, pairs, SizeForm::FourBytes);
    out.freeze()
}

/// Milliseconds as seconds with exactly three decimals.
fn seconds(ms: i64) -> String {
    let sign = if ms < 0 { "-" } else { "" };
    let ms = ms.unsigned_abs();
    format!("{sign}{}.{:03}", ms / 1000, ms % 1000)
}

const FRAGMENT_NUMBER: &str = "AWS_KINESISVIDEO_FRAGMENT_NUMBER";
const SERVER_TIMESTAMP: &str = "AWS_KINESISVIDEO_SERVER_TIMESTAMP";
const PRODUCER_TIMESTAMP: &str = "AWS_KINESISVIDEO_PRODUCER_TIMESTAMP";
const MILLIS_BEHIND_NOW: &str = "AWS_KINESISVIDEO_MILLIS_BEHIND_NOW";
const CONTINUATION_TOKEN: &str = "AWS_KINESISVIDEO_CONTINUATION_TOKEN";
const ERROR_CODE: &str = "AWS_KINESISVIDEO_ERROR_CODE";
const ERROR_ID: &str = "AWS_KINESISVIDEO_ERROR_ID";
const EXCEPTION_ERROR_CODE: &str = "AWS_KINESISVIDEO_EXCEPTION_ERROR_CODE";
const EXCEPTION_MESSAGE: &str = "AWS_KINESISVIDEO_EXCEPTION_MESSAGE";

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use media::mkv::reader::{Event, Poll, Reader, ReaderLimits, Tag};

    use super::{ChunkPrefix, ReadFault, after, error, exception, seconds};
    use crate::fragment::FragmentNumber;

    /// A chunk of the recording, taken apart.
    #[derive(Default)]
    struct Parts {
        /// Bytes up to the fragment's tags.
        header: Vec<u8>,
        /// Bytes from the Cluster up to the closing tags.
        cluster: Vec<u8>,
        whole: Vec<u8>,
        tags: Vec<(String, String)>,
    }

    impl Parts {
        fn tag(&self, name: &str) -> &str {
            let name = format!("AWS_KINESISVIDEO_{name}");
            let found = self.tags.iter().find(|(n, _)| *n == name);
            &found.unwrap_or_else(|| panic!("no {name}")).1
        }
    }

    /// Splits a recording into its chunks by reading it.
    fn take_apart(recording: &[u8]) -> Vec<Parts> {
        let mut reader = Reader::new(ReaderLimits {
            element_bytes_max: 1 << 20,
            block_bytes_max: 1 << 26,
        });
        reader.push(Bytes::copy_from_slice(recording));
        reader.finish();
        let mut chunks: Vec<Parts> = Vec::new();
        // Offset of the chunk, its header's end, its Cluster's start.
        let (mut start, mut header_end) = (0, 0);
        let mut cluster = None;
        loop {
            match reader.poll().unwrap() {
                Poll::Event(Event::EbmlStart { offset }) => {
                    start = offset as usize;
                    cluster = None;
                    chunks.push(Parts::default());
                }
                Poll::Event(Event::Tags { offset, tags }) => {
                    let list: Vec<_> = tags.into_iter().flat_map(|t: Tag| t.simple).collect();
                    if !list[0].0.starts_with("AWS_KINESISVIDEO_") {
                        continue;
                    }
                    let chunk = chunks.last_mut().unwrap();
                    chunk.tags.extend(list);
                    match cluster {
                        None => header_end = offset as usize,
                        Some(at) => {
                            chunk.header = recording[start..header_end].to_vec();
                            chunk.cluster = recording[at..offset as usize].to_vec();
                            chunk.whole = recording[start..reader.position() as usize].to_vec();
                        }
                    }
                }
                Poll::Event(Event::ClusterStart { offset, .. }) => cluster = Some(offset as usize),
                Poll::Event(_) => {}
                Poll::NeedData => panic!("the body has ended"),
                Poll::End => return chunks,
            }
        }
    }

    #[test]
    fn every_chunk_of_a_recording_is_rebuilt() {
        let recording = include_bytes!("../../media/testdata/output_get_media.mkv");
        let chunks = take_apart(recording);
        assert_eq!(chunks.len(), 5);
        let mut rebuilt: Vec<u8> = Vec::new();
        for chunk in &chunks {
            let number = FragmentNumber::parse(chunk.tag("FRAGMENT_NUMBER")).unwrap();
            let producer = chunk.tag("PRODUCER_TIMESTAMP").replace('.', "");
            // The producer may have declared its Segment's size; the service hid it.
            let mut header = chunk.header.clone();
            let segment = header
                .windows(4)
                .position(|w| w == [0x18, 0x53, 0x80, 0x67])
                .unwrap();
            header.splice(segment + 4..segment + 12, [0x10, 0x26, 0x30, 0x00]);
            let prefix = ChunkPrefix::new(&Bytes::from(header)).unwrap();

            let mut out: Vec<u8> = prefix.before(number, producer.parse().unwrap()).concat();
            out.extend(&chunk.cluster);
            out.extend(after(
                number,
                chunk.tag("MILLIS_BEHIND_NOW").parse().unwrap(),
            ));
            assert!(out == chunk.whole, "chunk {number}");
            rebuilt.extend(out);
        }
        assert!(rebuilt == recording, "the whole recording");
    }

    #[test]
    fn the_header_is_shared() {
        let header = Bytes::from_static(&[
            0x1a, 0x45, 0xdf, 0xa3, 0x80, 0x18, 0x53, 0x80, 0x67, 0x01, 0xff, 0xff, 0xff, 0xff,
            0xff, 0xff, 0xff,
        ]);
        let prefix = ChunkPrefix::new(&header).unwrap();
        let number = FragmentNumber {
            sequence: 1,
            server_ms: 2,
            random: 3,
        };
        assert_eq!(prefix.before(number, 0)[0].as_ptr(), header.as_ptr());
        assert!(ChunkPrefix::new(&Bytes::from_static(b"hello")).is_none());
    }

    #[test]
    fn error_chunks_are_files_of_tags() {
        for (chunk, names) in [
            (
                error(Some("123"), ReadFault::FragmentNotFound),
                ["FRAGMENT_NUMBER", "ERROR_CODE", "ERROR_ID"],
            ),
            (
                exception("123", ReadFault::FragmentNotFound),
                [
                    "FRAGMENT_NUMBER",
                    "EXCEPTION_ERROR_CODE",
                    "EXCEPTION_MESSAGE",
                ],
            ),
        ] {
            let parts = take_apart(&chunk);
            assert_eq!(parts.len(), 1);
            let tags: Vec<_> = parts[0].tags.iter().map(|(n, _)| n.as_str()).collect();
            assert_eq!(tags, names.map(|n| format!("AWS_KINESISVIDEO_{n}")));
            assert!(parts[0].tags.iter().any(|(_, value)| value == "4000"));
        }
    }

    #[test]
    fn times_have_three_decimals() {
        for (ms, text) in [
            (0, "0.000"),
            (1_519_423_069_070, "1519423069.070"),
            (-5, "-0.005"),
        ] {
            assert_eq!(seconds(ms), text);
        }
    }
}
