//! Primitives of records: numbers in LEB128, signed ones zigzagged, counted bytes.

use bytes::Bytes;

use crate::error::StoreError;

/// Builds a record.
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn new(version: u8) -> Writer {
        Writer(vec![version])
    }

    pub(super) fn byte(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(super) fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    pub(super) fn signed(&mut self, value: i64) {
        self.number((value << 1 ^ value >> 63) as u64);
    }

    pub(super) fn fixed<const N: usize>(&mut self, value: [u8; N]) {
        self.0.extend_from_slice(&value);
    }

    pub(super) fn bytes(&mut self, value: &[u8]) {
        self.number(value.len() as u64);
        self.0.extend_from_slice(value);
    }

    pub(super) fn text(&mut self, value: &str) {
        self.bytes(value.as_bytes());
    }

    pub(super) fn optional_text(&mut self, value: Option<&str>) {
        self.byte(value.is_some().into());
        if let Some(value) = value {
            self.text(value);
        }
    }

    pub(super) fn optional_number(&mut self, value: Option<u64>) {
        self.byte(value.is_some().into());
        if let Some(value) = value {
            self.number(value);
        }
    }

    pub(super) fn into_vec(self) -> Vec<u8> {
        self.0
    }

    pub(super) fn finish(self) -> Bytes {
        self.0.into()
    }
}

/// Takes a record apart.
pub(super) struct Reader<'a> {
    what: &'static str,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Begins a record of which only `version` exists.
    pub(super) fn new(
        what: &'static str,
        bytes: &'a [u8],
        version: u8,
    ) -> Result<Reader<'a>, StoreError> {
        let mut reader = Reader { what, rest: bytes };
        let found = reader.byte()?;
        if found == version {
            Ok(reader)
        } else {
            Err(reader.corrupt(&format!("unknown version {found}")))
        }
    }

    /// Begins a record of which versions 1 to `newest` exist, and gives its version.
    pub(super) fn versioned(
        what: &'static str,
        bytes: &'a [u8],
        newest: u8,
    ) -> Result<(Reader<'a>, u8), StoreError> {
        let mut reader = Reader { what, rest: bytes };
        let found = reader.byte()?;
        match (1..=newest).contains(&found) {
            true => Ok((reader, found)),
            false => Err(reader.corrupt(&format!("unknown version {found}"))),
        }
    }

    pub(super) fn corrupt(&self, why: &str) -> StoreError {
        StoreError::Corrupt(format!("{} record: {why}", self.what))
    }

    pub(super) fn byte(&mut self) -> Result<u8, StoreError> {
        Ok(self.fixed::<1>()?[0])
    }

    pub(super) fn flag(&mut self) -> Result<bool, StoreError> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(self.corrupt(&format!("{other} is no flag"))),
        }
    }

    pub(super) fn number(&mut self) -> Result<u64, StoreError> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                break;
            }
            value |= bits << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(self.corrupt("a number is too long"))
    }

    /// A number of a narrower type.
    pub(super) fn narrow<T: TryFrom<u64>>(&mut self) -> Result<T, StoreError> {
        let value = self.number()?;
        T::try_from(value).map_err(|_| self.corrupt(&format!("{value} is too large")))
    }

    pub(super) fn signed(&mut self) -> Result<i64, StoreError> {
        let value = self.number()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    pub(super) fn signed_32(&mut self) -> Result<i32, StoreError> {
        let value = self.signed()?;
        i32::try_from(value).map_err(|_| self.corrupt(&format!("{value} is too large")))
    }

    pub(super) fn fixed<const N: usize>(&mut self) -> Result<[u8; N], StoreError> {
        let Some((value, rest)) = self.rest.split_first_chunk::<N>() else {
            return Err(self.corrupt("it ends early"));
        };
        self.rest = rest;
        Ok(*value)
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], StoreError> {
        let len: usize = self.narrow()?;
        let Some((value, rest)) = self.rest.split_at_checked(len) else {
            return Err(self.corrupt("it ends early"));
        };
        self.rest = rest;
        Ok(value)
    }

    pub(super) fn text(&mut self) -> Result<String, StoreError> {
        let bytes = self.bytes()?;
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(self.corrupt("a text is not UTF-8")),
        }
    }

    pub(super) fn optional_text(&mut self) -> Result<Option<String>, StoreError> {
        self.flag()?.then(|| self.text()).transpose()
    }

    pub(super) fn optional_number(&mut self) -> Result<Option<u64>, StoreError> {
        self.flag()?.then(|| self.number()).transpose()
    }

    /// A count of things that take at least `least` bytes each: never more than fit.
    pub(super) fn count(&mut self, least: usize) -> Result<usize, StoreError> {
        let count: usize = self.narrow()?;
        if count > self.rest.len() / least {
            return Err(self.corrupt("a count exceeds the record"));
        }
        Ok(count)
    }

    pub(super) fn finish(self) -> Result<(), StoreError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(self.corrupt("bytes follow its end"))
        }
    }
}
