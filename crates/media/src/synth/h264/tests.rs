//! Structure of the stream, and that the encoder knows what it shows.

use super::{Encoder, PictureKind, divide_rounded, hadamard2, hadamard4, level_idc, nal_unit};
use crate::synth::picture::{Painter, Picture};

#[test]
fn emulation_prevention_breaks_every_start_code() {
    assert_eq!(
        nal_unit(0x65, &[0, 0, 0, 0, 1]),
        [0x65, 0, 0, 3, 0, 0, 3, 1]
    );
    assert_eq!(
        nal_unit(0x65, &[0, 0, 3, 0, 0, 4]),
        [0x65, 0, 0, 3, 3, 0, 0, 4]
    );
}

#[test]
fn the_configuration_record_holds_both_parameter_sets() {
    let record = Encoder::new(640, 360, 25).avcc();
    assert_eq!(record[..6], [1, 66, 0xC0, 30, 0xFF, 0xE1]);
    let sps_len = usize::from(u16::from_be_bytes([record[6], record[7]]));
    assert_eq!(record[8], 0x67);
    let rest = &record[8 + sps_len..];
    assert_eq!(rest[0], 1);
    assert_eq!(
        usize::from(u16::from_be_bytes([rest[1], rest[2]])),
        rest.len() - 3
    );
    assert_eq!(rest[3], 0x68);
}

#[test]
fn levels_follow_size_and_rate() {
    assert_eq!(level_idc(99, 99 * 15), 10);
    assert_eq!(level_idc(920, 920 * 25), 30);
    assert_eq!(level_idc(3_600, 3_600 * 30), 31);
    assert_eq!(level_idc(8_160, 8_160 * 30), 40);
}

#[test]
fn transforms_undo_themselves() {
    let block = std::array::from_fn(|i| (i as i32 * 37) % 91 - 45);
    assert_eq!(hadamard4(hadamard4(block)), block.map(|value| 16 * value));
    let block = [3, -9, 120, 7];
    assert_eq!(hadamard2(hadamard2(block)), block.map(|value| 4 * value));
    assert_eq!(
        [7, -7, 3, -3, 4, -4].map(|v| divide_rounded(v, 8)),
        [1, -1, 0, 0, 1, -1]
    );
}

#[test]
fn what_is_shown_is_close_to_what_was_painted() {
    let painter = Painter::new(40, 23, 4);
    let mut encoder = Encoder::new(640, 360, 25);
    for index in 0..5 {
        let picture = painter.paint(index, 40 * index, 40 * index);
        let kind = if index == 0 {
            PictureKind::Idr
        } else {
            PictureKind::Predicted
        };
        encoder.encode(&picture, kind, usize::MAX);
        for y in 0..23 * 4 {
            for x in 0..40 * 4 {
                let error = picture.luma(x, y).abs_diff(encoder.shown().luma(x, y));
                assert!(
                    error <= 8,
                    "off by {error} at cell {x},{y} of picture {index}"
                );
            }
        }
    }
}

#[test]
fn an_unchanged_picture_costs_a_header() {
    let painter = Painter::new(40, 23, 0);
    let picture = painter.paint(0, 0, 0);
    let mut encoder = Encoder::new(640, 360, 25);
    let first = encoder.encode(&picture, PictureKind::Idr, usize::MAX);
    let second = encoder.encode(&picture, PictureKind::Predicted, usize::MAX);
    assert_eq!(first[4], 0x65);
    assert_eq!(second[4], 0x41);
    assert!(first.len() > 1_000);
    assert!(second.len() < 16, "{} bytes", second.len());
}

#[test]
fn flat_luma_is_exact_and_chroma_close() {
    let mut picture = Picture::new(4, 4);
    for at in 0..16 {
        let luma = (at * 53 % 256) as u8;
        picture.set_luma_macroblock(at % 4, at / 4, [luma; 16]);
        picture.set_chroma_macroblock(0, at % 4, at / 4, [255 - luma; 4]);
        picture.set_chroma_macroblock(1, at % 4, at / 4, [luma / 2; 4]);
    }
    let mut encoder = Encoder::new(64, 64, 25);
    encoder.encode(&picture, PictureKind::Idr, usize::MAX);
    for (column, row) in (0..16).map(|at| (at % 4, at / 4)) {
        let shown = encoder.shown();
        assert_eq!(
            shown.luma_macroblock(column, row),
            picture.luma_macroblock(column, row)
        );
        for plane in [0, 1] {
            // Its four blocks are predicted apart, so their levels are not one DC alone.
            let wanted = picture.chroma_macroblock(plane, column, row);
            let pairs = wanted
                .into_iter()
                .zip(shown.chroma_macroblock(plane, column, row));
            assert!(
                pairs
                    .into_iter()
                    .all(|(wanted, shown)| wanted.abs_diff(shown) <= 2)
            );
        }
    }
}
