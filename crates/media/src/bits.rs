//! Reading bit fields, most significant bit first, with the Exp-Golomb codes of
//! ITU-T H.264 §9.1.

/// A cursor over bits. Every read past the end gives `None`.
#[derive(Clone, Debug)]
pub struct BitReader<'a> {
    data: &'a [u8],
    position: usize,
}

impl<'a> BitReader<'a> {
    /// Starts at the first bit of `data`.
    pub fn new(data: &'a [u8]) -> BitReader<'a> {
        BitReader { data, position: 0 }
    }

    /// Bits not read yet.
    pub fn remaining(&self) -> usize {
        self.data.len() * 8 - self.position
    }

    /// The next `count` bits (at most 32) as an unsigned number, `u(n)`.
    pub fn bits(&mut self, count: u32) -> Option<u32> {
        debug_assert!(count <= 32, "a field is at most 32 bits wide");
        if self.remaining() < count as usize {
            return None;
        }
        let mut value = 0_u64;
        for _ in 0..count {
            let byte = self.data.get(self.position / 8)?;
            let bit = byte >> (7 - self.position % 8) & 1;
            value = value << 1 | u64::from(bit);
            self.position += 1;
        }
        u32::try_from(value).ok()
    }

    /// One bit.
    pub fn flag(&mut self) -> Option<bool> {
        self.bits(1).map(|bit| bit == 1)
    }

    /// An unsigned Exp-Golomb code, `ue(v)`; `None` also where it exceeds 32 bits.
    pub fn ue(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        let suffix = u64::from(self.bits(zeros)?);
        u32::try_from((1_u64 << zeros) - 1 + suffix).ok()
    }

    /// A signed Exp-Golomb code, `se(v)`.
    pub fn se(&mut self) -> Option<i64> {
        let code = i64::from(self.ue()?);
        Some(if code % 2 == 0 {
            -(code / 2)
        } else {
            code / 2 + 1
        })
    }
}

#[cfg(test)]
mod tests {
    use super::BitReader;

    #[test]
    fn fields_come_most_significant_bit_first() {
        let mut reader = BitReader::new(&[0b1010_0000, 0xff, 0x12, 0x34, 0x56]);
        assert_eq!(reader.bits(3), Some(0b101));
        assert_eq!(reader.bits(5), Some(0));
        assert_eq!(reader.bits(32), Some(0xff12_3456));
        assert_eq!(reader.remaining(), 0);
        assert_eq!(reader.bits(0), Some(0));
        assert_eq!(reader.flag(), None);
    }

    #[test]
    fn exp_golomb_codes_follow_table_9_2() {
        // 1 | 010 | 011 | 00100 | 00101 and padding.
        let data = [0b1010_0110, 0b0100_0010, 0b1000_0000];
        let mut reader = BitReader::new(&data);
        let codes: Vec<_> = (0..5).map_while(|_| reader.ue()).collect();
        assert_eq!(codes, [0, 1, 2, 3, 4]);
        let mut reader = BitReader::new(&data);
        let codes: Vec<_> = (0..5).map_while(|_| reader.se()).collect();
        assert_eq!(codes, [0, 1, -1, 2, -2]);
    }

    #[test]
    fn a_code_that_never_ends_is_refused() {
        assert_eq!(BitReader::new(&[0; 16]).ue(), None);
        assert_eq!(BitReader::new(&[]).ue(), None);
        assert_eq!(
            BitReader::new(&[0, 0, 0, 1, 0xff, 0xff, 0xff, 0xfe]).ue(),
            Some(u32::MAX - 1)
        );
    }
}
