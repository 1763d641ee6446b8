//! Values drawn from the bytes of a fuzz input; after its end everything is 0.

/// The bytes not drawn yet.
pub(super) struct Draw<'a>(&'a [u8]);

impl<'a> Draw<'a> {
    pub(super) fn new(data: &'a [u8]) -> Draw<'a> {
        Draw(data)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is left.
    pub(super) fn rest(self) -> &'a [u8] {
        self.0
    }

    pub(super) fn byte(&mut self) -> u8 {
        self.bytes::<1>()[0]
    }

    pub(super) fn flag(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// A number of one byte as a rule, of eight where the first byte is 255, so that
    /// both everyday and absurd values are close by.
    pub(super) fn number(&mut self) -> u64 {
        match self.byte() {
            255 => u64::from_le_bytes(self.bytes()),
            small => small.into(),
        }
    }

    /// Likewise, cut down to 32 bits.
    pub(super) fn narrow(&mut self) -> u32 {
        self.number() as u32
    }

    /// Likewise, signed: small ones lie around 0.
    pub(super) fn signed(&mut self) -> i64 {
        let value = self.number();
        (value >> 1) as i64 ^ -((value & 1) as i64)
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut out = [0; N];
        let len = N.min(self.0.len());
        let (drawn, rest) = self.0.split_at(len);
        out[..len].copy_from_slice(drawn);
        self.0 = rest;
        out
    }
}
