//! The fragment that is being received.

use media::frame::TrackKind;
use media::mkv::reader::Block;

use crate::fragment::{Cut, FragmentMeta, FrameIndex, IndexEntry, TrackSpan};
use crate::ingest::ClosedFragment;
use crate::ingest::ack::FragmentId;
use crate::ingest::header::Header;
use crate::ingest::pieces::Pieces;
use crate::limits;

/// A fragment between its Cluster's timestamp and its being closed.
#[derive(Debug)]
pub(super) struct Building {
    pub(super) id: FragmentId,
    pub(super) producer_ms: i64,
    /// Offset of its Cluster in the body.
    pub(super) start: u64,
    /// Whether a block has been read that live readers do not have.
    pub(super) has_unsent: bool,
    /// The Cluster's bytes.
    pub(super) cluster: Pieces,
    /// The bytes after it.
    pub(super) trailer: Pieces,
    pub(super) index: FrameIndex,
    /// Metadata tags that belong to it.
    pub(super) tags: usize,
    pub(super) tracks: Vec<TrackState>,
    /// The latest frame so far.
    pub(super) latest: Option<Stamp>,
    /// Whether the first frame of the first video track was a key frame.
    pub(super) begins_with_key: Option<bool>,
    /// Whether its being too long was reported.
    pub(super) reported_too_long: bool,
    cut: Option<Cut>,
    first_ns: i128,
    end_ns: i128,
}

/// A frame's place in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) track: u64,
    pub(super) kind: TrackKind,
    /// Absolute ticks.
    pub(super) ticks: i128,
    /// Offset of its block in the body.
    pub(super) offset: u64,
    /// `BlockDuration`, ticks, if given.
    pub(super) duration: Option<u64>,
}

/// What is known of one track of the fragment.
#[derive(Debug)]
pub(super) struct TrackState {
    pub(super) span: TrackSpan,
    /// Whether its timestamps go back within the fragment, as with B-frames.
    pub(super) reordered: bool,
    /// Whether it has a frame flagged as key.
    pub(super) key: bool,
    previous: i32,
    delta: i32,
}

impl Building {
    pub(super) fn new(id: FragmentId, producer_ms: i64, start: u64) -> Building {
        Building {
            id,
            producer_ms,
            start,
            has_unsent: false,
            cluster: Pieces::default(),
            trailer: Pieces::default(),
            index: FrameIndex::new(),
            tags: 0,
            tracks: Vec::new(),
            latest: None,
            begins_with_key: None,
            reported_too_long: false,
            cut: None,
            first_ns: 0,
            end_ns: 0,
        }
    }

    /// A block was read. Its track should be declared; if it is not, its frames are in
    /// the index but in no track's span.
    pub(super) fn block(&mut self, header: &Header, block: &Block) {
        let declared = header.track(block.track);
        let kind = declared.map_or(TrackKind::Other(0), |t| t.kind);
        let default_ns = declared.and_then(|t| t.default_duration_ns).unwrap_or(0);
        let default_ns = if default_ns > FRAME_NS_MAX {
            0
        } else {
            default_ns
        };
        self.has_unsent = true;
        let frames = 1 + block.laced.len() as u64;
        let duration = block.duration.map(|ticks| ticks / frames);
        let step = match duration {
            Some(ticks) => ticks as i128,
            None => i128::from(default_ns / header.scale_ns()),
        };
        let spans = std::iter::once(&block.frame).chain(&block.laced);
        for (i, span) in spans.enumerate() {
            let relative = i128::from(block.relative) + i as i128 * step;
            let entry = IndexEntry {
                track: block.track,
                offset: u32::try_from(span.offset.saturating_sub(self.start)).unwrap_or(u32::MAX),
                len: span.len,
                relative: i32::try_from(relative).unwrap_or(i32::MAX),
                duration: duration.map_or(0, |d| u32::try_from(d).unwrap_or(u32::MAX)),
                key: block.key,
            };
            if declared.is_some() {
                self.measure(header, &entry, kind, default_ns);
            }
            self.stamp(&entry, kind, block);
            self.index.push(entry);
        }
    }

    /// Whether it has more frames than may be indexed.
    pub(super) fn has_too_many_frames(&self) -> bool {
        self.index.len() > limits::FRAGMENT_FRAMES_MAX
    }

    /// From its first frame to the end of its last, milliseconds.
    pub(super) fn duration_ms(&self) -> u64 {
        let ns = (self.end_ns - self.first_ns).max(0);
        u64::try_from((ns + 500_000) / 1_000_000).unwrap_or(u64::MAX)
    }

    /// Makes it a complete fragment.
    pub(super) fn finish(self, header: &Header, session: u64) -> ClosedFragment {
        let len32 = |len: u64| u32::try_from(len).unwrap_or(u32::MAX);
        let meta = FragmentMeta {
            number: self.id.number,
            producer_ms: self.producer_ms,
            timestamp_scale_ns: header.scale_ns(),
            timecode: self.id.timecode,
            duration_ms: len32(self.duration_ms()),
            header_len: len32(header.bytes.len() as u64),
            cluster_len: len32(self.cluster.len()),
            trailer_len: len32(self.trailer.len()),
            session,
            codec_digest: header.codec_digest,
            ordinal: 0,
            breaks: 0,
            cut: self.cut,
            tracks: (self.tracks.iter().take(limits::TRACKS_MAX))
                .map(|t| t.span)
                .collect(),
            aligned: header.aligned,
        };
        ClosedFragment {
            meta,
            header: header.bytes.clone(),
            cluster: self.cluster.into_vec(),
            trailer: self.trailer.into_vec(),
            index: self.index,
        }
    }

    /// Bytes it holds.
    pub(super) fn len(&self) -> u64 {
        self.cluster.len() + self.trailer.len()
    }

    fn stamp(&mut self, entry: &IndexEntry, kind: TrackKind, block: &Block) {
        let ticks = i128::from(self.id.timecode) + i128::from(entry.relative);
        if self.latest.is_none_or(|latest| latest.ticks <= ticks) {
            self.latest = Some(Stamp {
                track: entry.track,
                kind,
                ticks,
                offset: block.offset,
                duration: (entry.duration > 0).then_some(u64::from(entry.duration)),
            });
        }
    }

    fn measure(&mut self, header: &Header, entry: &IndexEntry, kind: TrackKind, default_ns: u64) {
        let at = self
            .tracks
            .iter()
            .position(|t| t.span.number == entry.track);
        let first_of_all = self.tracks.is_empty();
        let at = at.unwrap_or_else(|| {
            self.tracks.push(TrackState::new(entry, kind));
            self.tracks.len() - 1
        });
        let state = &mut self.tracks[at];
        state.add(entry);

        let scale = i128::from(header.scale_ns());
        let first_ns = i128::from(entry.relative) * scale;
        let length_ns = match (entry.duration, default_ns) {
            (0, 0) => i128::from(state.delta) * scale,
            (0, default_ns) => i128::from(default_ns),
            (ticks, _) => i128::from(ticks) * scale,
        };
        let length_ns = length_ns.min(i128::from(FRAME_NS_MAX));
        if first_of_all {
            self.first_ns = first_ns;
            self.end_ns = first_ns;
        }
        self.first_ns = self.first_ns.min(first_ns);
        self.end_ns = self.end_ns.max(first_ns + length_ns);

        let playable = match header.video() {
            Some(video) if video == entry.track => {
                self.begins_with_key.get_or_insert(entry.key);
                entry.key
            }
            Some(_) => false,
            None => true,
        };
        if playable && self.cut.is_none() {
            self.cut = Some(Cut {
                frame: self.index.len() as u32,
                relative: entry.relative,
            });
        }
    }
}

impl TrackState {
    fn new(entry: &IndexEntry, kind: TrackKind) -> TrackState {
        TrackState {
            span: TrackSpan {
                number: entry.track,
                kind,
                first: entry.relative,
                last: entry.relative,
                frames: 0,
                bytes: 0,
            },
            reordered: false,
            key: false,
            previous: entry.relative,
            delta: 0,
        }
    }

    fn add(&mut self, entry: &IndexEntry) {
        self.reordered |= entry.relative < self.previous;
        if entry.relative > self.previous {
            self.delta = entry.relative.saturating_sub(self.previous);
        }
        self.previous = entry.relative;
        self.key |= entry.key;
        self.span.first = self.span.first.min(entry.relative);
        self.span.last = self.span.last.max(entry.relative);
        self.span.frames += 1;
        self.span.bytes = self.span.bytes.saturating_add(entry.len);
    }
}

/// The bytes of a Cluster whose timestamp is not yet known.
#[derive(Debug)]
pub(super) struct Arriving {
    /// Offset of the Cluster in the body.
    pub(super) start: u64,
    /// Declared size of its data.
    pub(super) size: Option<u64>,
    /// When its first byte arrived, milliseconds since the epoch.
    pub(super) at_ms: u64,
}

/// A frame that claims to last longer than a whole fragment may is not believed,
/// nanoseconds.
const FRAME_NS_MAX: u64 = limits::FRAGMENT_DURATION_MS_MAX * 1_000_000;
