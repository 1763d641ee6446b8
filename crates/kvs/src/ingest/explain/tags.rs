//! Findings about fragment metadata: Matroska tags between Clusters.

use media::mkv::reader::Tag;

use crate::ingest::ack::AckError;
use crate::ingest::explain::short;
use crate::ingest::finding::{Note, Weight};
use crate::limits;

/// What the tags of one element say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::ingest) struct Verdict {
    /// Tags that count toward the limit.
    pub(in crate::ingest) count: usize,
    /// Whether the producer marks the end of the fragment.
    pub(in crate::ingest) end_of_fragment: bool,
    /// What is wrong with a single tag.
    pub(in crate::ingest) fault: Option<Note>,
}

/// Judges the tags of one element.
///
/// Every SimpleTag counts as one tag but the end-of-fragment marker, which is a signal
/// and is not stored by AWS as metadata, and the statistics of whole tracks that mkvmerge
/// writes behind the last Cluster of every file.
pub(in crate::ingest) fn judge(tags: &[Tag], offset: u64) -> Verdict {
    let mut verdict = Verdict::default();
    let metadata = tags.iter().filter(|tag| !is_statistics(tag));
    for (name, value) in metadata.flat_map(|tag| &tag.simple) {
        if name == END_OF_FRAGMENT {
            verdict.end_of_fragment = true;
            continue;
        }
        verdict.count += 1;
        if verdict.fault.is_none() {
            verdict.fault = fault(name, value, offset);
        }
    }
    verdict
}

fn is_statistics(tag: &Tag) -> bool {
    tag.simple
        .iter()
        .any(|(name, _)| name.starts_with("_STATISTICS_"))
}

fn fault(name: &str, value: &str, offset: u64) -> Option<Note> {
    let (what, cause, cure) = if name.len() > limits::TAG_NAME_BYTES_MAX {
        (
            format!(
                "the name of tag '{}' has {} bytes; {} are allowed",
                short(name),
                name.len(),
                limits::TAG_NAME_BYTES_MAX
            ),
            "data was put into the name",
            "keep names short and put the data into the value",
        )
    } else if value.len() > limits::TAG_VALUE_BYTES_MAX {
        (
            format!(
                "the value of tag '{}' has {} bytes; {} are allowed",
                short(name),
                value.len(),
                limits::TAG_VALUE_BYTES_MAX
            ),
            "a document was put into one tag",
            "store it elsewhere and tag the fragment with its key, or split it over tags",
        )
    } else if name.starts_with("AWS") && !RESERVED.contains(&name) {
        (
            format!("the tag name '{}' begins with AWS", short(name)),
            "names that begin with AWS are kept for the service",
            "choose another name (producer SDK: putFragmentMetadata)",
        )
    } else {
        return None;
    };
    Some(note(what, cause, cure, offset))
}

/// More tags than a fragment may have.
pub(in crate::ingest) fn too_many(count: usize, offset: u64) -> Note {
    note(
        format!(
            "the fragment has {count} tags; {} are allowed",
            limits::FRAGMENT_TAGS_MAX
        ),
        "a tag is sent for every frame, or persistent metadata piles up",
        "send fewer: one tag with a compact value (producer SDK: putFragmentMetadata with \
         persistent=false)",
        offset,
    )
}

fn note(what: String, cause: &str, cure: &str, offset: u64) -> Note {
    Note {
        code: "tag-limit",
        weight: Weight::Strict(AckError::FragmentMetadataLimitReached),
        offset: Some(offset),
        element: Some("Segment/Tags"),
        what,
        cause: cause.into(),
        cure: cure.into(),
    }
}

/// Tags that came after the last fragment was closed.
pub(in crate::ingest) fn lost(offset: u64) -> Note {
    Note {
        code: "late-tags-lost",
        weight: Weight::Advice,
        offset: Some(offset),
        element: Some("Segment/Tags"),
        what: "tags came after the last fragment was already closed, and no other fragment \
               followed to keep them"
            .into(),
        cause: "the Cluster has a declared size, so it counted as complete with its last byte"
            .into(),
        cure: "send the tags together with the end of their Cluster, or let Clusters have \
               unknown size (matroskamux streamable=true)"
            .into(),
    }
}

/// Sent by producer SDKs when a stream stops: the fragment before it is complete.
pub(in crate::ingest) const END_OF_FRAGMENT: &str = "AWS_KINESISVIDEO_END_OF_FRAGMENT";

/// Names of the service that producers may send.
const RESERVED: [&str; 4] = [
    END_OF_FRAGMENT,
    "AWS_KINESISVIDEO_NOTIFICATION",
    "AWS_KINESISVIDEO_IMAGE_GENERATION",
    "AWS_KINESISVIDEO_IMAGE_PREFIX",
];
