//! From what the reader recognises to acknowledgements and fragments.

use std::sync::Arc;

use bytes::Bytes;
use media::mkv::reader::{Block, Event, ReadError, Tag};

use crate::ingest::ack::{Ack, FragmentId};
use crate::ingest::building::{Arriving, Building};
use crate::ingest::explain::{self, body, codec, tags};
use crate::ingest::header::Header;
use crate::ingest::pieces::Pieces;
use crate::ingest::{Ingest, NumberSource, OpenFragment, Output, Phase, TimecodeType};
use crate::limits;

impl Ingest {
    pub(super) fn on_event(&mut self, event: Event, numbers: &mut dyn NumberSource) {
        match event {
            Event::EbmlStart { offset } => self.on_ebml_start(offset),
            Event::Ebml { .. } => {}
            Event::SegmentStart { offset, .. } => self.on_segment_start(offset),
            Event::Info { timestamp_scale_ns } => match self.phase {
                Phase::Header => self.header.set_scale_ns(timestamp_scale_ns),
                _ => self.on_repeated("Segment/Info"),
            },
            Event::Tracks { offset, tracks } => match self.phase {
                Phase::Header if !self.header.declared => self.on_tracks(offset, tracks),
                _ => self.on_repeated("Segment/Tracks"),
            },
            Event::Tags { offset, tags } => match self.phase {
                // Tags in front of the media describe the whole file.
                Phase::Header => {}
                _ => self.on_tags(offset, &tags),
            },
            Event::Other { .. } => match self.phase {
                Phase::Header => {}
                _ => self.absorb(),
            },
            Event::ClusterStart { offset, size } => self.on_cluster_start(offset, size),
            Event::ClusterTimestamp { ticks } => self.on_timestamp(ticks, numbers),
            Event::Block(block) => self.on_block(&block),
            Event::ClusterEnd { sized, .. } => self.on_cluster_end(sized),
        }
    }

    /// The reader has nothing more for now: takes the bytes it has passed over.
    pub(super) fn settle(&mut self) {
        match self.phase {
            Phase::Header => {
                let pieces = self.cut();
                self.header.gathered.extend(pieces);
                if self.header.gathered.len() > limits::HEADER_BYTES_MAX {
                    self.judge(body::header_too_large(self.header.offset), None);
                }
            }
            // The reader keeps the bytes meanwhile.
            Phase::Arriving(_) => self.check_size(),
            Phase::Cluster { .. } => {
                // Not every padding by itself, and none in the middle: a Cluster may be
                // given up, and what readers have of it must stay readable.
                let has_unsent = self.fragment.as_ref().is_some_and(|f| f.has_unsent);
                if has_unsent && !self.reader.is_inside_element() {
                    self.go_live();
                }
                self.check_size();
            }
            Phase::Between { sized, .. } => {
                self.take_partial();
                let idle = self.reader.position() == self.received && self.partial.is_empty();
                let fresh = self.fragment.as_ref().is_some_and(|f| f.trailer.is_empty());
                if sized && idle && fresh && !self.trailing {
                    return self.close();
                }
                self.phase = Phase::Between {
                    close_ms: self.now_ms + limits::TRAILER_GRACE_MS,
                    sized,
                };
            }
            Phase::Draining { .. } | Phase::Done => {}
        }
    }

    fn on_ebml_start(&mut self, offset: u64) {
        if offset == 0 {
            return;
        }
        self.begin_header(offset, Pieces::default());
    }

    fn on_segment_start(&mut self, offset: u64) {
        if matches!(self.phase, Phase::Header) && !self.header.in_segment {
            self.header.in_segment = true;
            self.header.ebml_len = offset - self.header.offset;
            return;
        }
        // A Segment without an EBML header of its own goes on with the one before it.
        let known = if matches!(self.phase, Phase::Header) {
            let pieces = self.cut();
            self.header.gathered.extend(pieces);
            self.header.gathered.to_bytes()
        } else {
            self.header.bytes.clone()
        };
        let mut gathered = Pieces::default();
        let ebml_len = usize::try_from(self.header.ebml_len).unwrap_or(usize::MAX);
        gathered.push(known.slice(..ebml_len.min(known.len())));
        self.begin_header(offset, gathered);
        self.header.in_segment = true;
        self.header.ebml_len = ebml_len as u64;
    }

    /// A second header begins in the same body.
    fn begin_header(&mut self, offset: u64, gathered: Pieces) {
        let pieces = self.cut();
        self.keep_passed(pieces);
        self.close();
        if self.judge(body::second_header(offset), None) {
            return;
        }
        self.header = Header::at(offset);
        self.header.gathered = gathered;
        self.before = None;
        self.phase = Phase::Header;
    }

    /// Bytes passed over in front of a new header: they belong behind the last Cluster.
    /// Those of an unfinished header have nowhere to go.
    fn keep_passed(&mut self, pieces: Vec<Bytes>) {
        if matches!(self.phase, Phase::Between { .. }) {
            self.partial.extend(pieces);
            self.flush_partial();
        }
    }

    fn on_tracks(&mut self, offset: u64, tracks: Vec<media::frame::Track>) {
        self.header.declared = true;
        let count = tracks.len();
        self.header.tracks = tracks;
        if count > limits::TRACKS_MAX && self.judge(explain::too_many_tracks(count, offset), None) {
            return;
        }
        let notes: Vec<_> = (self.header.tracks.iter())
            .flat_map(|track| match codec::nameless(track, offset) {
                Some(note) => [Some(note), None],
                None => [
                    codec::declaration(&self.header, track, offset),
                    codec::unplayable(&self.header, track, offset),
                ],
            })
            .flatten()
            .collect();
        for note in notes {
            self.judge(note, None);
        }
    }

    fn on_repeated(&mut self, element: &'static str) {
        let offset = self.reader.position();
        if matches!(self.phase, Phase::Header) {
            // Twice in one header: AWS refuses that no less.
            self.judge(body::repeated(element, offset), None);
            return;
        }
        self.close_if_strict_refuses();
        if !self.judge(body::repeated(element, offset), None) {
            self.absorb();
        }
    }

    /// The fragment before an element that strict mode refuses is complete and stays.
    fn close_if_strict_refuses(&mut self) {
        if self.settings.strictness == crate::stream::Strictness::Strict {
            self.close();
        }
    }

    fn on_tags(&mut self, offset: u64, list: &[Tag]) {
        self.trailing = true;
        self.absorb();
        let verdict = tags::judge(list, offset);
        let id = self.fragment.as_ref().map(|f| f.id);
        let count = match &mut self.fragment {
            Some(fragment) => &mut fragment.tags,
            None => {
                self.late_tags.get_or_insert(offset);
                &mut self.late_tag_count
            }
        };
        *count += verdict.count;
        let count = *count;
        if let Some(note) = verdict.fault
            && self.judge(note, id)
        {
            return;
        }
        if count > limits::FRAGMENT_TAGS_MAX && self.judge(tags::too_many(count, offset), id) {
            return;
        }
        if verdict.end_of_fragment {
            self.close();
        }
    }

    fn on_cluster_start(&mut self, offset: u64, size: Option<u64>) {
        let pieces = self.cut();
        if matches!(self.phase, Phase::Header) {
            self.header.gathered.extend(pieces);
            if self.header.gathered.len() > limits::HEADER_BYTES_MAX {
                self.judge(body::header_too_large(self.header.offset), None);
                return;
            }
            self.header.complete();
        } else {
            self.keep_passed(pieces);
            self.close();
        }
        self.phase = Phase::Arriving(Arriving {
            start: offset,
            size,
            at_ms: self.wall_ms(),
        });
    }

    fn on_timestamp(&mut self, ticks: u64, numbers: &mut dyn NumberSource) {
        let phase = std::mem::replace(&mut self.phase, Phase::Cluster { size: None });
        let Phase::Arriving(arriving) = phase else {
            self.phase = phase;
            return;
        };
        let number = numbers.next(arriving.at_ms);
        let id = FragmentId {
            timecode: ticks,
            number,
        };
        let offset_ms = self.header.ticks_to_ms(i128::from(ticks));
        let producer_ms = match self.settings.timecode_type {
            TimecodeType::Absolute => offset_ms,
            TimecodeType::Relative => self.settings.producer_start_ms.saturating_add(offset_ms),
        };
        self.header.session.get_or_insert(number.sequence);
        let mut fragment = Building::new(id, producer_ms, arriving.start);
        fragment.trailer = std::mem::take(&mut self.late);
        fragment.tags = std::mem::take(&mut self.late_tag_count);
        self.late_tags = None;
        self.outputs
            .push_back(Output::Opened(Arc::new(OpenFragment {
                number,
                producer_ms,
                header: self.header.bytes.clone(),
            })));
        self.outputs.push_back(Output::Ack(Ack::Buffering(id)));
        self.fragment = Some(Box::new(fragment));
        self.phase = Phase::Cluster {
            size: arriving.size,
        };
        self.check_timestamp(id, arriving.start, producer_ms);
    }

    fn check_timestamp(&mut self, id: FragmentId, start: u64, producer_ms: i64) {
        let wall_ms = self.wall_ms();
        let now = i64::try_from(wall_ms).unwrap_or(i64::MAX);
        let ahead = producer_ms.saturating_sub(now);
        if ahead > limits::PRODUCER_AHEAD_MS_MAX || producer_ms < limits::PRODUCER_EARLIEST_MS {
            let absolute = self.settings.timecode_type == TimecodeType::Absolute;
            let ticks = id.timecode;
            let note = explain::producer_time(producer_ms, wall_ms, absolute, ticks, start);
            if self.judge(note, Some(id)) {
                return;
            }
        }
        if let Some((last, reordered)) = self.before {
            let ticks = i128::from(id.timecode);
            let end = last.ticks + i128::from(last.duration.unwrap_or(0));
            let header = &self.header;
            let note = if ticks < last.ticks {
                explain::timestamps_go_back(header, &last, reordered, id.timecode, start)
            } else if ticks == last.ticks {
                explain::timestamps_touch(header, &last, id.timecode, start)
            } else if header.ticks_to_ms(end - ticks) > 1 {
                explain::frames_overlap(header, &last, id.timecode, start)
            } else {
                return self.check_size();
            };
            if self.judge(note, Some(id)) {
                return;
            }
        }
        self.check_size();
    }

    /// Refuses a Cluster that is, or says it will be, too large.
    fn check_size(&mut self) {
        let (start, size) = match (&self.phase, &self.fragment) {
            (Phase::Arriving(arriving), _) => (arriving.start, None),
            (Phase::Cluster { size }, Some(fragment)) => (fragment.start, *size),
            _ => return,
        };
        // What has arrived and is not a whole block yet counts, because it is held.
        let bytes = size.unwrap_or(self.received - start);
        if bytes > limits::FRAGMENT_BYTES_MAX {
            let id = self.fragment.as_ref().map(|f| f.id);
            self.judge(body::fragment_too_large(bytes, start), id);
        }
    }

    fn on_block(&mut self, block: &Block) {
        let Some(fragment) = &mut self.fragment else {
            return;
        };
        let id = fragment.id;
        fragment.block(&self.header, block);
        if fragment.has_too_many_frames() {
            let note = body::too_many_frames(fragment.start);
            self.judge(note, Some(id));
            return;
        }
        if self.header.track(block.track).is_none() {
            let note = explain::undeclared_track(&self.header, block.track, block.offset);
            if self.judge(note, Some(id)) {
                return;
            }
        } else if let Some(note) = codec::framing(&self.header, block) {
            self.judge(note, Some(id));
        }
        self.check_duration(id);
    }

    fn check_duration(&mut self, id: FragmentId) {
        let Some(fragment) = &self.fragment else {
            return;
        };
        let Some(last) = fragment.latest else {
            return;
        };
        let ticks = last.ticks - i128::from(id.timecode);
        if self.header.ticks_to_ms(ticks) <= limits::FRAGMENT_DURATION_MS_MAX as i64
            || fragment.reported_too_long
        {
            return;
        }
        let note = explain::too_long(&self.header, fragment, &last);
        if !self.judge(note, Some(id))
            && let Some(fragment) = &mut self.fragment
        {
            fragment.reported_too_long = true;
        }
    }

    pub(super) fn on_cluster_end(&mut self, sized: bool) {
        if let Phase::Arriving(arriving) = &self.phase {
            let start = arriving.start;
            let _ = self.cut();
            self.phase = Phase::Between {
                close_ms: self.now_ms,
                sized,
            };
            self.judge(body::cluster_without_timestamp(start), None);
            return;
        }
        self.go_live();
        let Some(fragment) = &self.fragment else {
            return;
        };
        let id = fragment.id;
        let (start, bytes) = (fragment.start, fragment.cluster.len());
        if bytes > limits::FRAGMENT_BYTES_MAX {
            self.judge(body::fragment_too_large(bytes, start), Some(id));
            return;
        }
        if self.check_tracks(id) {
            return;
        }
        if let Some(fragment) = &self.fragment {
            let reordered = fragment.tracks.iter().any(|t| t.reordered);
            self.before = fragment
                .latest
                .map(|latest| (latest, reordered))
                .or(self.before);
        }
        self.outputs.push_back(Output::Ack(Ack::Received(id)));
        self.phase = Phase::Between {
            close_ms: self.now_ms + limits::TRAILER_GRACE_MS,
            sized,
        };
    }

    /// Judges which tracks a complete Cluster has. Returns whether it is refused.
    fn check_tracks(&mut self, id: FragmentId) -> bool {
        let Some(fragment) = &self.fragment else {
            return false;
        };
        let has = |number| fragment.tracks.iter().any(|t| t.span.number == number);
        let missing: Vec<_> = (self.header.tracks.iter())
            .filter(|t| !has(t.number))
            .map(|t| explain::frames_missing(&self.header, fragment, t.number))
            .collect();
        let mut keyless = None;
        if let Some(video) = self.header.video() {
            self.header.aligned &= fragment.begins_with_key == Some(true);
            let state = fragment.tracks.iter().find(|t| t.span.number == video);
            if state.is_some_and(|t| !t.key) {
                keyless = Some(explain::no_key_frame(&self.header, fragment, video));
            }
        }
        for note in missing.into_iter().chain(keyless) {
            if self.judge(note, Some(id)) {
                return true;
            }
        }
        false
    }

    /// The reader cannot go on.
    pub(super) fn on_unreadable(&mut self, error: &ReadError) {
        let in_cluster = matches!(self.phase, Phase::Arriving(_) | Phase::Cluster { .. });
        if !in_cluster {
            self.close();
        }
        let id = self.fragment.as_ref().map(|f| f.id);
        self.judge(body::unreadable(error, in_cluster), id);
    }

    /// The body ended where it may.
    pub(super) fn on_end(&mut self) {
        let started = !matches!(self.phase, Phase::Header) || self.header.session.is_some();
        self.close();
        if !started {
            self.judge(body::no_cluster(self.received), None);
        }
        if let Some(offset) = self.late_tags.take() {
            self.judge(tags::lost(offset), None);
        }
        self.drain();
    }

    /// Closes the fragment, if its Cluster has ended and it is not closed yet.
    pub(super) fn close(&mut self) {
        if !matches!(self.phase, Phase::Between { .. }) {
            return;
        }
        let Some(fragment) = self.fragment.take() else {
            return;
        };
        let id = fragment.id;
        let bytes = fragment.len();
        let session = self.header.session.unwrap_or(id.number.sequence);
        let closed = fragment.finish(&self.header, session);
        self.outputs.push_back(Output::Closed(Box::new(closed)));
        if self.settings.persists {
            self.pending.push(id, bytes);
        }
    }

    /// An element after a Cluster is complete: keeps it.
    fn absorb(&mut self) {
        self.take_partial();
        self.flush_partial();
    }

    /// Takes what has arrived of an element after a Cluster.
    fn take_partial(&mut self) {
        let pieces = self.cut();
        self.partial.extend(pieces);
        let kept = match &self.fragment {
            Some(fragment) => fragment.trailer.len(),
            None => self.late.len(),
        };
        if self.partial.len() + kept > limits::TRAILER_BYTES_MAX {
            self.partial = Pieces::default();
            self.discarding = true;
        }
    }

    fn flush_partial(&mut self) {
        let mut partial = std::mem::take(&mut self.partial);
        if std::mem::take(&mut self.discarding) {
            let id = self.fragment.as_ref().map(|f| f.id);
            self.judge(body::trailer_too_large(self.reader.position()), id);
            return;
        }
        match &mut self.fragment {
            Some(fragment) => fragment.trailer.append(&mut partial),
            None => self.late.append(&mut partial),
        }
    }

    /// Hands the bytes of the open Cluster to live readers: once for each input that ends a
    /// block, and when the Cluster ends.
    fn go_live(&mut self) {
        let Some(fragment) = &mut self.fragment else {
            return;
        };
        fragment.has_unsent = false;
        let mut pieces = Vec::new();
        self.reader.cut(&mut pieces);
        if pieces.is_empty() {
            return;
        }
        fragment.cluster.extend(pieces.iter().cloned());
        self.outputs.push_back(Output::Live(pieces));
    }

    fn cut(&mut self) -> Vec<Bytes> {
        let mut pieces = Vec::new();
        self.reader.cut(&mut pieces);
        pieces
    }
}
