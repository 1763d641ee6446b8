//! Naming what a body is that is not Matroska, by its first bytes.

/// How many bytes [`name`] wants to see.
pub(super) const SNIFF_BYTES: usize = 16;

/// A name for the format of a body that begins with `head`, if it is a known one.
pub(super) fn name(head: &[u8]) -> Option<&'static str> {
    let _ = head;
    None
}
