//! Values in few bytes: numbers in LEB128, texts and bytes counted.
//!
//! What is written like this is kept or handed out, so every format that is made of these
//! begins with a version of its own.

/// Appends a number.
pub fn number(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends bytes and how many they are.
pub fn bytes(out: &mut Vec<u8>, value: &[u8]) {
    number(out, value.len() as u64);
    out.extend_from_slice(value);
}

/// Appends a text.
pub fn text(out: &mut Vec<u8>, value: &str) {
    bytes(out, value.as_bytes());
}

/// Appends a text or that there is none.
pub fn optional_text(out: &mut Vec<u8>, value: Option<&str>) {
    out.push(value.is_some().into());
    if let Some(value) = value {
        text(out, value);
    }
}

/// Takes values off the front of bytes. `None` stands for bytes that end early or say what
/// cannot be.
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    /// The next byte.
    pub fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(byte)
    }

    /// A byte that says yes or no.
    pub fn flag(&mut self) -> Option<bool> {
        match self.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    /// So many bytes.
    pub fn fixed<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (value, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*value)
    }

    /// A number.
    pub fn number(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    /// Counted bytes.
    pub fn bytes(&mut self) -> Option<&'a [u8]> {
        let len = usize::try_from(self.number()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(bytes)
    }

    /// A text.
    pub fn text(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?.to_vec()).ok()
    }

    /// A text if there is one.
    pub fn optional_text(&mut self) -> Option<Option<String>> {
        match self.flag()? {
            true => self.text().map(Some),
            false => Some(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Reader, number, optional_text, text};

    #[test]
    fn what_was_written_is_read_and_nothing_beyond() {
        let mut out = Vec::new();
        for value in [0, 127, 128, 1_700_000_000_000, u64::MAX >> 1] {
            number(&mut out, value);
        }
        text(&mut out, "ü");
        optional_text(&mut out, Some(""));
        optional_text(&mut out, None);
        let mut reader = Reader(&out);
        for value in [0, 127, 128, 1_700_000_000_000, u64::MAX >> 1] {
            assert_eq!(reader.number(), Some(value));
        }
        assert_eq!(reader.text().as_deref(), Some("ü"));
        assert_eq!(reader.optional_text(), Some(Some(String::new())));
        assert_eq!(reader.optional_text(), Some(None));
        assert_eq!(reader.byte(), None);
        assert_eq!(Reader(&[5, b'a']).text(), None);
        assert_eq!(Reader(&[1, 0xff]).text(), None);
        assert_eq!(Reader(&[2]).flag(), None);
        assert_eq!(Reader(&[0xff; 10]).number(), None);
    }
}
