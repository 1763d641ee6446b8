//! Naming what a body is that is not Matroska, by its first bytes.
//!
//! The name goes into an error message for the one who sent it: a hint, not a verdict.

/// How many bytes [`name`] wants to see.
pub(super) const SNIFF_BYTES: usize = 16;

/// A name for the format of a body that begins with `head`, if it is a known one.
pub(super) fn name(head: &[u8]) -> Option<&'static str> {
    let by_magic = MAGIC.iter().find(|(magic, _)| head.starts_with(magic));
    if let Some((_, name)) = by_magic {
        return Some(name);
    }
    if let Some(start_code) = [&[0, 0, 0, 1][..], &[0, 0, 1]]
        .iter()
        .find(|s| head.starts_with(s))
    {
        return annex_b(&head[start_code.len()..]);
    }
    match *head {
        // ISO/IEC 14496-12 §4.2: a box is its length, then its type.
        [_, _, _, _, b'f', b't', b'y', b'p', ..]
        | [_, _, _, _, b's', b't', b'y', b'p', ..]
        | [_, _, _, _, b'm', b'o', b'o', b'v' | b'f', ..]
        | [_, _, _, _, b'm', b'd', b'a', b't', ..]
        | [_, _, _, _, b's', b'i', b'd', b'x', ..]
        | [_, _, _, _, b'f', b'r', b'e', b'e', ..]
        | [_, _, _, _, b'w', b'i', b'd', b'e', ..] => Some("MP4"),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'A',
            b'V',
            b'I',
            b' ',
            ..,
        ] => Some("AVI"),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'A',
            b'V',
            b'E',
            ..,
        ] => Some("WAV"),
        [b'R', b'I', b'F', b'F', ..] => Some("RIFF"),
        // ISO/IEC 13818-7 §6.2: twelve bits of sync word, then layer 0.
        [0xFF, b, ..] if b & 0xF6 == 0xF0 => Some("ADTS AAC"),
        [0xFF, b, ..] if b & 0xE0 == 0xE0 && b & 0x18 != 0x08 && b & 0x06 != 0 => Some("MP3"),
        _ => text(head).or_else(|| transport_stream(head)),
    }
}

/// What follows an Annex B start code: a NAL unit header, or one of the codes of MPEG-1
/// and MPEG-2.
fn annex_b(after: &[u8]) -> Option<&'static str> {
    match *after {
        [0xBA, ..] => Some("MPEG-PS"),
        [0xB3, ..] => Some("MPEG-2 video"),
        // Parameter sets, access unit delimiter, SEI and random access pictures of layer 0.
        [b, 0x01, ..] if matches!(b >> 1, 16..=21 | 32..=35 | 39) && b & 1 == 0 => {
            Some("H.265 Annex B")
        }
        [b, ..] if b & 0x80 == 0 && matches!(b & 0x1F, 1 | 5..=9) => Some("H.264 Annex B"),
        _ => None,
    }
}

fn text(head: &[u8]) -> Option<&'static str> {
    // A Matroska file that was split into HTTP chunks before its HTTP client did so again.
    if head.windows(4).any(|w| w == [b'\r', b'\n', 0x1A, 0x45]) && head[0].is_ascii_hexdigit() {
        return Some("Matroska in HTTP chunks that were encoded twice");
    }
    let head = head
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(head)
        .trim_ascii_start();
    let plain = |b: &u8| b.is_ascii_graphic() || b.is_ascii_whitespace() || *b >= 0x80;
    if head.is_empty() || !head.iter().all(plain) {
        return None;
    }
    let starts = |with: &str| {
        head.get(..with.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(with.as_bytes()))
    };
    match head[0] {
        b'{' | b'[' => Some("JSON"),
        b'<' if starts("<!doctype html") || starts("<html") => Some("HTML"),
        b'<' => Some("XML"),
        b'-' if starts("--") => Some("multipart form"),
        _ if starts("1a45dfa3") => Some("Matroska in hexadecimal"),
        _ if starts("data:") => Some("data URL"),
        _ if head.is_ascii() => Some("text"),
        _ => None,
    }
}

/// ISO/IEC 13818-1 §2.4.3.2: sync byte, no error, not scrambled, some content.
fn transport_stream(head: &[u8]) -> Option<&'static str> {
    match *head {
        [0x47, b, _, c, ..] if b & 0x80 == 0 && c & 0xC0 == 0 && c & 0x30 != 0 => Some("MPEG-TS"),
        _ => None,
    }
}

const MAGIC: &[(&[u8], &str)] = &[
    (
        &[0x18, 0x53, 0x80, 0x67],
        "Matroska without its EBML header",
    ),
    (
        &[0x1F, 0x43, 0xB6, 0x75],
        "Matroska without its EBML header",
    ),
    (b"GkXf", "Matroska in Base64"),
    (&[0x1F, 0x8B], "gzip"),
    (&[0x28, 0xB5, 0x2F, 0xFD], "Zstandard"),
    (b"PK\x03\x04", "ZIP"),
    (&[0xFF, 0xD8, 0xFF], "JPEG"),
    (b"\x89PNG", "PNG"),
    (b"GIF8", "GIF"),
    (b"FLV\x01", "FLV"),
    (b"OggS", "Ogg"),
    (b"fLaC", "FLAC"),
    (b"DKIF", "IVF"),
    (b"ID3", "MP3"),
    (b"#EXTM3U", "HLS playlist"),
    (b"HTTP/1.", "HTTP message"),
    (&[0; SNIFF_BYTES], "zero bytes"),
];

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn formats_by_name() {
        let cases: &[(&[u8], &str)] = &[
            (b"\0\0\0\x20ftypisom\0\0\x02\0", "MP4"),
            (b"\0\0\x03\x1Fmoov\0\0\0\x6Cmvhd", "MP4"),
            (b"\0\0\x03\x1Fmoof\0\0\0\x10mfhd", "MP4"),
            (b"\x47\x40\x11\x10\0\x42\xF0\x25", "MPEG-TS"),
            (
                b"\x47\x40\0\x10\0\0\xB0\x0D\0\x01\xC1\0\0\0\x01\xF0",
                "MPEG-TS",
            ),
            (&[0, 0, 0, 1, 0x67, 0x64, 0, 0x1F], "H.264 Annex B"),
            (&[0, 0, 1, 0x09, 0xF0], "H.264 Annex B"),
            (&[0, 0, 0, 1, 0x40, 0x01, 0x0C], "H.265 Annex B"),
            (&[0, 0, 1, 0xBA, 0x44], "MPEG-PS"),
            (b"FLV\x01\x05\0\0\0\x09", "FLV"),
            (b"RIFF\x24\0\0\0AVI LIST", "AVI"),
            (b"RIFF\x24\0\0\0WAVEfmt ", "WAV"),
            (b"\xFF\xD8\xFF\xE0\0\x10JFIF", "JPEG"),
            (b"\x89PNG\r\n\x1A\n", "PNG"),
            (b"OggS\0\x02", "Ogg"),
            (&[0xFF, 0xF1, 0x50, 0x80], "ADTS AAC"),
            (&[0xFF, 0xF9, 0x50, 0x80], "ADTS AAC"),
            (&[0xFF, 0xFB, 0x90, 0x00], "MP3"),
            (b"{\"StreamName\": \"", "JSON"),
            (b"\n [1, 2]", "JSON"),
            (b"\x1F\x8B\x08\0", "gzip"),
            (b"GkXfo6NChoEBQveB", "Matroska in Base64"),
            (b"1A45DFA3A3428681", "Matroska in hexadecimal"),
            (
                b"1000\r\n\x1A\x45\xDF\xA3",
                "Matroska in HTTP chunks that were encoded twice",
            ),
            (
                &[0x1F, 0x43, 0xB6, 0x75, 0xFF],
                "Matroska without its EBML header",
            ),
            (b"------WebKitForm", "multipart form"),
            (b"<!DOCTYPE html><", "HTML"),
            (b"<?xml version=\"1", "XML"),
            (b"GET / HTTP/1.1\r\n", "text"),
            (b"hello", "text"),
            (&[0; 16], "zero bytes"),
        ];
        for (head, expected) in cases {
            assert_eq!(name(head), Some(*expected), "{}", head.escape_ascii());
        }
    }

    #[test]
    fn nothing_is_made_up() {
        for head in [
            &[][..],
            &[0xDE, 0xAD, 0xBE, 0xEF],
            &[0, 0, 0, 1],
            &[0x47, 0xFF, 0, 0],
        ] {
            assert_eq!(name(head), None, "{head:02x?}");
        }
    }
}
