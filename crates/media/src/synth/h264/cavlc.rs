//! Context-adaptive variable-length coding of residual blocks (ITU-T H.264 §9.2).
//!
//! Only the two block kinds this encoder sends: the luma DC block of an Intra16x16
//! macroblock and a chroma DC block. Both have one fixed `coeff_token` table here:
//! chroma DC always (`nC` = -1), luma DC because no macroblock of ours carries AC
//! levels, so every neighbour counts 0 and `nC` is 0.

use crate::synth::bits::BitWriter;

/// Writes the 16 levels of a luma DC block, in zig-zag order.
pub(super) fn luma_dc(w: &mut BitWriter, levels: &[i32; 16]) {
    residual_block(
        w,
        levels,
        &Tables {
            token: &TOKEN_LUMA,
            zeros: &ZEROS_LUMA,
        },
    );
}

/// Writes the 4 levels of a chroma DC block, in raster order.
pub(super) fn chroma_dc(w: &mut BitWriter, levels: &[i32; 4]) {
    residual_block(
        w,
        levels,
        &Tables {
            token: &TOKEN_CHROMA,
            zeros: &ZEROS_CHROMA,
        },
    );
}

/// The two tables that depend on the kind of block.
struct Tables {
    /// `coeff_token` by total of non-zero levels, then by trailing ones.
    token: &'static [[&'static str; 4]],
    /// `total_zeros` by total of non-zero levels less one, then by zeros.
    zeros: &'static [&'static [&'static str]],
}

/// `residual_block_cavlc()` (§7.3.5.3.2).
fn residual_block(w: &mut BitWriter, levels: &[i32], tables: &Tables) {
    // Highest frequency first, each with the zeros between it and the one before it.
    let mut coded = [(0, 0); 16];
    let mut total = 0;
    let mut run = 0;
    let mut zeros = 0;
    for &level in levels {
        if level == 0 {
            run += 1;
        } else {
            coded[total] = (level, run);
            total += 1;
            zeros += run;
            run = 0;
        }
    }
    let coded = &mut coded[..total];
    coded.reverse();
    let ones = coded
        .iter()
        .take(3)
        .take_while(|(level, _)| level.abs() == 1)
        .count();

    w.code(tables.token[total][ones]);
    for (level, _) in &coded[..ones] {
        w.flag(*level < 0);
    }
    write_levels(w, &coded[ones..], total > 10 && ones < 3, ones < 3);
    if total > 0 && total < levels.len() {
        w.code(tables.zeros[total - 1][zeros]);
    }
    let mut zeros_left = zeros;
    for (_, run) in coded.iter().take(total.saturating_sub(1)) {
        if zeros_left == 0 {
            break;
        }
        w.code(RUN_BEFORE[zeros_left.min(7) - 1][*run]);
        zeros_left -= run;
    }
}

/// The levels after the trailing ones (§9.2.2.1, read backwards).
fn write_levels(w: &mut BitWriter, coded: &[(i32, usize)], long_suffix: bool, never_one: bool) {
    let mut suffix_len = u32::from(long_suffix);
    for (at, (level, _)) in coded.iter().enumerate() {
        let magnitude = level.unsigned_abs();
        let mut code = 2 * magnitude - 1 - u32::from(*level > 0);
        if at == 0 && never_one {
            // With fewer than three trailing ones the next level cannot be a one.
            code -= 2;
        }
        write_level(w, code, suffix_len);
        suffix_len = suffix_len.max(1);
        if magnitude > 3 << (suffix_len - 1) && suffix_len < 6 {
            suffix_len += 1;
        }
    }
}

/// One level: `level_prefix` zeros, a one, then the suffix.
fn write_level(w: &mut BitWriter, code: u32, suffix_len: u32) {
    let (prefix, suffix, len) = if suffix_len == 0 && code < 14 {
        (code, 0, 0)
    } else if suffix_len == 0 && code < 30 {
        (14, code - 14, 4)
    } else if suffix_len > 0 && code < 15 << suffix_len {
        (
            code >> suffix_len,
            code & ((1 << suffix_len) - 1),
            suffix_len,
        )
    } else {
        let escape = if suffix_len == 0 {
            30
        } else {
            15 << suffix_len
        };
        // Twelve bits suffice: levels of this encoder stay below 1 024.
        (15, code - escape, 12)
    };
    w.put(1, prefix + 1);
    w.put(suffix, len);
}

/// Table 9-5, column 0 <= nC < 2.
static TOKEN_LUMA: [[&str; 4]; 17] = [
    ["1", "", "", ""],
    ["000101", "01", "", ""],
    ["00000111", "000100", "001", ""],
    ["000000111", "00000110", "0000101", "00011"],
    ["0000000111", "000000110", "00000101", "000011"],
    ["00000000111", "0000000110", "000000101", "0000100"],
    ["0000000001111", "00000000110", "0000000101", "00000100"],
    ["0000000001011", "0000000001110", "00000000101", "000000100"],
    [
        "0000000001000",
        "0000000001010",
        "0000000001101",
        "0000000100",
    ],
    [
        "00000000001111",
        "00000000001110",
        "0000000001001",
        "00000000100",
    ],
    [
        "00000000001011",
        "00000000001010",
        "00000000001101",
        "0000000001100",
    ],
    [
        "000000000001111",
        "000000000001110",
        "00000000001001",
        "00000000001100",
    ],
    [
        "000000000001011",
        "000000000001010",
        "000000000001101",
        "00000000001000",
    ],
    [
        "0000000000001111",
        "000000000000001",
        "000000000001001",
        "000000000001100",
    ],
    [
        "0000000000001011",
        "0000000000001110",
        "0000000000001101",
        "000000000001000",
    ],
    [
        "0000000000000111",
        "0000000000001010",
        "0000000000001001",
        "0000000000001100",
    ],
    [
        "0000000000000100",
        "0000000000000110",
        "0000000000000101",
        "0000000000001000",
    ],
];

/// Table 9-5, column nC = -1.
static TOKEN_CHROMA: [[&str; 4]; 5] = [
    ["01", "", "", ""],
    ["000111", "1", "", ""],
    ["000100", "000110", "001", ""],
    ["000011", "0000011", "0000010", "000101"],
    ["000010", "00000011", "00000010", "0000000"],
];

/// Tables 9-7 and 9-8.
static ZEROS_LUMA: [&[&str]; 15] = [
    &[
        "1",
        "011",
        "010",
        "0011",
        "0010",
        "00011",
        "00010",
        "000011",
        "000010",
        "0000011",
        "0000010",
        "00000011",
        "00000010",
        "000000011",
        "000000010",
        "000000001",
    ],
    &[
        "111", "110", "101", "100", "011", "0101", "0100", "0011", "0010", "00011", "00010",
        "000011", "000010", "000001", "000000",
    ],
    &[
        "0101", "111", "110", "101", "0100", "0011", "100", "011", "0010", "00011", "00010",
        "000001", "00001", "000000",
    ],
    &[
        "00011", "111", "0101", "0100", "110", "101", "100", "0011", "011", "0010", "00010",
        "00001", "00000",
    ],
    &[
        "0101", "0100", "0011", "111", "110", "101", "100", "011", "0010", "00001", "0001", "00000",
    ],
    &[
        "000001", "00001", "111", "110", "101", "100", "011", "010", "0001", "001", "000000",
    ],
    &[
        "000001", "00001", "101", "100", "011", "11", "010", "0001", "001", "000000",
    ],
    &[
        "000001", "0001", "00001", "011", "11", "10", "010", "001", "000000",
    ],
    &["000001", "000000", "0001", "11", "10", "001", "01", "00001"],
    &["00001", "00000", "001", "11", "10", "01", "0001"],
    &["0000", "0001", "001", "010", "1", "011"],
    &["0000", "0001", "01", "1", "001"],
    &["000", "001", "1", "01"],
    &["00", "01", "1"],
    &["0", "1"],
];

/// Table 9-9 (a).
static ZEROS_CHROMA: [&[&str]; 3] = [&["1", "01", "001", "000"], &["1", "01", "00"], &["1", "0"]];

/// Table 9-10, by zeros left less one (seven and more share a row), then by run.
static RUN_BEFORE: [&[&str]; 7] = [
    &["1", "0"],
    &["1", "01", "00"],
    &["11", "10", "01", "00"],
    &["11", "10", "01", "001", "000"],
    &["11", "10", "011", "010", "001", "000"],
    &["11", "000", "001", "011", "010", "101", "100"],
    &[
        "111",
        "110",
        "101",
        "100",
        "011",
        "010",
        "001",
        "0001",
        "00001",
        "000001",
        "0000001",
        "00000001",
        "000000001",
        "0000000001",
        "00000000001",
    ],
];

#[cfg(test)]
mod tests {
    use super::{RUN_BEFORE, TOKEN_CHROMA, TOKEN_LUMA, ZEROS_CHROMA, ZEROS_LUMA, luma_dc};
    use crate::synth::bits::BitWriter;

    fn is_prefix_free(codes: &[&str]) -> bool {
        codes.iter().enumerate().all(|(at, code)| {
            codes
                .iter()
                .enumerate()
                .all(|(other, text)| at == other || !text.starts_with(code))
        })
    }

    #[test]
    fn every_table_is_prefix_free() {
        let luma: Vec<&str> = TOKEN_LUMA
            .iter()
            .flatten()
            .copied()
            .filter(|code| !code.is_empty())
            .collect();
        assert_eq!(luma.len(), 62);
        assert!(is_prefix_free(&luma));
        let chroma: Vec<&str> = TOKEN_CHROMA
            .iter()
            .flatten()
            .copied()
            .filter(|code| !code.is_empty())
            .collect();
        assert_eq!(chroma.len(), 14);
        assert!(is_prefix_free(&chroma));
        for (table, extra) in [(&ZEROS_LUMA[..], 16), (&ZEROS_CHROMA[..], 4)] {
            for (at, codes) in table.iter().enumerate() {
                assert_eq!(
                    codes.len(),
                    extra - at,
                    "one code per possible number of zeros"
                );
                assert!(is_prefix_free(codes), "total_zeros row {at}");
            }
        }
        for codes in RUN_BEFORE {
            assert!(is_prefix_free(codes));
        }
    }

    #[test]
    fn a_block_worked_by_hand() {
        // Levels 0,3,0,1,-1,-1,0,1,0…: five non-zero, three trailing ones.
        // Tail: signs of 1,-1,-1 = 0,1,1; then level 1 at suffix length 0: 1; then 3 at
        // suffix length 1: 001 0; three zeros; runs 1,0,0,1 of which the last is implied.
        let mut levels = [0; 16];
        levels[1] = 3;
        levels[3..6].copy_from_slice(&[1, -1, -1]);
        levels[7] = 1;
        let mut w = BitWriter::default();
        luma_dc(&mut w, &levels);
        let len = w.len_bits();
        let text: String = w
            .finish()
            .iter()
            .map(|byte| format!("{byte:08b}"))
            .collect();
        assert_eq!(&text[..len], "000010001110010111101101");
    }
}
