//! QR codes as PNG images, for authenticator apps.

use png::{BitDepth, ColorType, Encoder};
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
    let mut pixels = Vec::new();
    for y in 0..side {
        // Lines begin with a byte of their own.
        for start in (0..side).step_by(8) {
            let bits = (start..start + 8).map(|x| u8::from(x < side && is_light(x, y)));
            pixels.push(bits.fold(0, |byte, bit| byte << 1 | bit));
        }
    }
    let side = u32::try_from(side).ok()?;
    let mut image = Vec::new();
    let mut encoder = Encoder::new(&mut image, side, side);
    encoder.set_color(ColorType::Grayscale);
    encoder.set_depth(BitDepth::One);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&pixels).ok()?;
    writer.finish().ok()?;
    Some(image)
}

/// Pixels of a module's side.
const SCALE: usize = 4;

/// Modules of the light border (ISO/IEC 18004 asks for four).
const QUIET: usize = 4;

#[cfg(test)]
mod tests {
    use super::png;

    #[test]
    fn a_picture_is_its_code_in_black_and_white() {
        let image = png("short").unwrap();
        let decoder = png::Decoder::new(std::io::Cursor::new(image));
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        // Version 1 has 21 modules a side.
        assert_eq!((info.width, info.height, info.line_size), (116, 116, 15));
        let line = |y: usize| &pixels[y * 15..][..15];
        assert_eq!(line(15)[..14], [0xff; 14]);
        // The upper edges of the two finder patterns, seven modules each.
        assert_eq!(line(16)[..6], [0xff, 0xff, 0, 0, 0, 0x0f]);
        assert_eq!(line(16)[9..13], [0, 0, 0, 0x0f].map(|byte| byte)[..]);
        assert!(png(&"x".repeat(3000)).is_none());
    }
}
