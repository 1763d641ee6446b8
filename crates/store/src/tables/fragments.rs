//! Fragments: media in extents, two rows each in one commit.
//!
//! The row of a fragment stands under `(stream, server time, sequence)` and once more,
//! the same, under `(stream, producer time, server time, sequence)`. So a page by
//! either clock is one scan, at the price of some hundred bytes per fragment. Within a
//! stream server time and sequence never decrease, so the first order is the order of
//! ingestion and of fragment numbers, and a number leads straight to its row.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use kvs::fragment::{FragmentMeta, FragmentNumber, FrameIndex};
use kvs::ingest::ClosedFragment;
use kvs::name::StreamId;

use super::hours::{Mark, outdated};
use super::{ATTEMPTS, Store};
use crate::error::StoreError;
use crate::media::{Class, Record, Span};
use crate::memory::lock;
use crate::meta::{Batch, Check, Scan};
use crate::seal::{self, DataKey};
use crate::{key, record};

/// A fragment to store.
#[derive(Clone, Debug)]
pub struct NewFragment {
    /// Its stream.
    pub stream: StreamId,
    /// What it is kept with.
    pub class: Class,
    /// The fragment, `ordinal` and `breaks` filled in.
    pub fragment: Arc<ClosedFragment>,
}

/// A fragment that is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFragment {
    /// What is known of it.
    pub meta: FragmentMeta,
    /// Where its media lies.
    pub span: Span,
}

impl StoredFragment {
    /// The place of this fragment in both orders.
    pub fn cursor(&self) -> FragmentCursor {
        FragmentCursor {
            producer_ms: self.meta.producer_ms,
            server_ms: self.meta.number.server_ms,
            sequence: self.meta.number.sequence,
        }
    }
}

/// A place in the list of a stream's fragments, in either order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FragmentCursor {
    /// Producer time, milliseconds since the epoch.
    pub producer_ms: i64,
    /// Server time, milliseconds since the epoch.
    pub server_ms: u64,
    /// Sequence.
    pub sequence: u64,
}

/// The clock a range is given in, which is also the order of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Producer time.
    Producer,
    /// Server time: the order of ingestion.
    Server,
}

/// Which fragments to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FragmentRange {
    /// The clock, and the order.
    pub origin: Origin,
    /// First time, inclusive, milliseconds since the epoch.
    pub start_ms: i64,
    /// Last time, inclusive.
    pub end_ms: i64,
    /// Only what follows this place in the direction of the list.
    pub after: Option<FragmentCursor>,
    /// Latest first.
    pub reverse: bool,
    /// Most fragments to return.
    pub limit: usize,
}

/// A fragment's media: what the producer sent, verbatim, as slices of one buffer.
#[derive(Clone, Debug)]
pub struct FragmentBytes {
    /// Everything before the first Cluster of the connection.
    pub header: Bytes,
    /// The Cluster element.
    pub cluster: Bytes,
    /// The elements between this Cluster and the next.
    pub trailer: Bytes,
    /// All frames.
    pub index: FrameIndex,
}

/// Fragments whose media is durable and that have no rows yet. To drop it leaves their
/// media to be found by the next start.
#[must_use]
#[derive(Default)]
pub struct Written {
    rows: Vec<(StreamId, StoredFragment)>,
    keys: Keys,
}

impl Written {
    /// Takes others in, to be committed together.
    pub fn join(&mut self, other: Written) {
        self.rows.extend(other.rows);
        self.keys.extend(other.keys);
    }
}

/// Data keys by stream, each with the row it was unwrapped from.
type Keys = BTreeMap<StreamId, (Bytes, Arc<DataKey>)>;

impl Store {
    /// Stores fragments: [`Store::write_fragments`] and [`Store::commit_fragments`], with
    /// the errors of both.
    pub async fn append_fragments(&self, batch: Vec<NewFragment>) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        let written = self.write_fragments(batch).await?;
        self.commit_fragments(written).await
    }

    /// Seals fragments and appends them, once per class. They count only when they are
    /// committed. On an error nothing was kept, unless it is [`StoreError::Unavailable`].
    pub async fn write_fragments(&self, batch: Vec<NewFragment>) -> Result<Written, StoreError> {
        let ids: BTreeSet<StreamId> = batch.iter().map(|new| new.stream).collect();
        let keys = self.data_keys(&ids).await?;
        let mut classes: BTreeMap<Class, Vec<NewFragment>> = BTreeMap::new();
        for new in batch {
            if keys.contains_key(&new.stream) {
                classes.entry(new.class).or_default().push(new);
            }
        }
        let mut rows = Vec::new();
        for (class, fragments) in classes {
            if let Err(error) = self.append_class(class, fragments, &keys, &mut rows).await {
                return Err(self.give_up(rows, error).await);
            }
        }
        Ok(Written { rows, keys })
    }

    /// Commits the rows of written fragments at once. On `Ok` all survive a crash.
    ///
    /// A fragment of a stream that is being deleted is dropped as if it had been
    /// stored just before; [`StoreError::NotFound`] if no other is in the batch. On
    /// [`StoreError::Conflict`] (a number is taken), [`StoreError::Full`] and
    /// [`StoreError::NotFound`] nothing was kept; on [`StoreError::Unavailable`] the
    /// outcome is not known.
    pub async fn commit_fragments(&self, written: Written) -> Result<(), StoreError> {
        let Written { mut rows, mut keys } = written;
        let ids: BTreeSet<StreamId> = rows.iter().map(|&(id, _)| id).collect();
        keys.retain(|id, _| ids.contains(id));
        let mut attempts = 0;
        while !rows.is_empty() {
            let mut batch = row_batch(&rows, &keys);
            let marks = self.marks(&rows).await?;
            batch.deletes = outdated(&rows, &marks);
            // Were one moved meanwhile, a summary would not know of these fragments.
            batch.checks.extend(marks.iter().map(Mark::unchanged));
            match self.meta().commit(batch).await {
                Ok(()) => return Ok(()),
                Err(StoreError::Conflict) => {}
                Err(StoreError::Full) => return Err(self.give_up(rows, StoreError::Full).await),
                // The rows may be there, so the media must stay.
                Err(error) => return Err(error),
            }
            let left = self.data_keys(&ids).await?;
            let stands = |id: &StreamId| {
                let row = |keys: &Keys| keys.get(id).map(|(row, _)| row.clone());
                row(&left) == row(&keys)
            };
            attempts += 1;
            let is_taken = keys.keys().all(stands) && self.marks(&rows).await? == marks;
            if is_taken || attempts >= ATTEMPTS {
                return Err(self.give_up(rows, StoreError::Conflict).await);
            }
            let (kept, gone) = rows.into_iter().partition(|(id, _)| left.contains_key(id));
            self.discard(gone).await;
            rows = kept;
            keys = left;
        }
        Err(StoreError::NotFound)
    }

    /// A fragment by its number.
    pub async fn fragment(
        &self,
        id: StreamId,
        number: &FragmentNumber,
    ) -> Result<Option<StoredFragment>, StoreError> {
        let (server_ms, sequence) = (number.server_ms, number.sequence);
        let row = self.value(key::fragment(id, server_ms, sequence)).await?;
        let found = row.map(|row| record::fragment::decode(server_ms, sequence, &row));
        Ok(found.transpose()?.filter(|f| f.meta.number == *number))
    }

    /// A page of a stream's fragments between two times of either clock.
    pub async fn fragments(
        &self,
        id: StreamId,
        range: FragmentRange,
    ) -> Result<Vec<StoredFragment>, StoreError> {
        let Some((start, end)) = range.keys(id) else {
            return Ok(Vec::new());
        };
        let scan = Scan {
            start,
            end,
            reverse: range.reverse,
            limit: range.limit,
        };
        decode_rows(&self.meta().scan(scan).await?)
    }

    /// The first fragments, in the order of ingestion, after a number (or from the
    /// oldest on). A number that is not there, or no longer, is a place all the same.
    pub async fn fragments_after(
        &self,
        id: StreamId,
        after: Option<&FragmentNumber>,
        limit: usize,
    ) -> Result<Vec<StoredFragment>, StoreError> {
        let (first, end) = range_of(id);
        let start = after.map_or(first, |number| {
            key::next(&key::fragment(id, number.server_ms, number.sequence))
        });
        decode_rows(&self.first(start, end, limit).await?)
    }

    /// The newest fragment.
    pub async fn last_fragment(&self, id: StreamId) -> Result<Option<StoredFragment>, StoreError> {
        let (start, end) = range_of(id);
        let row = self.last(start, end).await?;
        row.map(|row| decode_row(&row)).transpose()
    }

    /// Reads and opens a fragment's media. [`StoreError::NotFound`] if it or its stream
    /// has been deleted.
    pub async fn read_fragment(
        &self,
        id: StreamId,
        fragment: &StoredFragment,
    ) -> Result<FragmentBytes, StoreError> {
        let mut keys = self.data_keys(&BTreeSet::from([id])).await?;
        let (_, data_key) = keys.remove(&id).ok_or(StoreError::NotFound)?;
        let number = &fragment.meta.number;
        let place = (id, *number, fragment.span);
        let (opened, seen) = self.inner.opened.find(place);
        if let Some(media) = opened {
            let row = self.fragment(id, number).await?;
            let stands = row.is_some_and(|row| row.span == fragment.span);
            return stands.then_some(media).ok_or(StoreError::NotFound);
        }
        let sealed = match self.media().read(fragment.span).await {
            // Expiry may have taken it between listing and reading; if its row still
            // stands, bytes are missing that should be there.
            Err(StoreError::NotFound | StoreError::Corrupt(_))
                if self.fragment(id, number).await?.is_none() =>
            {
                return Err(StoreError::NotFound);
            }
            Err(StoreError::NotFound) => {
                return Err(StoreError::Corrupt(format!(
                    "the media of fragment {number} is missing"
                )));
            }
            other => other?,
        };
        let opened = match data_key.open(id, number, sealed) {
            // It may also have gone in the middle of the reading.
            Err(StoreError::Corrupt(_)) if self.fragment(id, number).await?.is_none() => {
                return Err(StoreError::NotFound);
            }
            other => other?,
        };
        let meta = &fragment.meta;
        let lens = [
            (opened.header.len(), meta.header_len),
            (opened.cluster.len(), meta.cluster_len),
            (opened.trailer.len(), meta.trailer_len),
        ];
        if lens.iter().any(|&(found, row)| found != row as usize) {
            return Err(StoreError::Corrupt(format!(
                "the row and the media of fragment {number} disagree on lengths"
            )));
        }
        let media = FragmentBytes {
            index: record::fragment::decode_index(&opened.index)?,
            header: opened.header,
            cluster: opened.cluster,
            trailer: opened.trailer,
        };
        self.inner.opened.keep(seen, place, &media);
        Ok(media)
    }

    /// What was made of a fragment and kept by [`Store::keep_made`] under the same name,
    /// as long as the fragment's media is held in memory. To be asked for rows that were
    /// just looked up: a row that is gone must not be served.
    pub fn made(&self, id: StreamId, fragment: &StoredFragment, name: u32) -> Option<Arc<[Bytes]>> {
        let place = (id, fragment.meta.number, fragment.span);
        self.inner.opened.made(place, name)
    }

    /// Keeps what was made of a fragment, if its media is held in memory. `made` are
    /// slices of [`FragmentBytes`] and up to `bytes` bytes of others.
    pub fn keep_made(
        &self,
        id: StreamId,
        fragment: &StoredFragment,
        name: u32,
        made: Arc<[Bytes]>,
        bytes: usize,
    ) {
        let place = (id, fragment.meta.number, fragment.span);
        self.inner.opened.keep_made(place, name, made, bytes);
    }

    /// The data keys of those of the streams that exist.
    ///
    /// The rows are read every time, for a deleted stream must be unreadable at once on
    /// every node; only the unwrapping is remembered.
    async fn data_keys(&self, ids: &BTreeSet<StreamId>) -> Result<Keys, StoreError> {
        let places: Vec<Bytes> = ids
            .iter()
            .map(|&id| key::of_stream(key::DATA_KEY, id))
            .collect();
        let rows = self.meta().get(&places).await?;
        let mut cache = lock(&self.inner.keys);
        let mut keys = Keys::new();
        for (&id, row) in ids.iter().zip(rows) {
            let Some(row) = row else {
                cache.remove(&id);
                continue;
            };
            let key = match cache.get(&id) {
                Some((cached, key)) if *cached == row => key.clone(),
                _ => {
                    if cache.len() >= KEYS_MAX {
                        cache.clear();
                    }
                    let key = Arc::new(DataKey::unwrap(self.kek(), id, &row)?);
                    cache.insert(id, (row.clone(), key.clone()));
                    key
                }
            };
            keys.insert(id, (row, key));
        }
        Ok(keys)
    }

    async fn append_class(
        &self,
        class: Class,
        fragments: Vec<NewFragment>,
        keys: &Keys,
        rows: &mut Vec<(StreamId, StoredFragment)>,
    ) -> Result<(), StoreError> {
        let mut metas = Vec::with_capacity(fragments.len());
        let mut records = Vec::with_capacity(fragments.len());
        for NewFragment {
            stream, fragment, ..
        } in fragments
        {
            let (_, data_key) = keys.get(&stream).ok_or(StoreError::NotFound)?;
            let data_key = data_key.clone();
            metas.push((stream, fragment.meta.clone()));
            let index = record::fragment::encode_index(&fragment.index);
            records.push(Record {
                stream,
                number: fragment.meta.number,
                len: seal::sealed_len(&fragment, &index)?,
                fill: Box::new(move |out| data_key.seal(stream, &fragment, &index, out)),
            });
        }
        let spans = self.media().append(class, records).await?;
        let placed = metas.into_iter().zip(spans);
        rows.extend(placed.map(|((id, meta), span)| (id, StoredFragment { meta, span })));
        Ok(())
    }

    /// Frees what was appended and gives the error back.
    async fn give_up(
        &self,
        rows: Vec<(StreamId, StoredFragment)>,
        error: StoreError,
    ) -> StoreError {
        self.discard(rows).await;
        error
    }

    /// Frees media that no row points at. If it cannot be freed now it is an orphan,
    /// which the next start or a check of the store finds.
    async fn discard(&self, rows: Vec<(StreamId, StoredFragment)>) {
        if rows.is_empty() {
            return;
        }
        let spans = rows.iter().map(|(_, row)| row.span).collect();
        if let Err(error) = self.media().free(spans).await {
            tracing::warn!(%error, records = rows.len(), "records left without rows");
        }
    }
}

impl FragmentRange {
    /// First key and end of the scan; `None` if nothing can be in it.
    fn keys(&self, id: StreamId) -> Option<(Bytes, Bytes)> {
        let (start_ms, end_ms) = match self.origin {
            Origin::Producer => (self.start_ms, self.end_ms),
            Origin::Server => (self.start_ms.max(0), self.end_ms),
        };
        if end_ms < start_ms {
            return None;
        }
        let key = |ms: i64, low: bool| {
            let rest = if low { 0 } else { u64::MAX };
            match self.origin {
                Origin::Producer => key::fragment_producer(id, ms, rest, rest),
                Origin::Server => key::fragment(id, ms.cast_unsigned(), rest),
            }
        };
        let (mut start, mut end) = (key(start_ms, true), key::next(&key(end_ms, false)));
        if let Some(after) = self.after {
            let place = match self.origin {
                Origin::Producer => {
                    key::fragment_producer(id, after.producer_ms, after.server_ms, after.sequence)
                }
                Origin::Server => key::fragment(id, after.server_ms, after.sequence),
            };
            if self.reverse {
                end = end.min(place);
            } else {
                start = start.max(key::next(&place));
            }
        }
        (start < end).then_some((start, end))
    }
}

/// All rows of a batch, on the condition that every stream still has its key and no
/// number is taken.
fn row_batch(rows: &[(StreamId, StoredFragment)], keys: &Keys) -> Batch {
    let mut batch = Batch::default();
    let streams: BTreeSet<StreamId> = rows.iter().map(|&(id, _)| id).collect();
    for id in streams {
        if let Some((row, _)) = keys.get(&id) {
            let place = key::of_stream(key::DATA_KEY, id);
            batch.checks.push(Check::Equals(place, row.clone()));
        }
    }
    for (id, fragment) in rows {
        let [primary, producer] = places(*id, fragment);
        let row = record::fragment::encode(fragment);
        batch.checks.push(Check::Absent(primary.clone()));
        batch.puts.push((primary, row.clone()));
        batch.puts.push((producer, row));
    }
    batch
}

/// Both keys of a fragment's row, that of the order of ingestion first.
pub(crate) fn places(id: StreamId, fragment: &StoredFragment) -> [Bytes; 2] {
    let FragmentCursor {
        producer_ms,
        server_ms,
        sequence,
    } = fragment.cursor();
    [
        key::fragment(id, server_ms, sequence),
        key::fragment_producer(id, producer_ms, server_ms, sequence),
    ]
}

/// First key and end of all rows of a stream in the order of ingestion.
pub(crate) fn range_of(id: StreamId) -> (Bytes, Bytes) {
    let start = key::of_stream(key::FRAGMENT, id);
    let end = key::after_prefix(&start);
    (start, end)
}

/// Decodes rows of either order.
pub(crate) fn decode_rows(rows: &[(Bytes, Bytes)]) -> Result<Vec<StoredFragment>, StoreError> {
    rows.iter().map(decode_row).collect()
}

pub(super) fn decode_row((key, row): &(Bytes, Bytes)) -> Result<StoredFragment, StoreError> {
    // Server time and sequence are the last two numbers of either key.
    let numbers = key.len() / 8;
    let number = |back: usize| key::number(key, numbers.checked_sub(back)?);
    match (number(2), number(1)) {
        (Some(server_ms), Some(sequence)) => record::fragment::decode(server_ms, sequence, row),
        _ => Err(StoreError::Corrupt("a fragment's key is too short".into())),
    }
}

/// Most data keys remembered unwrapped.
const KEYS_MAX: usize = 4096;
