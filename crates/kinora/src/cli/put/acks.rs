//! The acknowledgements of a PutMedia call, read and counted.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

/// One acknowledgement as the wire has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ack {
    /// `EventType`.
    pub(super) kind: Kind,
    /// `FragmentTimecode`.
    pub(super) timecode: Option<u64>,
    /// `FragmentNumber`.
    pub(super) number: Option<String>,
    /// `ErrorId`.
    pub(super) error_id: Option<u64>,
    /// `ErrorCode`.
    pub(super) error_code: Option<String>,
}

/// What an acknowledgement says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Nothing has arrived for a while.
    Idle,
    /// The first bytes of a fragment arrived.
    Buffering,
    /// A fragment arrived whole.
    Received,
    /// A fragment is durable.
    Persisted,
    /// The call has failed.
    Error,
}

impl Ack {
    fn parse(line: &[u8]) -> Option<Ack> {
        let value: Value = serde_json::from_slice(line).ok()?;
        let text = |key: &str| value[key].as_str().map(str::to_owned);
        let kind = match value["EventType"].as_str()? {
            "IDLE" => Kind::Idle,
            "BUFFERING" => Kind::Buffering,
            "RECEIVED" => Kind::Received,
            "PERSISTED" => Kind::Persisted,
            "ERROR" => Kind::Error,
            _ => return None,
        };
        Some(Ack {
            kind,
            timecode: value["FragmentTimecode"].as_u64(),
            number: text("FragmentNumber"),
            error_id: value["ErrorId"].as_u64(),
            error_code: text("ErrorCode"),
        })
    }
}

impl fmt::Display for Ack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.kind {
            Kind::Idle => "IDLE",
            Kind::Buffering => "BUFFERING",
            Kind::Received => "RECEIVED",
            Kind::Persisted => "PERSISTED",
            Kind::Error => "ERROR",
        };
        write!(f, "{name:<9}")?;
        if let Some(id) = self.error_id {
            write!(f, " {id}")?;
        }
        if let Some(code) = &self.error_code {
            write!(f, " {code}")?;
        }
        if let Some(number) = &self.number {
            write!(f, " fragment {number}")?;
        }
        match self.timecode {
            Some(timecode) if self.number.is_some() => write!(f, " timecode {timecode}"),
            _ => Ok(()),
        }
    }
}

/// Cuts the answer's body into acknowledgements, whatever its chunks.
#[derive(Debug, Default)]
pub(super) struct AckReader {
    /// The beginning of a line.
    held: Vec<u8>,
}

impl AckReader {
    /// Takes the next bytes and gives the acknowledgements that end in them.
    ///
    /// # Errors
    ///
    /// The line that is no acknowledgement.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<Vec<Ack>, String> {
        self.held.extend_from_slice(bytes);
        let mut acks = Vec::new();
        while let Some(end) = self.held.iter().position(|byte| *byte == b'\n') {
            let rest = self.held.split_off(end + 1);
            let line = std::mem::replace(&mut self.held, rest);
            let line = line.trim_ascii();
            if !line.is_empty() {
                let shown = || format!("no acknowledgement: {}", line.escape_ascii());
                acks.push(Ack::parse(line).ok_or_else(shown)?);
            }
        }
        if self.held.len() > LINE_BYTES_MAX {
            return Err("an acknowledgement without end".to_owned());
        }
        Ok(acks)
    }
}

/// Which fragments the server has and how well.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Fragments announced and not yet final.
    open: BTreeMap<String, Kind>,
    /// Fragments with their last good acknowledgement.
    pub(super) done: u64,
    /// The lowest fragment number seen; they are as long as each other.
    pub(super) first: Option<String>,
    /// The first ERROR.
    pub(super) error: Option<Ack>,
}

impl Tally {
    /// Counts an acknowledgement; `last` is the one that makes a fragment final.
    pub(super) fn count(&mut self, ack: &Ack, last: Kind) {
        if ack.kind == Kind::Error && self.error.is_none() {
            self.error = Some(ack.clone());
        }
        let Some(number) = &ack.number else { return };
        if self.first.as_ref().is_none_or(|first| number < first) {
            self.first = Some(number.clone());
        }
        if ack.kind == last {
            self.open.remove(number);
            self.done += 1;
        } else if ack.kind < last {
            self.open.insert(number.clone(), ack.kind);
        }
    }

    /// How many fragments were announced and did not become final.
    pub(super) fn open(&self) -> usize {
        self.open.len()
    }
}

/// Producers take acknowledgements of up to 1 024 bytes; be generous.
const LINE_BYTES_MAX: usize = 16 * 1_024;

#[cfg(test)]
mod tests {
    use super::{AckReader, Kind, Tally};

    const WIRE: &str = "\
{\"EventType\":\"BUFFERING\",\"FragmentTimecode\":7,\"FragmentNumber\":\"91\"}\n\
{\"EventType\":\"IDLE\"}\n\
{\"EventType\":\"RECEIVED\",\"FragmentTimecode\":7,\"FragmentNumber\":\"91\"}\n\
{\"EventType\":\"PERSISTED\",\"FragmentTimecode\":7,\"FragmentNumber\":\"91\"}\n\
{\"EventType\":\"BUFFERING\",\"FragmentTimecode\":9,\"FragmentNumber\":\"92\"}\n\
{\"EventType\":\"ERROR\",\"FragmentTimecode\":9,\"FragmentNumber\":\"92\",\
\"ErrorCode\":\"INVALID_MKV_DATA\",\"ErrorId\":4006}\n";

    #[test]
    fn any_chunking_gives_the_same_acks() {
        let whole = AckReader::default().push(WIRE.as_bytes()).expect("valid");
        assert_eq!(whole.len(), 6);
        for len in [1, 7, 100] {
            let mut reader = AckReader::default();
            let pieces = WIRE.as_bytes().chunks(len);
            let acks: Vec<_> = pieces
                .flat_map(|piece| reader.push(piece).expect("valid"))
                .collect();
            assert_eq!(acks, whole);
        }
        assert_eq!(whole[3].to_string(), "PERSISTED fragment 91 timecode 7");
        assert_eq!(
            whole[5].to_string(),
            "ERROR     4006 INVALID_MKV_DATA fragment 92 timecode 9"
        );
    }

    #[test]
    fn a_fragment_is_open_until_its_last_ack() {
        let acks = AckReader::default().push(WIRE.as_bytes()).expect("valid");
        let mut tally = Tally::default();
        let open: Vec<_> = acks
            .iter()
            .map(|ack| {
                tally.count(ack, Kind::Persisted);
                tally.open()
            })
            .collect();
        assert_eq!(open, [1, 1, 1, 0, 1, 1]);
        assert_eq!(tally.done, 1);
        assert_eq!(tally.first.as_deref(), Some("91"));
        assert_eq!(tally.error.and_then(|ack| ack.error_id), Some(4006));

        let mut tally = Tally::default();
        for ack in &acks[..4] {
            tally.count(ack, Kind::Received);
        }
        assert_eq!((tally.open(), tally.done), (0, 1));
    }

    #[test]
    fn other_bytes_are_refused_and_bounded() {
        assert!(AckReader::default().push(b"<html>\n").is_err());
        assert!(
            AckReader::default()
                .push(b"{\"EventType\":\"NEW\"}\n")
                .is_err()
        );
        assert!(AckReader::default().push(&[b' '; 20_000]).is_err());
    }
}
