//! The incremental Matroska reader.
//!
//! Feed it whatever the network gave ([`Reader::push`]), drain it
//! ([`Reader::poll`]) until it says [`Poll::NeedData`], and take the bytes it has
//! passed over, verbatim and without a copy, whenever a boundary matters
//! ([`Reader::cut`]). Any chunking of the same bytes gives the same events.
//!
//! # What ends where
//!
//! A Cluster of unknown size ends at the next element that RFC 9559 allows only at level
//! 0 or 1, at the end of its Segment if that has a size, or at the end of the body. Void,
//! CRC-32 and ids unknown to RFC 9559 belong to it. A Segment of unknown size ends at the
//! next EBML header or Segment; so does one whose size is too large. A body that ends
//! before the size of its Segment or Cluster is used up is [`ReadErrorKind::Truncated`],
//! with the offset of that Segment or Cluster, after the events of all it does hold.
//!
//! # What is not checked
//!
//! Values are read, not judged: repeated Info or Tracks, blocks of tracks that were not
//! declared, the order of timestamps and CRC-32 are left to the caller. A frame's bytes
//! are as stored: `ContentEncodings` (compression, header stripping) are not undone.

mod block;
mod elements;
mod error;
mod event;
mod queue;
mod sniff;

use bytes::Bytes;

use super::ebml::{self, Fault};
use super::ids;
pub use error::{ReadError, ReadErrorKind};
pub use event::{Block, Event, FrameSpan, Poll, Tag};
use queue::{Cursor, PEEK_BYTES, Queue};

/// Bounds on what one stream may make the reader hold.
#[derive(Clone, Copy, Debug)]
pub struct ReaderLimits {
    /// Largest element held whole before the first Cluster or between Clusters
    /// (Info, Tracks, Tags), bytes.
    pub element_bytes_max: u64,
    /// Largest block (one frame or one laced group), bytes.
    pub block_bytes_max: u64,
}

/// The reader. See the module's documentation.
///
/// It holds the bytes not yet read and those read but not yet [`cut`](Self::cut), all
/// by reference. A caller that cuts whenever [`Reader::poll`] has said
/// [`Poll::NeedData`] makes it hold no more than one block or element and one chunk.
#[derive(Debug)]
pub struct Reader {
    queue: Queue,
    limits: ReaderLimits,
    finished: bool,
    error: Option<ReadError>,
    /// The `…Start` event of the element that is next has been given.
    announced: bool,
    segment: Option<Segment>,
    cluster: Option<Cluster>,
    /// The element being passed over.
    skip: Option<Skip>,
}

#[derive(Clone, Copy, Debug)]
struct Segment {
    offset: u64,
    end: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
struct Cluster {
    offset: u64,
    end: Option<u64>,
    timestamp: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
struct Skip {
    offset: u64,
    id: u32,
    left: u64,
}

/// An element's id and size.
#[derive(Clone, Copy, Debug)]
struct Header {
    id: u32,
    size: Option<u64>,
    /// Bytes of both.
    len: u64,
}

impl Reader {
    /// A reader at the first byte of a body.
    #[must_use]
    pub fn new(limits: ReaderLimits) -> Reader {
        Reader {
            queue: Queue::default(),
            limits,
            finished: false,
            error: None,
            announced: false,
            segment: None,
            cluster: None,
            skip: None,
        }
    }

    /// Takes the next bytes of the body. Chunks are kept as they are, but for very small
    /// ones (under 64 bytes) that pile up, which are gathered.
    pub fn push(&mut self, chunk: Bytes) {
        self.queue.push(chunk);
    }

    /// Says that the body has ended. What is pushed later is still read.
    pub fn finish(&mut self) {
        self.finished = true;
    }

    /// Reads on to the next event, or for as long as there are bytes.
    ///
    /// # Errors
    /// [`ReadError`] if the stream cannot be read on; from then on always the same one.
    pub fn poll(&mut self) -> Result<Poll, ReadError> {
        if let Some(error) = &self.error {
            return Err(error.clone());
        }
        self.read()
            .inspect_err(|error| self.error = Some(error.clone()))
    }

    /// Moves the bytes passed over since the last cut to the end of `out`, verbatim: a
    /// slice of each chunk they lie in.
    pub fn cut(&mut self, out: &mut Vec<Bytes>) {
        self.queue.cut(out);
    }

    /// The offset of the next byte to be passed over, from the first byte ever pushed.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.queue.at().offset
    }

    /// Whether an element is being passed over of which more is to come.
    #[must_use]
    pub fn is_inside_element(&self) -> bool {
        self.skip.is_some()
    }

    fn read(&mut self) -> Result<Poll, ReadError> {
        loop {
            if let Some(skip) = self.skip {
                match self.pass_over(skip) {
                    Some(event) => return Ok(Poll::Event(event)),
                    None if self.skip.is_some() => return self.starved(Some(skip.id)),
                    None => {}
                }
            }
            if let Some(event) = self.end_by_size() {
                return Ok(Poll::Event(event));
            }
            let at = self.queue.at();
            let mut scratch = [0; PEEK_BYTES];
            let peek = self.queue.peek(at, &mut scratch);
            if at.offset == 0 && !starts_document(peek, self.finished)? {
                return self.starved(None);
            }
            let error = |fault: Fault, element| ReadError {
                offset: at.offset,
                element,
                kind: fault.into(),
            };
            let Some((id, id_len)) = ebml::id(peek).map_err(|fault| error(fault, None))? else {
                return self.starved(None);
            };
            if self.cluster.is_some_and(|c| c.end.is_none())
                && (ids::is_level_0(id) || ids::is_level_1(id))
            {
                return Ok(Poll::Event(self.end_cluster(false)));
            }
            let Some((size, size_len)) =
                ebml::vint(&peek[id_len..]).map_err(|fault| error(fault, Some(id)))?
            else {
                return self.starved(Some(id));
            };
            let header = Header {
                id,
                size,
                len: (id_len + size_len) as u64,
            };
            let end = self.end_of(at, &header)?;
            let event = if self.cluster.is_some() {
                self.cluster_child(at, &header)?
            } else {
                self.top_level(at, &header, end)?
            };
            match event {
                Step::Event(event) => return Ok(Poll::Event(event)),
                Step::Silent => {}
                Step::Starved => return self.starved(Some(id)),
            }
        }
    }

    /// What to say when the next element is not there as a whole.
    fn starved(&mut self, element: Option<u32>) -> Result<Poll, ReadError> {
        if !self.finished {
            return Ok(Poll::NeedData);
        }
        let truncated = |offset, element| ReadError {
            offset,
            element,
            kind: ReadErrorKind::Truncated,
        };
        let at = self.queue.at();
        if let Some(skip) = self.skip {
            return Err(truncated(skip.offset, element));
        }
        if self.queue.available(at) > 0 {
            return Err(truncated(at.offset, element));
        }
        match (self.cluster, self.segment) {
            (Some(Cluster { end: None, .. }), _) => Ok(Poll::Event(self.end_cluster(false))),
            (Some(cluster), _) => Err(truncated(cluster.offset, Some(ids::CLUSTER))),
            (
                None,
                Some(Segment {
                    offset,
                    end: Some(_),
                }),
            ) => Err(truncated(offset, Some(ids::SEGMENT))),
            (None, _) => Ok(Poll::End),
        }
    }

    /// Passes over what there is of `skip`; the event once it is all.
    fn pass_over(&mut self, mut skip: Skip) -> Option<Event> {
        let step = skip.left.min(self.queue.available(self.queue.at()));
        self.queue.consume(step);
        skip.left -= step;
        self.skip = (skip.left > 0).then_some(skip);
        let done = self.skip.is_none() && self.cluster.is_none();
        done.then_some(Event::Other {
            offset: skip.offset,
            id: skip.id,
        })
    }

    /// Closes a Cluster or Segment whose last byte has been passed over.
    fn end_by_size(&mut self) -> Option<Event> {
        let position = self.position();
        let segment_over = self.segment.is_some_and(|s| s.end == Some(position));
        if let Some(cluster) = self.cluster {
            if cluster.end == Some(position) {
                return Some(self.end_cluster(true));
            }
            return (segment_over && cluster.end.is_none()).then(|| self.end_cluster(false));
        }
        if segment_over {
            self.segment = None;
        }
        None
    }

    fn end_cluster(&mut self, sized: bool) -> Event {
        self.cluster = None;
        Event::ClusterEnd {
            offset: self.position(),
            sized,
        }
    }

    /// The offset just past the element, once it is sure to be allowed there.
    fn end_of(&self, at: Cursor, header: &Header) -> Result<Option<u64>, ReadError> {
        let error = |kind| ReadError {
            offset: at.offset,
            element: Some(header.id),
            kind,
        };
        let data = at.offset + header.len;
        let parent_end = match (self.cluster, self.segment) {
            (Some(Cluster { end: Some(end), .. }), _) => Some(end),
            // A new document may begin inside a Segment whose size was wrong.
            (None, Some(_)) if ids::is_level_0(header.id) => None,
            (_, Some(segment)) => segment.end,
            _ => None,
        };
        let Some(size) = header.size else {
            if !matches!(header.id, ids::SEGMENT | ids::CLUSTER) {
                return Err(error(ReadErrorKind::UnknownSize));
            }
            return match parent_end {
                Some(parent_end) if data > parent_end => Err(error(ReadErrorKind::ExceedsParent)),
                _ => Ok(None),
            };
        };
        let end = data + size;
        if parent_end.is_some_and(|parent_end| end > parent_end) {
            return Err(error(ReadErrorKind::ExceedsParent));
        }
        Ok(Some(end))
    }

    fn top_level(
        &mut self,
        at: Cursor,
        header: &Header,
        end: Option<u64>,
    ) -> Result<Step, ReadError> {
        let offset = at.offset;
        let id = header.id;
        if ids::is_cluster_child(id) || self.segment.is_none() && ids::is_level_1(id) {
            let kind = ReadErrorKind::UnexpectedElement;
            return Err(ReadError {
                offset,
                element: Some(id),
                kind,
            });
        }
        if !self.announced
            && let Some(event) = start_event(offset, header)
        {
            self.announced = true;
            return Ok(Step::Event(event));
        }
        match id {
            ids::EBML => {
                let step = self.held(at, header, |data, base| {
                    Ok(Event::Ebml {
                        doc_type: elements::doc_type(data, base)?,
                    })
                })?;
                if matches!(step, Step::Event(_)) {
                    self.announced = false;
                    self.segment = None;
                }
                Ok(step)
            }
            ids::SEGMENT => {
                self.announced = false;
                self.segment = Some(Segment { offset, end });
                self.queue.consume(header.len);
                Ok(Step::Silent)
            }
            ids::CLUSTER => {
                self.announced = false;
                self.cluster = Some(Cluster {
                    offset,
                    end,
                    timestamp: None,
                });
                self.queue.consume(header.len);
                Ok(Step::Silent)
            }
            ids::INFO => self.held(at, header, |data, base| {
                let timestamp_scale_ns = elements::timestamp_scale_ns(data, base)?;
                Ok(Event::Info { timestamp_scale_ns })
            }),
            ids::TRACKS => self.held(at, header, |data, base| {
                Ok(Event::Tracks {
                    offset,
                    tracks: elements::tracks(data, base)?,
                })
            }),
            ids::TAGS => self.held(at, header, |data, base| {
                Ok(Event::Tags {
                    offset,
                    tags: elements::tags(data, base)?,
                })
            }),
            _ => Ok(self.begin_skip(at, header)),
        }
    }

    fn cluster_child(&mut self, at: Cursor, header: &Header) -> Result<Step, ReadError> {
        let offset = at.offset;
        let error = |kind| ReadError {
            offset,
            element: Some(header.id),
            kind,
        };
        let size = header.size.unwrap_or(0);
        let limit = match header.id {
            ids::TIMESTAMP if size > 8 => return Err(error(ReadErrorKind::InvalidValue)),
            ids::TIMESTAMP => size,
            ids::SIMPLE_BLOCK => self.limits.block_bytes_max,
            // Beside its block it holds small things such as a duration.
            ids::BLOCK_GROUP => self
                .limits
                .block_bytes_max
                .saturating_add(self.limits.element_bytes_max),
            id if ids::is_level_0(id) || ids::is_level_1(id) => {
                return Err(error(ReadErrorKind::UnexpectedElement));
            }
            _ => return Ok(self.begin_skip(at, header)),
        };
        if size > limit {
            return Err(error(ReadErrorKind::TooLarge { limit }));
        }
        if self.queue.available(at) < header.len + size {
            return Ok(Step::Starved);
        }
        let data = self.queue.after(at, header.len);
        if header.id == ids::TIMESTAMP {
            let ticks = ebml::uint(&self.queue.whole(data, size as usize)).unwrap_or(0);
            self.queue.consume(header.len + size);
            return self.timestamp(ticks).map_err(error);
        }
        if let Some(cluster) = &mut self.cluster
            && cluster.timestamp.is_none()
        {
            cluster.timestamp = Some(0);
            return Ok(Step::Event(Event::ClusterTimestamp { ticks: 0 }));
        }
        let block = if header.id == ids::SIMPLE_BLOCK {
            block::simple_block(&self.queue, offset, data, size)?
        } else {
            let block_bytes_max = self.limits.block_bytes_max;
            block::block_group(&self.queue, offset, data, size, block_bytes_max)?
        };
        self.queue.consume(header.len + size);
        Ok(Step::Event(Event::Block(block)))
    }

    /// A Cluster has one timestamp. A second one is passed over if it says the same.
    fn timestamp(&mut self, ticks: u64) -> Result<Step, ReadErrorKind> {
        match self.cluster.as_mut().map(|cluster| &mut cluster.timestamp) {
            Some(timestamp @ None) => {
                *timestamp = Some(ticks);
                Ok(Step::Event(Event::ClusterTimestamp { ticks }))
            }
            Some(Some(known)) if *known != ticks => Err(ReadErrorKind::UnexpectedElement),
            _ => Ok(Step::Silent),
        }
    }

    /// Reads an element once it is there whole. `read` gets its data and that data's
    /// absolute offset.
    fn held(
        &mut self,
        at: Cursor,
        header: &Header,
        read: impl FnOnce(&[u8], u64) -> Result<Event, ReadError>,
    ) -> Result<Step, ReadError> {
        let size = header.size.unwrap_or(0);
        let limit = self.limits.element_bytes_max;
        if size > limit {
            let kind = ReadErrorKind::TooLarge { limit };
            return Err(ReadError {
                offset: at.offset,
                element: Some(header.id),
                kind,
            });
        }
        if self.queue.available(at) < header.len + size {
            return Ok(Step::Starved);
        }
        let data = self.queue.after(at, header.len);
        let event = read(&self.queue.whole(data, size as usize), data.offset)?;
        self.queue.consume(header.len + size);
        Ok(Step::Event(event))
    }

    fn begin_skip(&mut self, at: Cursor, header: &Header) -> Step {
        self.queue.consume(header.len);
        let left = header.size.unwrap_or(0);
        self.skip = Some(Skip {
            offset: at.offset,
            id: header.id,
            left,
        });
        Step::Silent
    }
}

/// The event that announces an element, for the three kinds that are announced.
fn start_event(offset: u64, header: &Header) -> Option<Event> {
    match header.id {
        ids::EBML => Some(Event::EbmlStart { offset }),
        ids::SEGMENT => Some(Event::SegmentStart {
            offset,
            size: header.size,
        }),
        ids::CLUSTER => Some(Event::ClusterStart {
            offset,
            size: header.size,
        }),
        _ => None,
    }
}

/// What looking at the next element came to.
enum Step {
    Event(Event),
    /// It was passed over, or its children are next.
    Silent,
    /// It is not all there.
    Starved,
}

/// Whether a body that begins with `head` begins with an EBML header; false while that
/// is still open.
fn starts_document(head: &[u8], finished: bool) -> Result<bool, ReadError> {
    let magic = ids::EBML.to_be_bytes();
    let len = head.len().min(magic.len());
    if head[..len] == magic[..len] {
        return Ok(len == magic.len());
    }
    if head.len() < sniff::SNIFF_BYTES && !finished {
        return Ok(false);
    }
    let looks_like = sniff::name(&head[..head.len().min(sniff::SNIFF_BYTES)]);
    Err(ReadError {
        offset: 0,
        element: None,
        kind: ReadErrorKind::NotMatroska { looks_like },
    })
}

#[cfg(test)]
mod tests;
