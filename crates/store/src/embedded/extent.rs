//! Extent files: their names, the header before each record, and walking them.
//!
//! An extent is a preallocated file of records that begin on 4 KiB boundaries. Each
//! is a header of 64 bytes, the bytes, and zeros up to the next boundary. The header
//! says where it belongs, so that a record is told from old bytes and an extent can be
//! read without the metadata. Numbers are big-endian:
//!
//! | bytes | what |
//! | --- | --- |
//! | 0..4 | `KNRX` |
//! | 4 | version, 1 |
//! | 5..8 | class, two zero bytes |
//! | 8..16, 16..24 | extent, offset of this header |
//! | 24..32 | stream |
//! | 32..40, 40..48, 48..52 | sequence, server time, random part of the fragment number |
//! | 52..56 | length of the bytes |
//! | 56..64 | first 8 bytes of SHA-256 over the 56 before |
//!
//! An extent's name is its number in 16 hexadecimal digits and `.open` while appends
//! may still be in doubt, `.extent` afterwards.

mod headers;

pub(crate) use headers::{is_empty, walk};

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use kvs::fragment::FragmentNumber;
use kvs::name::StreamId;
use rustix::fs::{FallocateFlags, OFlags};
use rustix::io::Errno;

use crate::media::{Class, Span};

/// What stands before a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) class: Class,
    pub(crate) span: Span,
    pub(crate) stream: StreamId,
    pub(crate) number: FragmentNumber,
}

impl Header {
    pub(crate) fn encode(&self) -> [u8; HEADER_LEN] {
        let mut out = [0; HEADER_LEN];
        out[..4].copy_from_slice(MAGIC);
        out[4] = VERSION;
        out[5] = self.class.0;
        out[8..16].copy_from_slice(&self.span.extent.to_be_bytes());
        out[16..24].copy_from_slice(&self.span.offset.to_be_bytes());
        out[24..32].copy_from_slice(&self.stream.0.to_be_bytes());
        out[32..40].copy_from_slice(&self.number.sequence.to_be_bytes());
        out[40..48].copy_from_slice(&self.number.server_ms.to_be_bytes());
        out[48..52].copy_from_slice(&self.number.random.to_be_bytes());
        out[52..56].copy_from_slice(&self.span.len.to_be_bytes());
        let sum = digest(&SHA256, &out[..56]);
        out[56..].copy_from_slice(&sum.as_ref()[..8]);
        out
    }

    /// `None` unless these are the bytes of a header that belongs right there.
    pub(crate) fn decode(bytes: &[u8], extent: u64, offset: u64) -> Option<Header> {
        let bytes: &[u8; HEADER_LEN] = bytes.get(..HEADER_LEN)?.try_into().ok()?;
        let long = |at: usize| bytes[at..at + 8].try_into().ok().map(u64::from_be_bytes);
        let short = |at: usize| bytes[at..at + 4].try_into().ok().map(u32::from_be_bytes);
        let header = Header {
            class: Class(bytes[5]),
            span: Span {
                extent: long(8)?,
                offset: long(16)?,
                len: short(52)?,
            },
            stream: StreamId(long(24)?),
            number: FragmentNumber {
                sequence: long(32)?,
                server_ms: long(40)?,
                random: short(48)?,
            },
        };
        let here = (header.span.extent, header.span.offset) == (extent, offset);
        (here && header.encode() == *bytes).then_some(header)
    }
}

/// What the metadata is asked about records.
pub(crate) fn names(headers: &[Header]) -> Vec<(StreamId, FragmentNumber, Span)> {
    let name = |header: &Header| (header.stream, header.number, header.span);
    headers.iter().map(name).collect()
}

/// Bytes of the file a record of this length takes.
pub(crate) fn room(len: u32) -> u64 {
    (HEADER_LEN as u64 + u64::from(len)).next_multiple_of(BLOCK)
}

/// State of an extent, as its name says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// Being appended to, or was when the server stopped.
    Open,
    /// Only ever freed from now on.
    Settled,
}

pub(crate) fn path(dir: &Path, extent: u64, life: Life) -> PathBuf {
    let suffix = match life {
        Life::Open => OPEN_SUFFIX,
        Life::Settled => SETTLED_SUFFIX,
    };
    dir.join(format!("{extent:016x}{suffix}"))
}

/// All extents of a directory by number. Other files are not ours and left alone. Of one
/// that is there under both names the settled one counts; see [`set_aside`].
pub(crate) fn list(dir: &Path) -> io::Result<Vec<(u64, Life)>> {
    let mut extents = names_in(dir)?;
    extents.dedup_by_key(|&mut (extent, _)| extent);
    Ok(extents)
}

/// Gives files of extents that are there under both names another name, and says how many.
/// An extent is renamed when all its appends are done, so the open one is the older copy:
/// a backup that was restored over a newer directory leaves it. It must not take the
/// place of the other when it is settled.
pub(crate) fn set_aside(dir: &Path) -> io::Result<usize> {
    let names = names_in(dir)?;
    let mut moved = 0;
    for pair in names.windows(2) {
        if pair[0].0 == pair[1].0 {
            let stale = path(dir, pair[0].0, Life::Open);
            let aside = stale.with_extension("aside");
            tracing::warn!(path = %aside.display(), "an older copy of an extent is set aside");
            fs::rename(stale, aside)?;
            moved += 1;
        }
    }
    if moved > 0 {
        sync_dir(dir)?;
    }
    Ok(moved)
}

/// The names that are those of extents, by number, a settled one first.
fn names_in(dir: &Path) -> io::Result<Vec<(u64, Life)>> {
    let mut extents = Vec::new();
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name();
        let Some(name) = name.to_str() else { continue };
        let (stem, life) = if let Some(stem) = name.strip_suffix(OPEN_SUFFIX) {
            (stem, Life::Open)
        } else if let Some(stem) = name.strip_suffix(SETTLED_SUFFIX) {
            (stem, Life::Settled)
        } else {
            continue;
        };
        if let Ok(extent) = u64::from_str_radix(stem, 16) {
            extents.push((extent, life));
        }
    }
    extents.sort_unstable_by_key(|&(extent, life)| (extent, life == Life::Open));
    Ok(extents)
}

/// Opens an extent for reading and freeing, whichever name it has now.
pub(crate) fn open(dir: &Path, extent: u64) -> io::Result<File> {
    open_with(dir, extent, OpenOptions::new().read(true).write(true))
}

fn open_with(dir: &Path, extent: u64, options: &OpenOptions) -> io::Result<File> {
    let tries = [Life::Settled, Life::Open, Life::Settled];
    let mut result = Err(io::ErrorKind::NotFound.into());
    // It is renamed at most once, and only from open to settled.
    for life in tries {
        result = options.open(path(dir, extent, life));
        match &result {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            _ => break,
        }
    }
    result
}

/// Makes a new extent and allocates its blocks. On an error no file is left.
/// The flag says whether the file takes unbuffered writes.
pub(crate) fn create(dir: &Path, extent: u64, len: u64) -> io::Result<(File, bool)> {
    let path = path(dir, extent, Life::Open);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    options.custom_flags(OFlags::DIRECT.bits().cast_signed());
    let (file, direct) = match options.open(&path) {
        Ok(file) => (file, true),
        Err(error) if is(&error, Errno::INVAL) => {
            // A refused flag can leave the new file behind.
            let _absent = fs::remove_file(&path);
            options.custom_flags(0);
            (options.open(&path)?, false)
        }
        Err(error) => return Err(error),
    };
    let prepared = allocate(&file, len)
        .and_then(|()| file.sync_all())
        .and_then(|()| sync_dir(dir));
    if let Err(error) = prepared {
        let _best_effort = fs::remove_file(&path);
        return Err(error);
    }
    Ok((file, direct))
}

/// Opens an extent again with buffered writes, where unbuffered ones are refused late.
pub(crate) fn reopen_buffered(dir: &Path, extent: u64) -> io::Result<File> {
    let path = path(dir, extent, Life::Open);
    OpenOptions::new().write(true).open(path)
}

fn allocate(file: &File, len: u64) -> io::Result<()> {
    // Some file systems take all space there is before they find that it is too little,
    // and a commit of metadata at that moment would fail for want of it. Whoever asks has left
    // it the whole reserve; some of that may have been taken since.
    if free(file)? < len.saturating_add(RESERVE / 2) {
        return Err(io::ErrorKind::StorageFull.into());
    }
    match rustix::fs::fallocate(file, FallocateFlags::empty(), 0, len) {
        // Without allocation a full disk shows at the write instead.
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => file.set_len(len),
        other => Ok(other?),
    }
}

/// Bytes left on the disk that a file or folder is on.
pub(crate) fn free(file: &File) -> io::Result<u64> {
    let disk = rustix::fs::fstatvfs(file)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Whether an error is this one of the system's.
pub(crate) fn is(error: &io::Error, errno: Errno) -> bool {
    error.raw_os_error() == Some(errno.raw_os_error())
}

/// Frees a stretch of a file: its blocks go back to the file system and reading gives
/// zeros. Where holes are not supported the stretch is overwritten with zeros.
pub(crate) fn punch(file: &File, offset: u64, len: u64) -> io::Result<()> {
    let end = file.metadata()?.len();
    let len = len.min(end.saturating_sub(offset));
    if len == 0 {
        return Ok(());
    }
    let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
    match rustix::fs::fallocate(file, flags, offset, len) {
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => {
            let zeros = [0; BLOCK as usize];
            let mut at = offset;
            while at < offset + len {
                let step = BLOCK.min(offset + len - at);
                file.write_all_at(&zeros[..step as usize], at)?;
                at += step;
            }
            Ok(())
        }
        other => Ok(other?),
    }
}

/// Bytes of disk an extent occupies.
pub(crate) fn allocated(file: &File) -> io::Result<u64> {
    Ok(file.metadata()?.blocks() * 512)
}

/// Makes new, renamed and removed names survive a crash.
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Records begin on multiples of this; also what unbuffered writes are aligned to.
pub(crate) const BLOCK: u64 = 4096;
/// Length of a header.
pub(crate) const HEADER_LEN: usize = 64;
/// What new extents leave of the disk for metadata, bytes.
pub(crate) const RESERVE: u64 = 32 << 20;
const MAGIC: &[u8; 4] = b"KNRX";
const VERSION: u8 = 1;
const OPEN_SUFFIX: &str = ".open";
const SETTLED_SUFFIX: &str = ".extent";

#[cfg(test)]
mod tests {
    use std::fs;

    use kvs::fragment::FragmentNumber;
    use kvs::name::StreamId;

    use super::{Header, Life, list, path, set_aside};
    use crate::media::{Class, Span};
    use crate::samples::sample;

    #[test]
    fn headers_stay_as_they_are() {
        let header = Header {
            class: Class(2),
            span: Span {
                extent: 0x0102_0304_0506_0708,
                offset: 0x1112_1314_1516_1000,
                len: 0x2122_2324,
            },
            stream: StreamId(0x3132_3334_3536_3738),
            number: FragmentNumber {
                sequence: 0x4142_4344_4546_4748,
                server_ms: 0x5152_5354_5556_5758,
                random: 0x0162_6364,
            },
        };
        let sample = sample("media/header-1", || header.encode().to_vec());
        assert_eq!(sample, header.encode());
        let Span { extent, offset, .. } = header.span;
        assert_eq!(Header::decode(&sample, extent, offset), Some(header));
    }

    #[test]
    fn an_open_copy_does_not_take_the_place_of_a_settled_extent() {
        let dir = tempfile::tempdir().unwrap();
        for (extent, life, text) in [
            (7, Life::Open, "old"),
            (7, Life::Settled, "new"),
            (8, Life::Open, "eight"),
        ] {
            fs::write(path(dir.path(), extent, life), text).unwrap();
        }
        let all = [(7, Life::Settled), (8, Life::Open)];
        assert_eq!(list(dir.path()).unwrap(), all);
        assert_eq!(set_aside(dir.path()).unwrap(), 1);
        assert_eq!(set_aside(dir.path()).unwrap(), 0);
        assert_eq!(list(dir.path()).unwrap(), all);
        let settled = path(dir.path(), 7, Life::Settled);
        assert_eq!(fs::read(&settled).unwrap(), b"new");
        assert_eq!(fs::read(settled.with_extension("aside")).unwrap(), b"old");
    }
}
