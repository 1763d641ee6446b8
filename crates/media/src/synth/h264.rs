//! A very small H.264 encoder: Constrained Baseline, one slice per picture.
//!
//! Every macroblock is either Intra16x16 with DC prediction and DC levels alone, or
//! skipped. The deblocking filter is off. A picture is therefore flat in each 4x4 block
//! of samples, and the encoder can hold one value per block ([`Picture`]) and know, to
//! the bit, what a decoder will show (ITU-T H.264 §8.3.3, §8.3.4, §8.5.10, §8.5.11).

mod cavlc;

use crate::synth::bits::BitWriter;
use crate::synth::picture::Picture;

/// What a coded picture is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PictureKind {
    /// Decoding can start here.
    Idr,
    /// Refers to the picture before it.
    Predicted,
}

/// The encoder of one stream.
#[derive(Clone, Debug)]
pub(crate) struct Encoder {
    width: u32,
    height: u32,
    fps: u32,
    /// What each macroblock was asked to be when it was last coded.
    source: Picture,
    /// What the decoder shows.
    shown: Picture,
    /// Pictures since the last IDR.
    since_idr: u32,
    /// Alternates, because two IDR pictures in a row must differ in it (§7.4.3).
    idr_pic_id: u32,
}

impl Encoder {
    /// An encoder for `width` x `height` samples, both even, at `fps` pictures a second.
    pub(crate) fn new(width: u32, height: u32, fps: u32) -> Encoder {
        let blank = Picture::new(width.div_ceil(16) as usize, height.div_ceil(16) as usize);
        Encoder {
            width,
            height,
            fps,
            source: blank.clone(),
            shown: blank,
            since_idr: 0,
            idr_pic_id: 0,
        }
    }

    /// `AVCDecoderConfigurationRecord` (ISO/IEC 14496-15 §5.3.3.1), lengths of 4 bytes.
    pub(crate) fn avcc(&self) -> Vec<u8> {
        let sps = self.sps();
        let pps = pps();
        let mut record = vec![1, sps[1], sps[2], sps[3], 0xFF, 0xE1];
        for (at, nal) in [&sps, &pps].into_iter().enumerate() {
            if at == 1 {
                record.push(1);
            }
            // Parameter sets are some tens of bytes.
            record.extend((nal.len() as u16).to_be_bytes());
            record.extend(nal);
        }
        record
    }

    /// Codes `picture` as one length-prefixed access unit.
    ///
    /// Macroblock rows from [`Picture::expendable_from`] on get levels only while the
    /// slice is shorter than `budget_bits`; after that they cost (almost) nothing.
    pub(crate) fn encode(
        &mut self,
        picture: &Picture,
        kind: PictureKind,
        budget_bits: usize,
    ) -> Vec<u8> {
        if kind == PictureKind::Idr {
            self.since_idr = 0;
            self.idr_pic_id ^= 1;
        }
        let mut w = self.slice_header(kind);
        let mut skipped = 0;
        for row in 0..picture.rows() {
            for column in 0..picture.columns() {
                let spare = row >= picture.expendable_from() && w.len_bits() >= budget_bits;
                if kind == PictureKind::Predicted {
                    if spare || self.source.same_macroblock(picture, column, row) {
                        skipped += 1;
                        continue;
                    }
                    w.ue(skipped);
                    skipped = 0;
                }
                self.macroblock(&mut w, picture, kind, (column, row), spare);
            }
        }
        if skipped > 0 {
            w.ue(skipped);
        }
        self.since_idr += 1;
        let header = if kind == PictureKind::Idr {
            NAL_IDR
        } else {
            NAL_NON_IDR
        };
        let nal = nal_unit(header, &w.finish_rbsp());
        let mut unit = (nal.len() as u32).to_be_bytes().to_vec();
        unit.extend(nal);
        unit
    }

    /// What a decoder shows after the last [`Encoder::encode`].
    #[cfg(test)]
    pub(crate) fn shown(&self) -> &Picture {
        &self.shown
    }

    /// `slice_header()` (§7.3.3).
    fn slice_header(&self, kind: PictureKind) -> BitWriter {
        let mut w = BitWriter::default();
        w.ue(0); // first_mb_in_slice
        w.ue(if kind == PictureKind::Idr { 7 } else { 5 }); // slice_type, all slices alike
        w.ue(0); // pic_parameter_set_id
        w.put(self.since_idr % (1 << FRAME_NUM_BITS), FRAME_NUM_BITS);
        if kind == PictureKind::Idr {
            w.ue(self.idr_pic_id);
            w.flag(false); // no_output_of_prior_pics_flag
            w.flag(false); // long_term_reference_flag
        } else {
            w.flag(false); // num_ref_idx_active_override_flag
            w.flag(false); // ref_pic_list_modification_flag_l0
            w.flag(false); // adaptive_ref_pic_marking_mode_flag
        }
        w.se(0); // slice_qp_delta
        w.ue(1); // disable_deblocking_filter_idc
        w
    }

    /// `macroblock_layer()` of an Intra16x16 macroblock (§7.3.5). `bare` leaves it at its
    /// prediction.
    fn macroblock(
        &mut self,
        w: &mut BitWriter,
        picture: &Picture,
        kind: PictureKind,
        at: (usize, usize),
        bare: bool,
    ) {
        let luma = if bare {
            [0; 16]
        } else {
            self.code_luma(picture, at)
        };
        if bare {
            self.code_luma_bare(at);
        }
        let chroma = [0, 1].map(|plane| self.code_chroma(picture, plane, at, bare));
        let has_chroma = chroma.iter().flatten().any(|level| *level != 0);
        // Table 7-11: Intra16x16, prediction mode 2 (DC), no AC, with or without chroma DC;
        // table 7-13 puts the intra types of a P slice after its own five.
        let mb_type = if has_chroma { 7 } else { 3 };
        w.ue(if kind == PictureKind::Idr {
            mb_type
        } else {
            mb_type + 5
        });
        w.ue(0); // intra_chroma_pred_mode: DC
        w.se(0); // mb_qp_delta
        cavlc::luma_dc(w, &luma);
        if has_chroma {
            for levels in &chroma {
                cavlc::chroma_dc(w, levels);
            }
        }
        self.source.copy_macroblock(picture, at.0, at.1);
    }

    /// Quantises the luma of a macroblock, updates what is shown, gives its levels.
    fn code_luma(&mut self, picture: &Picture, at: (usize, usize)) -> [i32; 16] {
        let prediction = self.predict_luma(at);
        let wanted = picture.luma_macroblock(at.0, at.1);
        let mut levels = hadamard4(wanted.map(|value| i32::from(value) - prediction));
        for level in &mut levels {
            *level = divide_rounded(*level, 8);
        }
        // §8.5.10 at QP 22 (level scale 256, QP / 6 = 3): dc = (f * 256 + 4) >> 3 = 32 f;
        // §8.5.12 of a lone DC: (dc + 32) >> 6, so (f + 1) >> 1.
        let residual = hadamard4(levels).map(|f| (f + 1) >> 1);
        let shown = residual.map(|r| (prediction + r).clamp(0, 255) as u8);
        self.shown.set_luma_macroblock(at.0, at.1, shown);
        ZIGZAG.map(|from| levels[from])
    }

    /// Shows the prediction of a macroblock's luma.
    fn code_luma_bare(&mut self, at: (usize, usize)) {
        let shown = [self.predict_luma(at) as u8; 16];
        self.shown.set_luma_macroblock(at.0, at.1, shown);
    }

    /// Intra16x16 DC prediction (§8.3.3.3) from blocks that are four equal samples wide.
    fn predict_luma(&self, (column, row): (usize, usize)) -> i32 {
        let above = (row > 0).then(|| {
            (0..4)
                .map(|i| i32::from(self.shown.luma(column * 4 + i, row * 4 - 1)))
                .sum::<i32>()
        });
        let left = (column > 0).then(|| {
            (0..4)
                .map(|i| i32::from(self.shown.luma(column * 4 - 1, row * 4 + i)))
                .sum::<i32>()
        });
        match (above, left) {
            (Some(above), Some(left)) => (4 * above + 4 * left + 16) >> 5,
            (Some(sum), None) | (None, Some(sum)) => (4 * sum + 8) >> 4,
            (None, None) => 128,
        }
    }

    /// Quantises one chroma plane of a macroblock, updates what is shown, gives its levels.
    fn code_chroma(
        &mut self,
        picture: &Picture,
        plane: usize,
        (column, row): (usize, usize),
        bare: bool,
    ) -> [i32; 4] {
        // The four predictions use neighbouring macroblocks only, never each other.
        let prediction = [(0, 0), (1, 0), (0, 1), (1, 1)]
            .map(|block| self.predict_chroma(plane, column, row, block));
        let wanted = picture.chroma_macroblock(plane, column, row);
        let mut levels = [0; 4];
        if !bare {
            let mut offset = [0; 4];
            for (i, offset) in offset.iter_mut().enumerate() {
                *offset = i32::from(wanted[i]) - prediction[i];
            }
            levels = hadamard2(offset).map(|value| divide_rounded(value, 4));
        }
        // §8.5.11 at QP'c 22: dc = ((f * 256) << 3) >> 5 = 64 f, so the residual is f.
        let residual = hadamard2(levels);
        let mut shown = [0; 4];
        for (i, shown) in shown.iter_mut().enumerate() {
            *shown = (prediction[i] + residual[i]).clamp(0, 255) as u8;
        }
        self.shown.set_chroma_macroblock(plane, column, row, shown);
        levels
    }

    /// Intra chroma DC prediction of one 4x4 block (§8.3.4.1 to §8.3.4.3).
    fn predict_chroma(
        &self,
        plane: usize,
        column: usize,
        row: usize,
        (x, y): (usize, usize),
    ) -> i32 {
        let above =
            (row > 0).then(|| i32::from(self.shown.chroma(plane, column * 2 + x, row * 2 - 1)));
        let left =
            (column > 0).then(|| i32::from(self.shown.chroma(plane, column * 2 - 1, row * 2 + y)));
        let (first, second) = match (x, y) {
            (1, 0) => (above, left),
            (0, 1) => (left, above),
            _ => match (above, left) {
                (Some(above), Some(left)) => return (4 * above + 4 * left + 4) >> 3,
                pair => pair,
            },
        };
        first.or(second).unwrap_or(128)
    }

    /// `seq_parameter_set_rbsp()` (§7.3.2.1.1) with the VUI that says "no reordering".
    fn sps(&self) -> Vec<u8> {
        let columns = self.width.div_ceil(16);
        let rows = self.height.div_ceil(16);
        let crop = (
            (columns * 16 - self.width) / 2,
            (rows * 16 - self.height) / 2,
        );
        let mut w = BitWriter::default();
        w.put(66, 8); // profile_idc: Baseline
        w.put(0b1100_0000, 8); // constraint_set0 and 1: Constrained Baseline
        w.put(level_idc(columns * rows, columns * rows * self.fps), 8);
        w.ue(0); // seq_parameter_set_id
        w.ue(FRAME_NUM_BITS - 4);
        w.ue(2); // pic_order_cnt_type: output order is decoding order
        w.ue(1); // max_num_ref_frames
        w.flag(false); // gaps_in_frame_num_value_allowed_flag
        w.ue(columns - 1);
        w.ue(rows - 1);
        w.flag(true); // frame_mbs_only_flag
        w.flag(true); // direct_8x8_inference_flag
        w.flag(crop != (0, 0));
        if crop != (0, 0) {
            for offset in [0, crop.0, 0, crop.1] {
                w.ue(offset);
            }
        }
        w.flag(true); // vui_parameters_present_flag
        w.put(0, 4); // no aspect ratio, overscan, video signal type, chroma location
        w.flag(true); // timing_info_present_flag
        w.put(1, 32); // num_units_in_tick
        w.put(2 * self.fps, 32); // time_scale: two ticks (fields) a picture
        w.flag(true); // fixed_frame_rate_flag
        w.put(0, 3); // no HRD parameters, no pic_struct
        w.flag(true); // bitstream_restriction_flag
        w.flag(true); // motion_vectors_over_pic_boundaries_flag
        for value in [0, 0, 10, 10, 0, 1] {
            w.ue(value); // …, max_num_reorder_frames, max_dec_frame_buffering
        }
        nal_unit(NAL_SPS, &w.finish_rbsp())
    }
}

/// `pic_parameter_set_rbsp()` (§7.3.2.2).
fn pps() -> Vec<u8> {
    let mut w = BitWriter::default();
    w.ue(0); // pic_parameter_set_id
    w.ue(0); // seq_parameter_set_id
    w.put(0, 2); // CAVLC, no bottom-field order
    for _ in 0..3 {
        w.ue(0); // one slice group, one reference in each list
    }
    w.put(0, 3); // no weighted prediction
    w.se(QP - 26);
    w.se(0); // pic_init_qs_minus26
    w.se(0); // chroma_qp_index_offset
    w.flag(true); // deblocking_filter_control_present_flag
    w.put(0, 2); // intra prediction not constrained, no redundant pictures
    nal_unit(NAL_PPS, &w.finish_rbsp())
}

/// A NAL unit: header byte and payload with emulation prevention (§7.4.1).
fn nal_unit(header: u8, rbsp: &[u8]) -> Vec<u8> {
    let mut unit = Vec::with_capacity(rbsp.len() + 16);
    unit.push(header);
    let mut zeros = 0;
    for &byte in rbsp {
        if zeros == 2 && byte <= 3 {
            unit.push(3);
            zeros = 0;
        }
        unit.push(byte);
        zeros = if byte == 0 { zeros + 1 } else { 0 };
    }
    unit
}

/// The lowest level of table A-1 that allows a picture of this many macroblocks and
/// this many macroblocks a second; the bit rates of this encoder fit each of them.
fn level_idc(picture_mbs: u32, mbs_per_second: u32) -> u32 {
    LEVELS
        .iter()
        .find(|(_, picture_max, rate_max)| {
            picture_mbs <= *picture_max && mbs_per_second <= *rate_max
        })
        .map_or(52, |(level, _, _)| *level)
}

/// The 4x4 Hadamard transform H x H; twice gives 16 times the input.
fn hadamard4(block: [i32; 16]) -> [i32; 16] {
    let mut rows = [0; 16];
    let mut out = [0; 16];
    for i in 0..4 {
        for j in 0..4 {
            rows[4 * i + j] = (0..4).map(|k| H4[i][k] * block[4 * k + j]).sum();
        }
    }
    for i in 0..4 {
        for j in 0..4 {
            out[4 * i + j] = (0..4).map(|k| rows[4 * i + k] * H4[k][j]).sum();
        }
    }
    out
}

/// The 2x2 Hadamard transform; twice gives 4 times the input.
fn hadamard2([a, b, c, d]: [i32; 4]) -> [i32; 4] {
    [a + b + c + d, a - b + c - d, a + b - c - d, a - b - c + d]
}

/// Division by a positive number, halves away from zero.
fn divide_rounded(value: i32, by: i32) -> i32 {
    (value.abs() + by / 2) / by * value.signum()
}

const QP: i32 = 22;
const FRAME_NUM_BITS: u32 = 8;
const NAL_IDR: u8 = 0x65;
const NAL_NON_IDR: u8 = 0x41;
const NAL_SPS: u8 = 0x67;
const NAL_PPS: u8 = 0x68;

/// Symmetric, so it serves both ways (equation 8-328).
static H4: [[i32; 4]; 4] = [[1, 1, 1, 1], [1, 1, -1, -1], [1, -1, -1, 1], [1, -1, 1, -1]];

/// The frame zig-zag scan (figure 8-8): where the n-th coded level lies in raster order.
static ZIGZAG: [usize; 16] = [0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15];

/// `level_idc`, `MaxFS` and `MaxMBPS` of table A-1.
static LEVELS: [(u32, u32, u32); 13] = [
    (10, 99, 1_485),
    (11, 396, 3_000),
    (12, 396, 6_000),
    (13, 396, 11_880),
    (21, 792, 19_800),
    (22, 1_620, 20_250),
    (30, 1_620, 40_500),
    (31, 3_600, 108_000),
    (32, 5_120, 216_000),
    (40, 8_192, 245_760),
    (42, 8_704, 522_240),
    (50, 22_080, 589_824),
    (51, 36_864, 983_040),
];

#[cfg(test)]
mod tests;
