//! Sending a recording as fast as a camera would.

use std::collections::VecDeque;

use bytes::Bytes;
use media::mkv::reader::{Event, Poll, Reader, ReaderLimits};

/// Gives the bytes of a Matroska stream piece by piece, each with its time.
///
/// The bytes come out as they went in. From where they cannot be read as Matroska they
/// pass without times: it is for the server to say what is wrong with them.
pub(super) struct Pacer {
    reader: Reader,
    readable: bool,
    /// Bytes not yet given, from offset `given` on.
    held: VecDeque<Bytes>,
    given: u64,
    scale_ns: u64,
    cluster_ticks: u64,
    first_ms: Option<u64>,
}

/// Some bytes and when to send them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Milliseconds after the first piece with a time; `None` is at once.
    pub(super) due_ms: Option<u64>,
    /// What to send.
    pub(super) bytes: Bytes,
}

impl Pacer {
    /// A pacer at the beginning of a stream.
    pub(super) fn new() -> Pacer {
        Pacer {
            reader: Reader::new(LIMITS),
            readable: true,
            held: VecDeque::new(),
            given: 0,
            scale_ns: 1_000_000,
            cluster_ticks: 0,
            first_ms: None,
        }
    }

    /// Takes the next bytes and gives what can be sent.
    pub(super) fn push(&mut self, chunk: Bytes) -> Vec<Piece> {
        let mut pieces = Vec::new();
        self.reader.push(chunk.clone());
        self.held.push_back(chunk);
        while self.readable {
            match self.reader.poll() {
                Ok(Poll::Event(event)) => self.event(&event, &mut pieces),
                Ok(Poll::NeedData | Poll::End) => break,
                Err(_) => self.readable = false,
            }
        }
        // The reader keeps what it passed over until it is cut off.
        self.reader.cut(&mut Vec::new());
        if !self.readable {
            self.give(u64::MAX, None, &mut pieces);
        }
        pieces
    }

    /// What is left when the stream has ended.
    pub(super) fn finish(&mut self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        self.give(u64::MAX, None, &mut pieces);
        pieces
    }

    fn event(&mut self, event: &Event, pieces: &mut Vec<Piece>) {
        match event {
            Event::Info { timestamp_scale_ns } => self.scale_ns = *timestamp_scale_ns,
            Event::ClusterTimestamp { ticks } => self.cluster_ticks = *ticks,
            Event::Block(block) => {
                let ticks = self
                    .cluster_ticks
                    .saturating_add_signed(block.relative.into());
                let ms = u128::from(ticks) * u128::from(self.scale_ns) / 1_000_000;
                let ms = u64::try_from(ms).unwrap_or(u64::MAX);
                let first = *self.first_ms.get_or_insert(ms);
                self.give(
                    self.reader.position(),
                    Some(ms.saturating_sub(first)),
                    pieces,
                );
            }
            _ => {}
        }
    }

    /// Gives the held bytes before offset `end`.
    fn give(&mut self, end: u64, due_ms: Option<u64>, pieces: &mut Vec<Piece>) {
        while self.given < end
            && let Some(mut bytes) = self.held.pop_front()
        {
            let wanted = usize::try_from(end - self.given).unwrap_or(usize::MAX);
            if wanted < bytes.len() {
                self.held.push_front(bytes.split_off(wanted));
            }
            self.given += bytes.len() as u64;
            pieces.push(Piece { due_ms, bytes });
        }
    }
}

/// What a server takes at most, and more: the pacer is not there to judge.
const LIMITS: ReaderLimits = ReaderLimits {
    element_bytes_max: 64 << 20,
    block_bytes_max: 64 << 20,
};

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use media::synth::{Camera, CameraSettings, Matroska};

    use super::{Pacer, Piece};

    fn recording() -> Vec<u8> {
        let settings = CameraSettings {
            width: 64,
            height: 48,
            fps: 10,
            gop: 10,
            ..CameraSettings::default()
        };
        let camera = Camera::new(settings).expect("valid settings");
        let mut stream = Matroska::new(camera, 1_700_000_000_000);
        let mut bytes = stream.header().to_vec();
        bytes.extend(stream.next_cluster());
        bytes.extend(stream.next_cluster());
        bytes
    }

    fn paced(stream: &[u8], chunk_len: usize) -> Vec<Piece> {
        let mut pacer = Pacer::new();
        let mut pieces: Vec<_> = stream
            .chunks(chunk_len)
            .flat_map(|chunk| pacer.push(Bytes::copy_from_slice(chunk)))
            .collect();
        pieces.extend(pacer.finish());
        pieces
    }

    fn joined(pieces: &[Piece]) -> Vec<u8> {
        pieces
            .iter()
            .flat_map(|piece| piece.bytes.to_vec())
            .collect()
    }

    #[test]
    fn pieces_are_the_stream_and_their_times_are_the_frames() {
        let stream = recording();
        for chunk_len in [1_000, stream.len()] {
            let pieces = paced(&stream, chunk_len);
            assert_eq!(joined(&pieces), stream);
            let mut times: Vec<_> = pieces.iter().filter_map(|piece| piece.due_ms).collect();
            assert!(times.is_sorted());
            times.dedup();
            assert_eq!(times[0], 0);
            assert_eq!(
                times[times.len() - 1],
                1_984,
                "the last sound before two seconds"
            );
        }
    }

    #[test]
    fn what_is_no_matroska_passes_as_it_is() {
        let mut broken = recording();
        let at = broken.len() / 2;
        broken.splice(at..at, [0; 100]);
        assert_eq!(joined(&paced(&broken, 777)), broken);
        let text = b"\0\0\0\x18ftypmp42 and so on".repeat(10);
        let pieces = paced(&text, 50);
        assert_eq!(joined(&pieces), text);
        assert!(pieces.iter().all(|piece| piece.due_ms.is_none()));
        let mut cut_off = recording();
        cut_off.truncate(cut_off.len() - 3);
        assert_eq!(joined(&paced(&cut_off, 4_096)), cut_off);
    }
}
