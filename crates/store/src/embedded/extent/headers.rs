//! The headers in an extent, found without reading what need not be.
//!
//! Of large records only the first block is read; small ones, and what is no record, come
//! in large windows. What was never written is passed over without a look, and nothing is
//! read ahead: the system may read megabytes ahead, and what it has read of space that was
//! never written it reports as data.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::{Advice, OFlags, SeekFrom};
use rustix::io::Errno;

use super::{BLOCK, HEADER_LEN, Header, is, open, room};
use crate::embedded::aligned::Buffer;

/// All headers of an extent, in their order.
pub(crate) fn walk(dir: &Path, extent: u64) -> io::Result<Vec<Header>> {
    let all = |file: File| {
        let mut headers = Headers::of(&file, extent);
        let mut found = Vec::new();
        while let Some(header) = headers.next()? {
            found.push(header);
        }
        Ok(found)
    };
    let unbuffered = open_as(dir, extent, |options| {
        options.custom_flags(OFlags::DIRECT.bits().cast_signed());
    });
    match unbuffered.and_then(all) {
        // Some file systems refuse at once, others at the first read.
        Err(error) if is(&error, Errno::INVAL) => all(open(dir, extent)?),
        other => other,
    }
}

fn open_as(dir: &Path, extent: u64, adapt: impl FnOnce(&mut OpenOptions)) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    adapt(&mut options);
    super::open_with(dir, extent, &options)
}

/// Whether no record is left in an extent. Looks no further than the first.
pub(crate) fn is_empty(file: &File, extent: u64) -> io::Result<bool> {
    Ok(Headers::of(file, extent).next()?.is_none())
}

/// Looks for one header after the other.
struct Headers<'a> {
    file: &'a File,
    extent: u64,
    /// Where to look next.
    at: u64,
    /// Where the data that lies there ends.
    data_end: u64,
    window: Buffer,
    /// What of the file is in the window.
    start: u64,
    len: u64,
    /// How much to read next.
    step: u64,
}

impl Headers<'_> {
    fn of(file: &File, extent: u64) -> Headers<'_> {
        // Only advice, so a refusal does not matter.
        let _refused = rustix::fs::fadvise(file, 0, None, Advice::Random);
        Headers {
            file,
            extent,
            at: 0,
            data_end: 0,
            window: Buffer::default(),
            start: 0,
            len: 0,
            step: BLOCK,
        }
    }

    fn next(&mut self) -> io::Result<Option<Header>> {
        while self.at < self.data_end || self.find_data()? {
            let header = self.header()?;
            match header {
                Some(header) => {
                    let room = room(header.span.len);
                    self.at = self.at.saturating_add(room);
                    self.step = if room > WINDOW / 8 { BLOCK } else { WINDOW };
                    return Ok(Some(header));
                }
                None => {
                    self.at += BLOCK;
                    self.step = (2 * self.step).min(WINDOW);
                }
            }
        }
        Ok(None)
    }

    /// Goes on to where there is data. A block that begins with a hole holds no header, but
    /// what follows may. False at the end.
    fn find_data(&mut self) -> io::Result<bool> {
        let end = self.file.metadata()?.len();
        if self.at >= end {
            return Ok(false);
        }
        self.data_end = end;
        match rustix::fs::seek(self.file, SeekFrom::Data(self.at)) {
            Ok(data) => {
                self.at = self.at.max(data - data % BLOCK);
                let hole = rustix::fs::seek(self.file, SeekFrom::Hole(data));
                self.data_end = hole.unwrap_or(end).max(self.at + 1);
            }
            // Nothing but a hole up to the end.
            Err(Errno::NXIO) => return Ok(false),
            // No such seek on this file system: look at every block.
            Err(_) => {}
        }
        Ok(true)
    }

    /// The header that begins where one is looked for, if one does.
    fn header(&mut self) -> io::Result<Option<Header>> {
        let within = self.at.checked_sub(self.start).filter(|at| *at < self.len);
        let within = match within {
            Some(within) => within,
            None => {
                self.read()?;
                0
            }
        };
        let bytes = &self.window.of(self.len)[within as usize..self.len as usize];
        let bytes = bytes.get(..HEADER_LEN);
        Ok(bytes.and_then(|bytes| Header::decode(bytes, self.extent, self.at)))
    }

    /// Reads some blocks from where is looked on, and not into the hole behind them. If they
    /// cannot be read, it may be bodies that cannot: then only the block that is looked at.
    fn read(&mut self) -> io::Result<()> {
        let data = self.data_end.saturating_sub(self.at);
        let want = data.next_multiple_of(BLOCK).min(self.step);
        match self.read_bytes(want) {
            Err(error) if want > BLOCK && is(&error, Errno::IO) => self.read_bytes(BLOCK),
            other => other,
        }
    }

    fn read_bytes(&mut self, want: u64) -> io::Result<()> {
        let window = &mut self.window.of(want)[..want as usize];
        let mut len = 0;
        while len < want {
            match rustix::io::pread(self.file, &mut window[len as usize..], self.at + len) {
                Ok(0) => break,
                Ok(more) => len += more as u64,
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            // An unbuffered read cannot go on in the midst of a block, which at the end of the
            // file need not be; elsewhere the walk is made again with buffers.
            if len % BLOCK != 0 && self.at + len >= self.file.metadata()?.len() {
                break;
            }
        }
        (self.start, self.len) = (self.at, len);
        Ok(())
    }
}

/// What is read at a time where records are small.
const WINDOW: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::FileExt as _;

    use kvs::fragment::FragmentNumber;
    use kvs::name::StreamId;

    use super::{WINDOW, is_empty, walk};
    use crate::embedded::extent::{BLOCK, HEADER_LEN, Header, Life, open, path, punch, room};
    use crate::media::{Class, Span};

    fn header(offset: u64, len: u32) -> Header {
        Header {
            class: Class(0),
            span: Span {
                extent: 7,
                offset,
                len,
            },
            stream: StreamId(1),
            number: FragmentNumber {
                sequence: 1,
                server_ms: 2,
                random: 3,
            },
        }
    }

    #[test]
    fn one_record_is_enough_to_see_that_an_extent_is_not_empty() {
        let dir = tempfile::tempdir().unwrap();
        let path = path(dir.path(), 7, Life::Settled);
        fs::write(&path, vec![0; 8 * BLOCK as usize]).unwrap();
        let file = open(dir.path(), 7).unwrap();
        // Zeros that are data, as where holes are not supported.
        assert!(is_empty(&file, 7).unwrap());
        let headers = [0, 2, 6].map(|block| header(block * BLOCK, 5000));
        for header in &headers {
            file.write_all_at(&header.encode(), header.span.offset)
                .unwrap();
        }
        assert!(!is_empty(&file, 7).unwrap());
        assert_eq!(room(5000), 2 * BLOCK);
        assert_eq!(walk(dir.path(), 7).unwrap(), headers);
    }

    #[test]
    fn records_of_any_size_are_found_among_holes_and_rubbish() {
        let dir = tempfile::tempdir().unwrap();
        let len = 64 << 20;
        let path = path(dir.path(), 7, Life::Open);
        fs::write(&path, []).unwrap();
        let file = open(dir.path(), 7).unwrap();
        file.set_len(len).unwrap();
        let (mut at, mut headers) = (0, Vec::new());
        let mut put = |at: &mut u64, len: u32, is_kept: bool| {
            let header = header(*at, len);
            file.write_all_at(&header.encode(), *at).unwrap();
            let body = vec![0xA5; len as usize];
            file.write_all_at(&body, *at + HEADER_LEN as u64).unwrap();
            if is_kept {
                headers.push(header);
            } else {
                punch(&file, *at, room(len)).unwrap();
            }
            *at += room(len);
        };
        for turn in 0..6_u32 {
            for small in 0..300 {
                put(&mut at, small * 30, small % 7 != turn);
            }
            put(&mut at, 3 * WINDOW as u32 + turn, turn != 2);
            put(&mut at, WINDOW as u32 / 8, turn != 3);
            put(&mut at, 500_000, true);
            // What is no record, and what was never written.
            file.write_all_at(&vec![0x5A; 5 * BLOCK as usize], at)
                .unwrap();
            at += u64::from(turn + 5) * BLOCK;
        }
        assert!(at < len);
        put(&mut at, 0, true);
        assert_eq!(headers.len(), 6 * (300 - 43) + 6 * 3 - 2 + 1);
        assert_eq!(walk(dir.path(), 7).unwrap(), headers);
        // Cut off in the middle of the last record's block.
        file.set_len(at - BLOCK + HEADER_LEN as u64).unwrap();
        assert_eq!(walk(dir.path(), 7).unwrap(), headers);
        file.set_len(at - BLOCK + HEADER_LEN as u64 - 1).unwrap();
        headers.pop();
        assert_eq!(walk(dir.path(), 7).unwrap(), headers);
    }
}
