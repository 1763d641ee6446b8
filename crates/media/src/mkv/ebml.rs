//! EBML primitives (RFC 8794): element ids, variable-length sizes, integers, floats.
//!
//! Reading works on a slice that may end too early; "not enough bytes yet" is then
//! `Ok(None)`, apart from what no further byte can mend.

use bytes::{BufMut, BytesMut};

/// What is wrong with a run of elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An id or a size that EBML does not allow.
    InvalidVint,
    /// An unknown size where a size must be given.
    UnknownSize,
    /// An element that reaches past the end of its parent.
    ExceedsParent,
}

/// Reads an element id (RFC 8794 §5), marker bits included, and its length in bytes.
///
/// # Errors
/// [`Fault::InvalidVint`] if it is over four bytes, all ones, all zeros or not in its
/// shortest form.
pub fn id(bytes: &[u8]) -> Result<Option<(u32, usize)>, Fault> {
    let Some(&first) = bytes.first() else {
        return Ok(None);
    };
    let len = first.leading_zeros() as usize + 1;
    if len > ID_BYTES_MAX {
        return Err(Fault::InvalidVint);
    }
    let Some(bytes) = bytes.get(..len) else {
        return Ok(None);
    };
    let id = bytes.iter().fold(0, |id, &b| id << 8 | u32::from(b));
    let all_ones = (1_u32 << (7 * len)) - 1;
    let value = id & all_ones;
    let shortest = (1_u32 << (7 * (len - 1))) - 1;
    if value == 0 || value == all_ones || value < shortest {
        return Err(Fault::InvalidVint);
    }
    Ok(Some((id, len)))
}

/// Reads a variable-length number (RFC 8794 §4) without its marker bit, and its length
/// in bytes. The number whose bits are all ones, which means "unknown" in a size, is
/// `None`.
///
/// # Errors
/// [`Fault::InvalidVint`] if the first byte is zero: it would be over eight bytes.
pub fn vint(bytes: &[u8]) -> Result<Option<(Option<u64>, usize)>, Fault> {
    let Some(&first) = bytes.first() else {
        return Ok(None);
    };
    if first == 0 {
        return Err(Fault::InvalidVint);
    }
    let len = first.leading_zeros() as usize + 1;
    let Some(bytes) = bytes.get(..len) else {
        return Ok(None);
    };
    let all_ones = (1_u64 << (7 * len)) - 1;
    let value = bytes.iter().fold(0, |v, &b| v << 8 | u64::from(b)) & all_ones;
    Ok(Some(((value != all_ones).then_some(value), len)))
}

/// An unsigned integer (RFC 8794 §7.2) of 0 to 8 bytes; `None` if longer.
#[must_use]
pub fn uint(data: &[u8]) -> Option<u64> {
    (data.len() <= 8).then(|| data.iter().fold(0, |v, &b| v << 8 | u64::from(b)))
}

/// A float (RFC 8794 §7.3) of 0, 4 or 8 bytes; `None` at any other length.
#[must_use]
pub fn float(data: &[u8]) -> Option<f64> {
    match *data {
        [] => Some(0.0),
        [a, b, c, d] => Some(f64::from(f32::from_be_bytes([a, b, c, d]))),
        [a, b, c, d, e, f, g, h] => Some(f64::from_be_bytes([a, b, c, d, e, f, g, h])),
        _ => None,
    }
}

/// A string (RFC 8794 §7.4, §7.5), which a zero byte may end early; `None` if it is not
/// UTF-8.
#[must_use]
pub fn text(data: &[u8]) -> Option<&str> {
    let end = data.iter().position(|&b| b == 0).unwrap_or(data.len());
    std::str::from_utf8(&data[..end]).ok()
}

/// One element that lies whole in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// The id, marker bits included.
    pub id: u32,
    /// Where the element begins, from the start of the slice that was walked.
    pub offset: usize,
    /// Where its data begins, likewise.
    pub data_offset: usize,
    /// Its data.
    pub data: &'a [u8],
}

/// The elements of a slice, one after the other. Ends at the first fault.
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Elements<'a> {
    /// Walks `bytes`, the data of a parent.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn read(&self) -> Result<Element<'a>, Fault> {
        let (id, id_len) = id(&self.bytes[self.at..])?.ok_or(Fault::ExceedsParent)?;
        let (size, size_len) =
            vint(&self.bytes[self.at + id_len..])?.ok_or(Fault::ExceedsParent)?;
        let size = size.ok_or(Fault::UnknownSize)?;
        let data_offset = self.at + id_len + size_len;
        let data = usize::try_from(size)
            .ok()
            .and_then(|size| self.bytes[data_offset..].get(..size))
            .ok_or(Fault::ExceedsParent)?;
        Ok(Element {
            id,
            offset: self.at,
            data_offset,
            data,
        })
    }
}

impl<'a> Iterator for Elements<'a> {
    /// The element, or where from the start of the slice the fault lies.
    type Item = Result<Element<'a>, (usize, Fault)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.bytes.len() {
            return None;
        }
        let read = self.read().map_err(|fault| (self.at, fault));
        self.at = match &read {
            Ok(element) => element.data_offset + element.data.len(),
            Err(_) => self.bytes.len(),
        };
        Some(read)
    }
}

/// How many bytes a size takes when written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SizeForm {
    /// As few as will do.
    Shortest,
    /// Four (`10 xx xx xx`), where they suffice, else as few as will do.
    FourBytes,
}

/// Appends an element id.
pub fn put_id(out: &mut BytesMut, id: u32) {
    let bytes = id.to_be_bytes();
    out.put_slice(&bytes[id.leading_zeros() as usize / 8..]);
}

/// How many bytes [`put_size`] takes for `size`.
#[must_use]
pub fn size_len(size: u64, form: SizeForm) -> usize {
    let mut len = if form == SizeForm::FourBytes { 4 } else { 1 };
    // All ones is "unknown", so each length holds one value less.
    while len < 8 && size >= (1 << (7 * len)) - 1 {
        len += 1;
    }
    len
}

/// Appends a size; sizes over 2^56 - 2, which EBML cannot express, become unknown.
pub fn put_size(out: &mut BytesMut, size: u64, form: SizeForm) {
    let len = size_len(size, form);
    let marked = size.min((1 << 56) - 1) | 1 << (7 * len);
    out.put_slice(&marked.to_be_bytes()[8 - len..]);
}

/// Appends an unsigned integer element in as few bytes as will do.
pub fn put_uint(out: &mut BytesMut, id: u32, value: u64) {
    let len = (8 - value.leading_zeros() as usize / 8).max(1);
    put_bytes(out, id, &value.to_be_bytes()[8 - len..], SizeForm::Shortest);
}

/// Appends an eight-byte float element.
pub fn put_float(out: &mut BytesMut, id: u32, value: f64) {
    put_bytes(out, id, &value.to_be_bytes(), SizeForm::Shortest);
}

/// Appends an element with `data`: a binary, a string, or a master's children.
pub fn put_bytes(out: &mut BytesMut, id: u32, data: &[u8], form: SizeForm) {
    put_id(out, id);
    put_size(out, data.len() as u64, form);
    out.put_slice(data);
}

/// The longest id Matroska uses (`EBMLMaxIDLength`, RFC 9559 §4.5), bytes.
const ID_BYTES_MAX: usize = 4;

#[cfg(test)]
mod tests {
    use bytes::BytesMut;

    use super::{Elements, Fault, SizeForm, float, id, put_size, text, uint, vint};

    #[test]
    fn ids() {
        assert_eq!(id(&[]), Ok(None));
        assert_eq!(id(&[0x1A, 0x45, 0xDF]), Ok(None));
        assert_eq!(id(&[0x1A, 0x45, 0xDF, 0xA3, 9]), Ok(Some((0x1A45_DFA3, 4))));
        assert_eq!(id(&[0xEC]), Ok(Some((0xEC, 1))));
        assert_eq!(id(&[0x40, 0x7F]), Ok(Some((0x407F, 2))));
        let wrong: [&[u8]; 6] = [
            &[0],
            &[0x08],
            &[0x80],
            &[0xFF],
            &[0x40, 0x3F],
            &[0x1F, 0xFF, 0xFF, 0xFF],
        ];
        for bytes in wrong {
            assert_eq!(id(bytes), Err(Fault::InvalidVint), "{bytes:02x?}");
        }
    }

    #[test]
    fn sizes_of_every_length() {
        assert_eq!(vint(&[]), Ok(None));
        assert_eq!(vint(&[0x40]), Ok(None));
        assert_eq!(vint(&[0]), Err(Fault::InvalidVint));
        assert_eq!(vint(&[0x80]), Ok(Some((Some(0), 1))));
        assert_eq!(vint(&[0x40, 0x02]), Ok(Some((Some(2), 2))));
        assert_eq!(vint(&[0xFF]), Ok(Some((None, 1))));
        for len in 1..=8_usize {
            let mut bytes = [0xFF; 8];
            bytes[0] = ((1_u16 << (9 - len)) - 1) as u8;
            assert_eq!(vint(&bytes), Ok(Some((None, len))), "{len} bytes of ones");
            assert_eq!(vint(&bytes[..len - 1]), Ok(None));
        }
    }

    #[test]
    fn sizes_survive_writing() {
        for len in 1..=8 {
            for size in [(1_u64 << (7 * len)) - 2, (1 << (7 * (len - 1))) - 1] {
                for form in [SizeForm::Shortest, SizeForm::FourBytes] {
                    let mut out = BytesMut::new();
                    put_size(&mut out, size, form);
                    let expected = if form == SizeForm::FourBytes {
                        len.max(4)
                    } else {
                        len
                    };
                    assert_eq!(vint(&out), Ok(Some((Some(size), expected))));
                }
            }
        }
    }

    #[test]
    fn values() {
        assert_eq!(uint(&[]), Some(0));
        assert_eq!(uint(&[1, 0]), Some(256));
        assert_eq!(uint(&[0xFF; 8]), Some(u64::MAX));
        assert_eq!(uint(&[0; 9]), None);
        assert_eq!(float(&[]), Some(0.0));
        assert_eq!(float(&1.5_f32.to_be_bytes()), Some(1.5));
        assert_eq!(float(&48_000.0_f64.to_be_bytes()), Some(48_000.0));
        assert_eq!(float(&[0; 5]), None);
        assert_eq!(text(b"ab\0\0"), Some("ab"));
        assert_eq!(text(&[0xC3]), None);
    }

    #[test]
    fn elements_and_their_faults() {
        let walk = |bytes: &[u8]| -> Vec<Result<u32, (usize, Fault)>> {
            Elements::new(bytes).map(|e| e.map(|e| e.id)).collect()
        };
        assert_eq!(walk(&[0xEC, 0x81, 0, 0xBF, 0x80]), [Ok(0xEC), Ok(0xBF)]);
        assert_eq!(
            walk(&[0xEC, 0x80, 0xEC, 0x82, 0]),
            [Ok(0xEC), Err((2, Fault::ExceedsParent))]
        );
        assert_eq!(walk(&[0xEC]), [Err((0, Fault::ExceedsParent))]);
        assert_eq!(walk(&[0xEC, 0xFF]), [Err((0, Fault::UnknownSize))]);
        assert_eq!(walk(&[0xEC, 0x00]), [Err((0, Fault::InvalidVint))]);
    }
}
