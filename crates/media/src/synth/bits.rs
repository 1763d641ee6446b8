//! A bit writer: most significant bit first, with the Exp-Golomb codes of
//! ITU-T H.264 §9.1.

/// Collects bits into bytes.
#[derive(Debug, Default)]
pub(crate) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits not yet worth a byte, right-aligned.
    pending: u32,
    /// How many bits `pending` holds, 0 to 7.
    pending_len: u32,
}

impl BitWriter {
    /// Appends the lowest `len` bits of `value`; `len` is 0 to 32.
    pub(crate) fn put(&mut self, value: u32, len: u32) {
        debug_assert!(len <= 32);
        for at in (0..len).rev() {
            self.pending = self.pending << 1 | (value >> at & 1);
            self.pending_len += 1;
            if self.pending_len == 8 {
                self.bytes.push(self.pending as u8);
                self.pending = 0;
                self.pending_len = 0;
            }
        }
    }

    /// Appends a flag.
    pub(crate) fn flag(&mut self, value: bool) {
        self.put(u32::from(value), 1);
    }

    /// Appends a code of a variable-length table, written as its binary digits.
    pub(crate) fn code(&mut self, digits: &str) {
        for digit in digits.bytes() {
            self.flag(digit == b'1');
        }
    }

    /// Appends `value` as `ue(v)`, the unsigned Exp-Golomb code.
    pub(crate) fn ue(&mut self, value: u32) {
        debug_assert!(value < u32::MAX);
        let code = value + 1;
        let len = 32 - code.leading_zeros();
        self.put(0, len - 1);
        self.put(code, len);
    }

    /// Appends `value` as `se(v)`, the signed Exp-Golomb code.
    pub(crate) fn se(&mut self, value: i32) {
        let magnitude = value.unsigned_abs();
        self.ue(if value > 0 {
            2 * magnitude - 1
        } else {
            2 * magnitude
        });
    }

    /// How many bits were written.
    pub(crate) fn len_bits(&self) -> usize {
        self.bytes.len() * 8 + self.pending_len as usize
    }

    /// Fills the last byte with zeros and gives the bytes.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        if self.pending_len > 0 {
            self.put(0, 8 - self.pending_len);
        }
        self.bytes
    }

    /// Ends an RBSP: a one, then zeros to the byte's end (§7.3.2.11).
    pub(crate) fn finish_rbsp(mut self) -> Vec<u8> {
        self.flag(true);
        self.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::BitWriter;

    fn digits(write: impl FnOnce(&mut BitWriter)) -> String {
        let mut writer = BitWriter::default();
        write(&mut writer);
        let len = writer.len_bits();
        let all: String = writer
            .finish()
            .iter()
            .map(|byte| format!("{byte:08b}"))
            .collect();
        all[..len].to_owned()
    }

    #[test]
    fn exp_golomb_codes_match_the_standards_table() {
        // Table 9-2 and the mapping of §9.1.1.
        let unsigned = [
            (0, "1"),
            (1, "010"),
            (2, "011"),
            (3, "00100"),
            (8, "0001001"),
        ];
        for (value, expected) in unsigned {
            assert_eq!(digits(|w| w.ue(value)), expected);
        }
        let signed = [
            (0, "1"),
            (1, "010"),
            (-1, "011"),
            (2, "00100"),
            (-2, "00101"),
        ];
        for (value, expected) in signed {
            assert_eq!(digits(|w| w.se(value)), expected);
        }
    }

    #[test]
    fn an_rbsp_ends_with_a_one_and_zeros() {
        let mut writer = BitWriter::default();
        writer.put(0b1010, 4);
        assert_eq!(writer.finish_rbsp(), [0b1010_1000]);
        let mut writer = BitWriter::default();
        writer.put(0xABCD, 16);
        assert_eq!(writer.finish_rbsp(), [0xAB, 0xCD, 0x80]);
    }
}
