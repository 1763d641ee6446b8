//! Taking media away: what is too old, and what belongs to deleted streams.
//!
//! The order is always the same. One commit deletes rows and notes their spans as
//! pending; then the spans are freed; then the notes are deleted. After a crash in
//! between, [`Store::finish_frees`] goes on from the notes. So a row never points at
//! freed media, and no media stays without a row or a note.

use std::ops::AddAssign;

use bytes::Bytes;
use kvs::name::StreamId;

use super::fragments::{StoredFragment, decode_row, places, range_of};
use super::hours::{before, of_fragments};
use super::{ATTEMPTS, Store};
use crate::error::StoreError;
use crate::media::Span;
use crate::meta::{Batch, Check};
use crate::{key, record};

/// What a call of [`Store::expire`] took away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expired {
    /// Fragments.
    pub fragments: u64,
    /// Stored bytes of their media.
    pub bytes: u64,
}

impl AddAssign for Expired {
    fn add_assign(&mut self, more: Expired) {
        self.fragments += more.fragments;
        self.bytes += more.bytes;
    }
}

/// What a call of [`Store::expire_many`] did.
#[derive(Debug, Default)]
pub struct ExpiredMany {
    /// What it took away.
    pub expired: Expired,
    /// The streams that have more to expire, or may have.
    pub left: Vec<(StreamId, u64)>,
    /// The streams of which nothing could be expired.
    pub failed: Vec<(StreamId, StoreError)>,
}

/// What a call of [`Store::purge_step`] took away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Fragments.
    pub fragments: u64,
    /// Stored bytes of their media.
    pub bytes: u64,
    /// Nothing of the stream is left.
    pub done: bool,
}

impl Store {
    /// Deletes up to `limit` of the fragments of a stream whose server time is before
    /// `before_server_ms`, oldest first. Their media is gone when this returns. If as
    /// many as `limit` went there may be more.
    pub async fn expire(
        &self,
        id: StreamId,
        before_server_ms: u64,
        limit: usize,
    ) -> Result<Expired, StoreError> {
        for _ in 0..ATTEMPTS {
            let (fragments, batch) = self.due(id, before_server_ms, limit).await?;
            if fragments.is_empty() {
                return Ok(Expired::default());
            }
            match self.commit_freeing(batch).await {
                Ok(()) => return self.free(&fragments).await,
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Conflict)
    }

    /// Deletes up to `limit` of the fragments of several streams, each with the server time
    /// before which they are due, in one commit: what that costs hardly depends on how much
    /// it deletes. What is wrong with one stream does not keep the others.
    pub async fn expire_many(
        &self,
        due: &[(StreamId, u64)],
        limit: usize,
    ) -> Result<ExpiredMany, StoreError> {
        let mut done = ExpiredMany::default();
        let (mut taken, mut all, mut batch) = (Vec::new(), Vec::new(), Batch::default());
        for (at, &(id, before)) in due.iter().enumerate() {
            let room = limit - all.len();
            if room == 0 {
                // Those that were not asked come first next time.
                done.left.splice(..0, due[at..].iter().copied());
                break;
            }
            match self.due(id, before, room).await {
                Ok((fragments, _)) if fragments.is_empty() => {}
                Ok((fragments, deletion)) => {
                    if fragments.len() == room {
                        done.left.push((id, before));
                    }
                    taken.push((id, before));
                    all.extend(fragments);
                    batch.checks.extend(deletion.checks);
                    batch.puts.extend(deletion.puts);
                    batch.deletes.extend(deletion.deletes);
                }
                Err(error) => done.failed.push((id, error)),
            }
        }
        if all.is_empty() {
            return Ok(done);
        }
        match self.commit_freeing(batch).await {
            Ok(()) => done.expired = self.free(&all).await?,
            // Something changed of one of them.
            Err(StoreError::Conflict) => {
                for (id, before) in taken {
                    match self.expire(id, before, limit).await {
                        Ok(expired) => done.expired += expired,
                        Err(error) => {
                            done.left.retain(|&(left, _)| left != id);
                            done.failed.push((id, error));
                        }
                    }
                }
            }
            Err(error) => return Err(error),
        }
        Ok(done)
    }

    /// The server time of the oldest fragment of a stream that can be read, if that is
    /// before `before_server_ms`.
    pub async fn oldest_ms(
        &self,
        id: StreamId,
        before_server_ms: u64,
    ) -> Result<Option<u64>, StoreError> {
        let (start, _) = range_of(id);
        let end = key::fragment(id, before_server_ms, 0);
        let oldest = self.readable(start, end, 1).await?;
        Ok(oldest.first().map(|oldest| oldest.meta.number.server_ms))
    }

    /// The first fragments of a stream that are due, and what deletes them.
    async fn due(
        &self,
        id: StreamId,
        before_server_ms: u64,
        limit: usize,
    ) -> Result<(Vec<StoredFragment>, Batch), StoreError> {
        let (start, _) = range_of(id);
        let end = key::fragment(id, before_server_ms, 0);
        let fragments = self.readable(start, end, limit).await?;
        let Some(last) = fragments.last() else {
            return Ok((fragments, Batch::default()));
        };
        let mut batch = deletion(id, &fragments);
        // Numbers of rows that are gone must not be used again.
        let place = key::of_stream(key::EXPIRED, id);
        let old = self.value(place.clone()).await?;
        let highest = match &old {
            Some(row) => record::decode_number(row)?.max(last.meta.number.sequence),
            None => last.meta.number.sequence,
        };
        batch.checks.push(Check::unchanged(place.clone(), old));
        batch.puts.push((place, record::encode_number(highest)));
        let place = key::of_stream(key::SUMMARISED, id);
        let old = self.value(place.clone()).await?;
        if let Some(row) = &old {
            let mut mark = record::hour::decode_summarised(row)?;
            mark.count = mark.count.minus(before(&mark, &fragments));
            let row = record::hour::encode_summarised(&mark);
            batch.puts.push((place.clone(), row));
        }
        batch.checks.push(Check::unchanged(place, old));
        Ok((fragments, batch))
    }

    /// The first fragments of a range. Rows that cannot be read are passed over: a check
    /// of the store tells of them, and what can be read must not stay for them.
    async fn readable(
        &self,
        mut start: Bytes,
        end: Bytes,
        limit: usize,
    ) -> Result<Vec<StoredFragment>, StoreError> {
        let mut fragments = Vec::new();
        loop {
            let wanted = limit - fragments.len();
            let rows = self.first(start, end.clone(), wanted).await?;
            fragments.extend(rows.iter().filter_map(|row| decode_row(row).ok()));
            match rows.last() {
                Some((last, _)) if rows.len() == wanted && fragments.len() < limit => {
                    start = key::next(last);
                }
                _ => return Ok(fragments),
            }
        }
    }

    /// Deleted streams whose media is still there.
    pub async fn doomed_streams(&self, limit: usize) -> Result<Vec<StreamId>, StoreError> {
        let start = key::single(key::DOOMED);
        let end = key::after_prefix(&start);
        let rows = self.first(start, end, limit).await?;
        rows.iter()
            .map(|(key, _)| key::number(key, 0).map(StreamId))
            .map(|id| id.ok_or_else(|| StoreError::Corrupt("a doomed key is too short".into())))
            .collect()
    }

    /// Takes away up to `limit` fragments of a deleted stream, and in the end the last
    /// traces of it. Call it until it is done.
    pub async fn purge_step(&self, id: StreamId, limit: usize) -> Result<Purged, StoreError> {
        let doomed = key::of_stream(key::DOOMED, id);
        if self.value(doomed.clone()).await?.is_none() {
            return Ok(Purged {
                done: true,
                ..Purged::default()
            });
        }
        let (start, end) = range_of(id);
        let fragments = self.readable(start, end, limit).await?;
        if !fragments.is_empty() {
            let mut batch = deletion(id, &fragments);
            batch.deletes.push(key::of_stream(key::SUMMARISED, id));
            self.commit_freeing(batch).await?;
            let Expired { fragments, bytes } = self.free(&fragments).await?;
            let done = false;
            return Ok(Purged {
                fragments,
                bytes,
                done,
            });
        }
        let mut deletes: Vec<Bytes> = Vec::new();
        // The first two have rows left only if they could not be read. Their media has no
        // row then, and a check of the store frees it.
        for table in [
            key::FRAGMENT,
            key::FRAGMENT_PRODUCER,
            key::FINDING,
            key::HOUR,
        ] {
            let first = key::of_stream(table, id);
            let end = key::after_prefix(&first);
            let rows = self.first(first, end, limit).await?;
            deletes.extend(rows.into_iter().map(|(key, _)| key));
        }
        let done = deletes.is_empty();
        if done {
            deletes.extend([
                doomed,
                key::of_stream(key::SESSION, id),
                key::of_stream(key::EXPIRED, id),
                key::of_stream(key::SUMMARISED, id),
            ]);
        }
        let batch = Batch {
            deletes,
            ..Batch::default()
        };
        self.commit_freeing(batch).await?;
        Ok(Purged {
            done,
            ..Purged::default()
        })
    }

    /// Frees the spans that are noted as pending, at start-up and after errors; gives
    /// their number. What cannot be freed stays noted and does not keep the rest.
    pub async fn finish_frees(&self) -> Result<u64, StoreError> {
        let mut start = key::single(key::PENDING_FREE);
        let end = key::after_prefix(&start);
        let (mut count, mut failed) = (0, None);
        loop {
            let rows = self.first(start, end.clone(), FREE_PAGE).await?;
            let Some((last, _)) = rows.last() else {
                return failed.map_or(Ok(count), Err);
            };
            start = key::next(last);
            match self.finish_page(&rows).await {
                Ok(()) => count += rows.len() as u64,
                Err(error) => failed = Some(error),
            }
        }
    }

    async fn finish_page(&self, rows: &[(Bytes, Bytes)]) -> Result<(), StoreError> {
        // Behind a note that cannot be read is a record without a row, which a check of
        // the store finds.
        let spans = rows.iter();
        let spans = spans.filter_map(|(_, row)| record::fragment::decode_span(row).ok());
        self.give_back(spans.collect()).await?;
        let batch = Batch {
            deletes: rows.iter().map(|(key, _)| key.clone()).collect(),
            ..Batch::default()
        };
        self.commit_freeing(batch).await
    }

    /// Frees spans, and forgets what was opened from them. Their rows are gone, so nobody
    /// is served from memory meanwhile.
    async fn give_back(&self, spans: Vec<Span>) -> Result<(), StoreError> {
        let freed = self.media().free(spans.clone()).await;
        self.inner.opened.forget(spans.into_iter());
        freed
    }

    /// Frees what a committed [`deletion`] left pending.
    async fn free(&self, fragments: &[StoredFragment]) -> Result<Expired, StoreError> {
        let spans = fragments.iter().map(|fragment| fragment.span);
        let bytes = spans.clone().map(|span| u64::from(span.len)).sum();
        self.give_back(spans.clone().collect()).await?;
        let batch = Batch {
            deletes: spans.map(key::pending_free).collect(),
            ..Batch::default()
        };
        self.commit_freeing(batch).await?;
        Ok(Expired {
            fragments: fragments.len() as u64,
            bytes,
        })
    }
}

/// Deletes the rows of fragments, and the summaries that know of them, and notes their
/// spans.
pub(super) fn deletion(id: StreamId, fragments: &[StoredFragment]) -> Batch {
    let mut batch = Batch::default();
    batch.deletes.extend(of_fragments(id, fragments));
    for fragment in fragments {
        batch.deletes.extend(places(id, fragment));
        batch.puts.push((
            key::pending_free(fragment.span),
            record::fragment::encode_span(fragment.span),
        ));
    }
    batch
}

/// Spans freed at a time.
const FREE_PAGE: usize = 1000;
