//! Findings: what the server thought of a producer's bytes, and the cure.

use crate::fragment::{FragmentMeta, FragmentNumber};
use crate::ingest::ack::AckError;
use crate::stream::Strictness;

/// One observation about a producer's input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// When, milliseconds since the epoch.
    pub at_ms: u64,
    /// A stable name for what was found, such as `timestamps-go-back`.
    pub code: &'static str,
    /// The error AWS would have sent for it, if any.
    pub aws: Option<AckError>,
    /// Whether the input was refused for it (strict mode, or nothing else possible).
    pub refused: bool,
    /// The fragment concerned.
    pub fragment: Option<FragmentNumber>,
    /// Byte offset in the request body.
    pub offset: Option<u64>,
    /// The Matroska element concerned, such as `Segment/Cluster/SimpleBlock`.
    pub element: Option<String>,
    /// What was seen, in one sentence with the values that clash.
    pub what: String,
    /// The likely cause, in one sentence.
    pub cause: String,
    /// What to change, naming encoder flags.
    pub cure: String,
}

/// Whether a fragment begins before an earlier one, of another connection, ends on the
/// producer's clock: media that was sent twice, or by two producers at once. Both are
/// stored; players that order by producer time show a jumble.
pub fn overlap(at_ms: u64, earlier: &FragmentMeta, fragment: &FragmentMeta) -> Option<Finding> {
    let end_ms = earlier
        .producer_ms
        .saturating_add(i64::from(earlier.duration_ms));
    if earlier.session == fragment.session || fragment.producer_ms >= end_ms {
        return None;
    }
    let seconds = |ms: i64| format!("{}.{:03}", ms.div_euclid(1000), ms.rem_euclid(1000));
    Some(Finding {
        at_ms,
        code: "fragments-overlap",
        aws: None,
        refused: false,
        fragment: Some(fragment.number),
        offset: None,
        element: None,
        what: format!(
            "the fragment begins at producer time {} s, but fragment {} of an earlier \
             connection lasts from {} s to {} s",
            seconds(fragment.producer_ms),
            earlier.number,
            seconds(earlier.producer_ms),
            seconds(end_ms),
        ),
        cause: "the producer sent media again after a reconnect, the same file was sent twice, \
                or two producers share the stream"
            .into(),
        cure: "nothing after a reconnect; otherwise give each producer its own stream, and send \
               recorded files with the true x-amzn-producer-start-timestamp"
            .into(),
    })
}

/// A finding before it is tied to a moment and a fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) code: &'static str,
    pub(crate) weight: Weight,
    pub(crate) offset: Option<u64>,
    pub(crate) element: Option<&'static str>,
    pub(crate) what: String,
    pub(crate) cause: String,
    pub(crate) cure: String,
}

/// What a finding does to the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// Nothing: AWS accepts it too, but something else will not work.
    Advice,
    /// Nothing, though AWS is known to have refused it with this error at some time.
    Lenient(AckError),
    /// Strict mode refuses it as AWS does; tolerant mode stores it.
    Strict(AckError),
    /// Nothing else is possible than to refuse it.
    Fatal(AckError),
}

impl Weight {
    /// The error it is refused with in this mode, if it is refused.
    pub(crate) fn refusal(self, strictness: Strictness) -> Option<AckError> {
        match (self, strictness) {
            (Weight::Fatal(error), _) | (Weight::Strict(error), Strictness::Strict) => Some(error),
            _ => None,
        }
    }

    fn aws(self) -> Option<AckError> {
        match self {
            Weight::Advice => None,
            Weight::Lenient(error) | Weight::Strict(error) | Weight::Fatal(error) => Some(error),
        }
    }
}

/// The findings of one connection: each code is reported in full once, later ones are
/// counted and summed up at the end, so that a bad producer cannot flood anybody.
#[derive(Debug)]
pub(crate) struct Ledger {
    strictness: Strictness,
    seen: Vec<(Finding, u64)>,
}

impl Ledger {
    pub(crate) fn new(strictness: Strictness) -> Ledger {
        Ledger {
            strictness,
            seen: Vec::new(),
        }
    }

    /// Enters a note. Returns the finding to report, if it is the first of its code.
    pub(crate) fn enter(
        &mut self,
        at_ms: u64,
        fragment: Option<FragmentNumber>,
        note: Note,
    ) -> Option<Finding> {
        if let Some((_, count)) = self.seen.iter_mut().find(|(f, _)| f.code == note.code) {
            *count += 1;
            return None;
        }
        let finding = Finding {
            at_ms,
            code: note.code,
            aws: note.weight.aws(),
            refused: note.weight.refusal(self.strictness).is_some(),
            fragment,
            offset: note.offset,
            element: note.element.map(str::to_owned),
            what: note.what,
            cause: note.cause,
            cure: note.cure,
        };
        self.seen.push((finding.clone(), 1));
        Some(finding)
    }

    /// The summary: one finding for each code seen more than once. Empties the ledger.
    pub(crate) fn sum_up(&mut self, at_ms: u64) -> Vec<Finding> {
        let seen = std::mem::take(&mut self.seen);
        let repeated = seen.into_iter().filter(|(_, count)| *count > 1);
        repeated
            .map(|(first, count)| Finding {
                at_ms,
                what: format!(
                    "{count} times on this connection; the first time: {}",
                    first.what
                ),
                ..first
            })
            .collect()
    }
}
