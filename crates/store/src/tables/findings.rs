//! Findings, the newest thousand of every stream.

use kvs::fragment::FragmentNumber;
use kvs::ingest::ack::AckError;
use kvs::ingest::finding::Finding;
use kvs::name::StreamId;

use super::{ATTEMPTS, Store};
use crate::error::StoreError;
use crate::meta::{Batch, Check, Scan};
use crate::{key, record};

/// A [`Finding`] as it was recorded. The fields are those of [`Finding`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFinding {
    /// Counts the findings of a stream.
    pub serial: u64,
    /// When, milliseconds since the epoch.
    pub at_ms: u64,
    /// A stable name for what was found.
    pub code: String,
    /// The error AWS would have sent for it, if any.
    pub aws: Option<AckError>,
    /// Whether the input was refused for it.
    pub refused: bool,
    /// The fragment concerned.
    pub fragment: Option<FragmentNumber>,
    /// Byte offset in the request body.
    pub offset: Option<u64>,
    /// The Matroska element concerned.
    pub element: Option<String>,
    /// What was seen.
    pub what: String,
    /// The likely cause.
    pub cause: String,
    /// What to change.
    pub cure: String,
}

impl Store {
    /// Records findings in their order and forgets the oldest beyond
    /// [`FINDINGS_MAX`]. [`StoreError::NotFound`] if there is no such stream.
    pub async fn add_findings(&self, id: StreamId, findings: &[Finding]) -> Result<(), StoreError> {
        let findings = &findings[findings.len().saturating_sub(FINDINGS_MAX)..];
        if findings.is_empty() {
            return Ok(());
        }
        let exists = key::of_stream(key::STREAM_ID, id);
        let (start, end) = range(id);
        for _ in 0..ATTEMPTS {
            let stream = self.value(exists.clone()).await?;
            let stream = stream.ok_or(StoreError::NotFound)?;
            let newest = self.last(start.clone(), end.clone()).await?;
            let next = newest.map_or(Ok(0), |(key, _)| serial(&key).map(|serial| serial + 1))?;
            // The first to be kept: serials are dense, so at most as many go as come.
            let keep = (next + findings.len() as u64).saturating_sub(FINDINGS_MAX as u64);
            let kept_from = key::finding(id, keep);
            let old = self.first(start.clone(), kept_from, FINDINGS_MAX).await?;
            let puts = (next..).zip(findings).map(|(serial, finding)| {
                let row = record::finding::encode(finding);
                (key::finding(id, serial), row)
            });
            let batch = Batch {
                checks: vec![
                    Check::Equals(exists.clone(), stream),
                    Check::Absent(key::finding(id, next)),
                ],
                puts: puts.collect(),
                deletes: old.into_iter().map(|(key, _)| key).collect(),
                ..Batch::default()
            };
            match self.meta().commit(batch).await {
                // Another session of the stream recorded some meanwhile.
                Err(StoreError::Conflict) => {}
                other => return other,
            }
        }
        Err(StoreError::Conflict)
    }

    /// Findings of a stream by the order they were recorded in, oldest or newest first.
    pub async fn findings(
        &self,
        id: StreamId,
        newest_first: bool,
        limit: usize,
    ) -> Result<Vec<StoredFinding>, StoreError> {
        let (start, end) = range(id);
        let scan = Scan {
            start,
            end,
            reverse: newest_first,
            limit,
        };
        let rows = self.meta().scan(scan).await?;
        rows.iter()
            .map(|(key, row)| record::finding::decode(serial(key)?, row))
            .collect()
    }
}

/// Most findings kept of a stream.
pub const FINDINGS_MAX: usize = 1000;

fn range(id: StreamId) -> (bytes::Bytes, bytes::Bytes) {
    let start = key::of_stream(key::FINDING, id);
    let end = key::after_prefix(&start);
    (start, end)
}

fn serial(key: &[u8]) -> Result<u64, StoreError> {
    key::number(key, 1).ok_or_else(|| StoreError::Corrupt("a finding's key is too short".into()))
}
