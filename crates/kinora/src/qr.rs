//! QR codes as PNG images, for authenticator apps.
//!
//! The image is so small that it is stored without compression: a PNG (ISO/IEC 15948)
//! of one bit a pixel needs no more than two checksums.

use qrcode::{Color, QrCode};

/// A picture of a text; `None` if it is longer than a QR code can be (2953 bytes).
pub fn png(text: &str) -> Option<Vec<u8>> {
    let code = QrCode::new(text).ok()?;
    let width = code.width();
    let side = (width + 2 * QUIET) * SCALE;
    let is_light = |x: usize, y: usize| {
        let module = |at: usize| (at / SCALE).checked_sub(QUIET).filter(|at| *at < width);
        match (module(x), module(y)) {
            (Some(x), Some(y)) => code[(x, y)] == Color::Light,
            _ => true,
        }
    };
    let mut lines = Vec::new();
    for y in 0..side {
        // Each line begins with its filter: none.
        lines.push(0);
        for start in (0..side).step_by(8) {
            let bits = (start..start + 8).map(|x| u8::from(x < side && is_light(x, y)));
            lines.push(bits.fold(0, |byte, bit| byte << 1 | bit));
        }
    }
    Some(file(side, &lines))
}

fn file(side: usize, lines: &[u8]) -> Vec<u8> {
    let side = u32::try_from(side).unwrap_or(u32::MAX).to_be_bytes();
    // One bit a pixel, greyscale, deflate, adaptive filters, not interlaced.
    let header = [&side[..], &side, &[1, 0, 0, 0, 0]].concat();
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in [
        (b"IHDR", header),
        (b"IDAT", stored(lines)),
        (b"IEND", Vec::new()),
    ] {
        let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
        file.extend(length.to_be_bytes());
        let start = file.len();
        file.extend(kind);
        file.extend(data);
        let check = crc32(&file[start..]);
        file.extend(check.to_be_bytes());
    }
    file
}

/// A zlib stream (RFC 1950) of stored blocks (RFC 1951 §3.2.4).
fn stored(data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut blocks = data.chunks(usize::from(u16::MAX)).peekable();
    while let Some(block) = blocks.next() {
        let length = block.len() as u16;
        stream.push(u8::from(blocks.peek().is_none()));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    stream.extend(adler32(data).to_be_bytes());
    stream
}

fn crc32(data: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in data {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = crc >> 1 ^ (0xedb8_8320 * (crc & 1));
        }
    }
    !crc
}

fn adler32(data: &[u8]) -> u32 {
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in data {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    b << 16 | a
}

/// Pixels of a module's side.
const SCALE: usize = 4;

/// Modules of the light border (ISO/IEC 18004 asks for four).
const QUIET: usize = 4;

#[cfg(test)]
mod tests {
    use super::{adler32, crc32, png};

    #[test]
    fn checksums_are_the_standards() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
    }

    #[test]
    fn a_picture_has_the_size_of_its_code() {
        // Version 1 has 21 modules a side.
        let image = png("short").unwrap();
        assert_eq!(&image[16..24], [0, 0, 0, 116, 0, 0, 0, 116]);
        assert_eq!(image[image.len() - 8..image.len() - 4], *b"IEND");
        assert!(png(&"x".repeat(3000)).is_none());
    }
}
