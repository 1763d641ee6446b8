//! Checking a store that is not in use, and mending what can be mended.

mod hours;

use std::fmt;
use std::io;
use std::path::Path;

use bytes::Bytes;
use kvs::name::StreamId;

use super::extent;
use super::media::Found;
use super::{EmbeddedOptions, OpenError, Parts};
use crate::blocking::block_on;
use crate::error::StoreError;
use crate::media::{MediaStore, Span};
use crate::tables::check::{Order, Row};
use crate::{Kek, Store};
use hours::Hours;

/// How thorough a check is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Every record's header is read.
    Quick,
    /// Every record is read and opened as well.
    Full,
}

/// What a check found. With repair, everything but [`Report::corrupt`] has been mended
/// as its field says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Fragments with a row.
    pub fragments: u64,
    /// Stored bytes of their media.
    pub bytes: u64,
    /// Rows whose record is not there. Repair deletes the rows.
    pub missing: Vec<Fault>,
    /// Rows whose record cannot be opened. Repair leaves them.
    pub corrupt: Vec<Fault>,
    /// Rows that cannot be read. Repair writes them as the other order has them, or
    /// deletes them where that cannot be read either.
    pub unreadable: u64,
    /// Fragments that only one of the two orders lists as it should. Repair goes by
    /// the order of ingestion.
    pub unpaired: u64,
    /// Streams with rows that neither exist nor wait to be purged. Repair marks them
    /// to be purged.
    pub unknown_streams: u64,
    /// Counts of an account's streams or audit events that are wrong. Repair counts anew.
    pub miscounted: u64,
    /// Streams whose summaries of hours do not agree with their rows. Repair deletes what
    /// is wrong; the server sums up again.
    pub outdated: u64,
    /// Records without a row: left by a crash, harmless. Repair frees them, as does
    /// the next start in extents that were open.
    pub orphans: u64,
    /// Bytes they take.
    pub orphan_bytes: u64,
    /// Spans noted to be freed. Repair frees them, as does the next start.
    pub pending_frees: u64,
    /// Bytes of disk in settled extents that belong to no record, such as holes that
    /// were copied as zeros. Repair frees them, but not in an extent with a corrupt row.
    pub leaked_bytes: u64,
    /// Extents.
    pub extents: u64,
}

/// One fragment something is wrong with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Its stream.
    pub stream: StreamId,
    /// Its number, as text.
    pub fragment: String,
    /// Where its media should be.
    pub span: Span,
    /// What is wrong.
    pub what: String,
}

impl Report {
    /// Whether nothing is wrong. Orphans and pending frees are not wrong: the next
    /// start may find them too.
    pub fn is_clean(&self) -> bool {
        self.missing.is_empty()
            && self.corrupt.is_empty()
            && self.unreadable == 0
            && self.unpaired == 0
            && self.unknown_streams == 0
            && self.miscounted == 0
            && self.outdated == 0
    }
}

impl Report {
    /// Whether a repair mended all that was wrong.
    pub fn is_mended(&self) -> bool {
        self.corrupt.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "fragments       {:>12}", self.fragments)?;
        writeln!(f, "media bytes     {:>12}", self.bytes)?;
        writeln!(f, "extents         {:>12}", self.extents)?;
        writeln!(f, "missing         {:>12}", self.missing.len())?;
        writeln!(f, "corrupt         {:>12}", self.corrupt.len())?;
        writeln!(f, "unreadable rows {:>12}", self.unreadable)?;
        writeln!(f, "unpaired rows   {:>12}", self.unpaired)?;
        writeln!(f, "unknown streams {:>12}", self.unknown_streams)?;
        writeln!(f, "wrong counts    {:>12}", self.miscounted)?;
        writeln!(f, "wrong summaries {:>12}", self.outdated)?;
        writeln!(f, "orphans         {:>12}", self.orphans)?;
        writeln!(f, "orphan bytes    {:>12}", self.orphan_bytes)?;
        writeln!(f, "pending frees   {:>12}", self.pending_frees)?;
        writeln!(f, "leaked bytes    {:>12}", self.leaked_bytes)?;
        for fault in self.missing.iter().chain(&self.corrupt) {
            writeln!(
                f,
                "stream {:016x} fragment {} extent {:016x} offset {}: {}",
                fault.stream.0, fault.fragment, fault.span.extent, fault.span.offset, fault.what
            )?;
        }
        Ok(())
    }
}

/// Checks the store of a directory; changes nothing unless `repair` is set. Blocks.
/// The server must not be running: the directory is locked meanwhile.
pub fn check(
    dir: &Path,
    kek: Option<Kek>,
    depth: Depth,
    repair: bool,
) -> Result<Report, OpenError> {
    let parts = existing(dir, kek)?;
    // Without its media every row would be found missing, and repair would delete it.
    parts.media_fits()?;
    let mut check = Run {
        store: parts.store(),
        parts: &parts,
        depth,
        repair,
        report: Report::default(),
    };
    block_on(check.all())?;
    Ok(check.report)
}

/// Declares the media that is there to be all that the store has, after some was lost for
/// good: a check with repair then removes the rest from the metadata. Blocks.
pub fn accept_media(dir: &Path, kek: Option<Kek>) -> Result<(), OpenError> {
    block_on(existing(dir, kek)?.adopt())
}

/// Opens what must be there.
fn existing(dir: &Path, kek: Option<Kek>) -> Result<Parts, OpenError> {
    let database = dir.join("meta.db");
    if !database.exists() {
        return Err(OpenError::Io {
            path: database,
            error: io::ErrorKind::NotFound.into(),
        });
    }
    Parts::open(&EmbeddedOptions {
        kek,
        ..EmbeddedOptions::new(dir)
    })
}

struct Run<'a> {
    store: Store,
    parts: &'a Parts,
    depth: Depth,
    repair: bool,
    report: Report,
}

impl Run<'_> {
    async fn all(&mut self) -> Result<(), StoreError> {
        self.report.pending_frees = self.store.frees_pending().await?;
        if self.repair {
            self.store.finish_frees().await?;
        }
        // An older store is not counted until the next start or a repair.
        if !self.store.is_older().await? {
            self.report.miscounted = self.store.wrong_counts().await?.len() as u64;
        }
        if self.repair {
            self.store.mend_counts().await?;
        }
        let mut known = None;
        let mut from = None;
        let store = self.store.clone();
        let mut hours = Hours::new(&store, self.repair);
        loop {
            let page = self.store.check_rows(Order::Ingestion, from).await?;
            self.report.unreadable += page.unreadable.len() as u64;
            for row in &page.rows {
                self.stream(row, &mut known).await?;
                hours.take(row).await?;
                self.fragment(row).await?;
            }
            from = page.next;
            if from.is_none() {
                break;
            }
        }
        hours.finish().await?;
        self.report.outdated = hours.outdated + self.store.stray_summaries(self.repair).await?;
        self.strays().await?;
        self.extents().await
    }

    /// Rows are in the order of their streams, so one is asked for once.
    async fn stream(&mut self, row: &Row, known: &mut Option<StreamId>) -> Result<(), StoreError> {
        if known.replace(row.stream) == Some(row.stream)
            || self.store.stream_known(row.stream).await?
        {
            return Ok(());
        }
        self.report.unknown_streams += 1;
        if self.repair {
            self.store.doom(row.stream).await?;
        }
        Ok(())
    }

    async fn fragment(&mut self, row: &Row) -> Result<(), StoreError> {
        let span = row.fragment.span;
        self.report.fragments += 1;
        self.report.bytes += u64::from(span.len);
        if !self.header(row).await? {
            return Ok(());
        }
        if !row.paired {
            self.report.unpaired += 1;
            if self.repair {
                self.store.mend_pair(row).await?;
            }
        }
        if self.depth == Depth::Full {
            match self.store.read_fragment(row.stream, &row.fragment).await {
                // Its stream is deleted and its key gone: nobody can open it, rightly.
                Ok(_) | Err(StoreError::NotFound) => {}
                Err(StoreError::Corrupt(what)) => self.report.corrupt.push(fault(row, what)),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Looks at the header of a row's record; `false` if the row has been dealt with.
    async fn header(&mut self, row: &Row) -> Result<bool, StoreError> {
        let span = row.fragment.span;
        let what = match self.parts.media.look(span) {
            Ok(Found::Record(header)) => {
                let fits = header.span == span
                    && header.stream == row.stream
                    && header.number == row.fragment.meta.number;
                if fits {
                    return Ok(true);
                }
                "another record lies there".to_owned()
            }
            Ok(Found::Nothing) => {
                let what = "no record lies there".to_owned();
                self.report.missing.push(fault(row, what));
                if self.repair {
                    self.store.drop_rows(row).await?;
                }
                return Ok(false);
            }
            Ok(Found::Damage) => "the header of its record is damaged".to_owned(),
            Err(error) => error.to_string(),
        };
        // Something lies there, or could not be read this time: nothing to throw away.
        self.report.corrupt.push(fault(row, what));
        Ok(false)
    }

    /// Rows of the producer's order without a twin.
    async fn strays(&mut self) -> Result<(), StoreError> {
        let mut from: Option<Bytes> = None;
        loop {
            let page = self.store.check_rows(Order::Producer, from).await?;
            self.report.unreadable += page.unreadable.len() as u64;
            for row in page.rows.iter().filter(|row| !row.paired) {
                self.stray(row).await?;
            }
            from = page.next;
            if from.is_none() {
                break;
            }
        }
        if self.repair && self.report.unreadable > 0 {
            self.drop_unreadable().await?;
        }
        Ok(())
    }

    async fn stray(&mut self, row: &Row) -> Result<(), StoreError> {
        let number = &row.fragment.meta.number;
        match self.store.fragment(row.stream, number).await {
            // A twin that is there but differs was counted, and mended, already.
            Ok(Some(_)) => {}
            Ok(None) => {
                self.report.unpaired += 1;
                if self.repair {
                    self.store.drop_stray(row).await?;
                }
            }
            // That was counted too.
            Err(StoreError::Corrupt(_)) => {
                if self.repair {
                    self.store.mend_primary(row).await?;
                }
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// What is still unreadable when all twins have been mended.
    async fn drop_unreadable(&self) -> Result<(), StoreError> {
        for order in [Order::Ingestion, Order::Producer] {
            let mut from = None;
            loop {
                let page = self.store.check_rows(order, from).await?;
                self.store.drop_unreadable(page.unreadable).await?;
                from = page.next;
                if from.is_none() {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn extents(&mut self) -> Result<(), StoreError> {
        let open = self.parts.media.unsettled();
        for (extent, _) in self.parts.media.list().await? {
            self.report.extents += 1;
            let (headers, allocated) = self.parts.media.walk(extent)?;
            let mut orphans = Vec::new();
            let mut used = 0;
            let have = self.store.have_rows(&extent::names(&headers)).await?;
            for (header, has_row) in headers.iter().zip(have) {
                let room = extent::room(header.span.len);
                used += room;
                if !has_row {
                    self.report.orphans += 1;
                    self.report.orphan_bytes += room;
                    orphans.push(header.span);
                }
            }
            // The file system's own blocks for a file full of holes are no leak.
            let leaked = allocated.saturating_sub(used);
            if leaked > LEAK_SLACK && !open.contains(&extent) {
                self.report.leaked_bytes += leaked;
                let mut corrupt = self.report.corrupt.iter();
                if self.repair && !corrupt.any(|fault| fault.span.extent == extent) {
                    self.parts.media.keep_only(extent, &headers)?;
                }
            }
            if self.repair && !orphans.is_empty() {
                self.parts.media.free(orphans).await?;
            }
        }
        Ok(())
    }
}

fn fault(row: &Row, what: String) -> Fault {
    Fault {
        stream: row.stream,
        fragment: row.fragment.meta.number.to_string(),
        span: row.fragment.span,
        what,
    }
}

/// Bytes a file may occupy beside its records.
const LEAK_SLACK: u64 = 64 << 10;
