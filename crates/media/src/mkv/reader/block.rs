//! SimpleBlock and BlockGroup (RFC 9559 §10), read without touching the payload.

use super::queue::{Cursor, PEEK_BYTES, Queue};
use super::{Block, FrameSpan, ReadError, ReadErrorKind};
use crate::mkv::{ebml, ids};

type Result<T> = std::result::Result<T, ReadError>;

/// The SimpleBlock at `offset` whose `len` bytes of data, all there, begin at `data`.
pub(super) fn simple_block(queue: &Queue, offset: u64, data: Cursor, len: u64) -> Result<Block> {
    let error = |kind| ReadError {
        offset,
        element: Some(ids::SIMPLE_BLOCK),
        kind,
    };
    let (mut block, flags) = block(queue, offset, data, len).map_err(error)?;
    block.key = flags & FLAG_KEY != 0;
    block.discardable = flags & FLAG_DISCARDABLE != 0;
    Ok(block)
}

/// The BlockGroup at `offset` whose `len` bytes of data, all there, begin at `data`.
pub(super) fn block_group(
    queue: &Queue,
    offset: u64,
    data: Cursor,
    len: u64,
    block_bytes_max: u64,
) -> Result<Block> {
    let end = data.offset + len;
    let mut found = None;
    let mut duration = None;
    let mut key = true;
    let mut at = data;
    while at.offset < end {
        let error = |kind| ReadError {
            offset: at.offset,
            element: Some(ids::BLOCK_GROUP),
            kind,
        };
        let mut scratch = [0; PEEK_BYTES];
        let peek = queue.peek(at, &mut scratch);
        let peek = &peek[..peek.len().min((end - at.offset) as usize)];
        let (id, id_len) = ebml::id(peek)
            .and_then(|id| id.ok_or(ebml::Fault::ExceedsParent))
            .map_err(|fault| error(fault.into()))?;
        let (size, size_len) = ebml::vint(&peek[id_len..])
            .and_then(|size| size.ok_or(ebml::Fault::ExceedsParent))
            .map_err(|fault| error(fault.into()))?;
        let error = |kind| ReadError {
            offset: at.offset,
            element: Some(id),
            kind,
        };
        let size = size.ok_or_else(|| error(ReadErrorKind::UnknownSize))?;
        let child = queue.after(at, (id_len + size_len) as u64);
        if size > end - child.offset {
            return Err(error(ReadErrorKind::ExceedsParent));
        }
        match id {
            ids::BLOCK if found.is_some() => {
                return Err(error(ReadErrorKind::UnexpectedElement));
            }
            ids::BLOCK if size > block_bytes_max => {
                return Err(error(ReadErrorKind::TooLarge {
                    limit: block_bytes_max,
                }));
            }
            ids::BLOCK => found = Some(block(queue, offset, child, size).map_err(error)?.0),
            ids::BLOCK_DURATION => {
                let value = queue.whole(child, size.min(9) as usize);
                let value = ebml::uint(&value);
                duration = Some(value.ok_or_else(|| error(ReadErrorKind::InvalidValue))?);
            }
            ids::REFERENCE_BLOCK => key = false,
            _ => {}
        }
        at = queue.after(child, size);
    }
    let mut block = found.ok_or(ReadError {
        offset,
        element: Some(ids::BLOCK_GROUP),
        kind: ReadErrorKind::InvalidValue,
    })?;
    block.key = key;
    block.duration = duration;
    Ok(block)
}

/// What SimpleBlock and Block have in common, and the flags.
fn block(
    queue: &Queue,
    offset: u64,
    data: Cursor,
    len: u64,
) -> std::result::Result<(Block, u8), ReadErrorKind> {
    let mut scratch = [0; PEEK_BYTES];
    let peek = queue.peek(data, &mut scratch);
    let peek = &peek[..peek.len().min(len as usize)];
    let (Some(track), track_len) = ebml::vint(peek)
        .map_err(|_| ReadErrorKind::InvalidValue)?
        .ok_or(ReadErrorKind::InvalidValue)?
    else {
        return Err(ReadErrorKind::InvalidValue);
    };
    let &[hi, lo, flags, ref rest @ ..] = &peek[track_len..] else {
        return Err(ReadErrorKind::InvalidValue);
    };
    let header_len = track_len as u64 + 3;
    let mut block = Block {
        offset,
        track,
        relative: i16::from_be_bytes([hi, lo]),
        key: false,
        invisible: flags & FLAG_INVISIBLE != 0,
        discardable: false,
        duration: None,
        frame: FrameSpan {
            offset: data.offset + header_len,
            len: frame_len(len - header_len)?,
        },
        laced: Vec::new(),
        head: [0; 8],
    };
    if flags & LACING != 0 {
        let lace = queue.after(data, header_len);
        split_lace(queue, lace, &mut block, flags & LACING)?;
        let first = queue.after(data, block.frame.offset - data.offset);
        let peek = queue.peek(first, &mut scratch);
        put_head(&mut block, peek);
    } else {
        put_head(&mut block, rest);
    }
    Ok((block, flags))
}

fn put_head(block: &mut Block, bytes: &[u8]) {
    let len = bytes
        .len()
        .min(block.head.len())
        .min(block.frame.len as usize);
    block.head[..len].copy_from_slice(&bytes[..len]);
}

/// Splits `block.frame`, which begins at `at`, into the frames of its lace (RFC 9559
/// §10.3).
fn split_lace(
    queue: &Queue,
    at: Cursor,
    block: &mut Block,
    lacing: u8,
) -> std::result::Result<(), ReadErrorKind> {
    let mut lace = Lace {
        queue,
        at,
        left: block.frame.len,
    };
    let others = usize::from(lace.byte()?);
    let mut lens = Vec::with_capacity(others + 1);
    // All lengths but the last are written down, or none if all are the same.
    match lacing {
        LACING_XIPH => {
            for _ in 0..others {
                lens.push(lace.xiph_len()?);
            }
        }
        LACING_EBML => {
            for _ in 0..others {
                let len = match lens.last() {
                    None => lace.vint()?.0,
                    Some(&last) => {
                        let (value, bytes) = lace.vint()?;
                        // A signed difference, biased to be written unsigned.
                        i64::from(last) + value - ((1 << (7 * bytes - 1)) - 1)
                    }
                };
                lens.push(u32::try_from(len).map_err(|_| ReadErrorKind::InvalidValue)?);
            }
        }
        _ => {
            let frames = others as u32 + 1;
            if !lace.left.is_multiple_of(frames) {
                return Err(ReadErrorKind::InvalidValue);
            }
            lens.resize(others, lace.left / frames);
        }
    }
    let written: u64 = lens.iter().map(|&len| u64::from(len)).sum();
    let last = u64::from(lace.left)
        .checked_sub(written)
        .ok_or(ReadErrorKind::InvalidValue)?;
    lens.push(frame_len(last)?);
    let mut offset = lace.at.offset;
    let mut spans = lens.into_iter().map(|len| {
        let span = FrameSpan { offset, len };
        offset += u64::from(len);
        span
    });
    if let Some(first) = spans.next() {
        block.frame = first;
    }
    block.laced = spans.collect();
    Ok(())
}

/// Reads the head of a lace byte by byte.
struct Lace<'a> {
    queue: &'a Queue,
    at: Cursor,
    /// Bytes of the block that are left.
    left: u32,
}

impl Lace<'_> {
    fn byte(&mut self) -> std::result::Result<u8, ReadErrorKind> {
        if self.left == 0 {
            return Err(ReadErrorKind::InvalidValue);
        }
        let mut scratch = [0; PEEK_BYTES];
        let byte = self.queue.peek(self.at, &mut scratch).first().copied();
        self.at = self.queue.after(self.at, 1);
        self.left -= 1;
        byte.ok_or(ReadErrorKind::InvalidValue)
    }

    fn xiph_len(&mut self) -> std::result::Result<u32, ReadErrorKind> {
        let mut len = 0_u32;
        loop {
            let byte = self.byte()?;
            len = len
                .checked_add(byte.into())
                .ok_or(ReadErrorKind::InvalidValue)?;
            if byte < 255 {
                return Ok(len);
            }
        }
    }

    /// A number below 2^56 and its length in bytes.
    fn vint(&mut self) -> std::result::Result<(i64, u32), ReadErrorKind> {
        let first = self.byte()?;
        let len = first.leading_zeros() + 1;
        if len > 8 {
            return Err(ReadErrorKind::InvalidValue);
        }
        let all_ones = (1_i64 << (7 * len)) - 1;
        let mut value = i64::from(first);
        for _ in 1..len {
            value = value << 8 | i64::from(self.byte()?);
        }
        value &= all_ones;
        if value == all_ones {
            return Err(ReadErrorKind::InvalidValue);
        }
        Ok((value, len))
    }
}

fn frame_len(len: u64) -> std::result::Result<u32, ReadErrorKind> {
    u32::try_from(len).map_err(|_| ReadErrorKind::TooLarge {
        limit: u32::MAX.into(),
    })
}

const FLAG_KEY: u8 = 0x80;
const FLAG_INVISIBLE: u8 = 0x08;
const FLAG_DISCARDABLE: u8 = 0x01;
const LACING: u8 = 0x06;
const LACING_XIPH: u8 = 0x02;
const LACING_EBML: u8 = 0x06;
