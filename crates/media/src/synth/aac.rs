//! A very small AAC-LC encoder: silence and one tone, mono, 48 kHz
//! (ISO/IEC 14496-3, subpart 4).
//!
//! Every frame is one long block with a sine window. The tone is a real MDCT of the
//! signal, of which the lowest 32 lines are kept: a tone below 600 Hz has nothing worth
//! coding above them. All of them use Huffman codebook 7 and one scale factor, chosen so
//! that the largest line just fits.

use std::f64::consts::PI;

use crate::synth::bits::BitWriter;

/// Samples per second.
pub(crate) const SAMPLE_RATE_HZ: u64 = 48_000;
/// Samples per frame.
pub(crate) const FRAME_SAMPLES: u64 = 1_024;
/// `AudioSpecificConfig` (§1.6.2.1): AAC-LC, frequency index 3, one channel.
pub(crate) const AUDIO_SPECIFIC_CONFIG: [u8; 2] = [0x11, 0x88];
/// After so many frames (eight seconds) the signal begins anew.
pub(crate) const PERIOD_FRAMES: u64 = 375;

/// Codes a beep of [`TONE_HZ`] at the start of every second.
#[derive(Clone, Debug)]
pub(crate) struct Beeper {
    /// cos(2 pi i / 8192): every phase the transform needs.
    cosines: Vec<f64>,
    /// One period of the tone's own phases.
    tone: Vec<f64>,
}

impl Beeper {
    /// A beeper.
    pub(crate) fn new() -> Beeper {
        let cycle = |len: usize, wave: fn(f64) -> f64| {
            (0..len)
                .map(|i| wave(2.0 * PI * i as f64 / len as f64))
                .collect()
        };
        Beeper {
            cosines: cycle(8 * FRAME_SAMPLES as usize, f64::cos),
            tone: cycle((SAMPLE_RATE_HZ / TONE_STEP_HZ) as usize, f64::sin),
        }
    }

    /// The `raw_data_block` of frame `index`, whose decoder output starts at sample
    /// `index` x 1 024.
    pub(crate) fn frame(&self, index: u64) -> Vec<u8> {
        let first = index % PERIOD_FRAMES * FRAME_SAMPLES;
        let Some(window) = self.window(first) else {
            return silence();
        };
        let lines = self.transform(&window);
        let peak = lines
            .iter()
            .fold(0.0_f64, |peak, line| peak.max(line.abs()));
        if peak < 1.0 {
            return silence();
        }
        // A line q is decoded as q^(4/3) * 2^((gain - 100) / 4) (§4.6.2.3): the smallest
        // gain that keeps the peak at 7.
        let gain = (100.0 + 4.0 * (peak / 7.49_f64.powf(4.0 / 3.0)).log2())
            .ceil()
            .max(100.0);
        let step = ((gain - 100.0) / 4.0).exp2();
        let quantised = lines.map(|line| {
            let magnitude = (line.abs() / step).powf(0.75).round().min(7.0);
            (magnitude as i32) * if line < 0.0 { -1 } else { 1 }
        });
        tone_block(gain.min(255.0) as u32, &quantised)
    }

    /// The windowed signal from sample `first` on; `None` where it is silent.
    fn window(&self, first: u64) -> Option<Vec<f64>> {
        let len = 2 * FRAME_SAMPLES;
        let audible = (first..first + len).any(|sample| sample % SAMPLE_RATE_HZ < BEEP_SAMPLES);
        audible.then(|| {
            (0..len)
                .map(|n| {
                    let sample = first + n;
                    let phase = sample * (TONE_HZ / TONE_STEP_HZ) % self.tone.len() as u64;
                    // The sine window: sin(pi (2n + 1) / 4096), as a cosine of our table.
                    let angle = (2 * n + 1 + 3 * len) % (4 * len);
                    envelope(sample % SAMPLE_RATE_HZ)
                        * self.tone[phase as usize]
                        * self.cosines[angle as usize]
                })
                .collect()
        })
    }

    /// The lowest lines of the MDCT (§4.6.11.2: the decoder's transform, turned round).
    fn transform(&self, window: &[f64]) -> [f64; LINES] {
        let mut lines = [0.0; LINES];
        for (k, line) in lines.iter_mut().enumerate() {
            let sum: f64 = window
                .iter()
                .enumerate()
                .map(|(n, value)| {
                    // cos(2 pi / 2048 * (n + 512.5) * (k + 0.5)), in 8192nds of a turn.
                    value * self.cosines[(2 * n + 1_025) * (2 * k + 1) % self.cosines.len()]
                })
                .sum();
            *line = 2.0 * sum;
        }
        lines
    }
}

/// The beep's amplitude at a sample of its second, in 16-bit units: 8 ms up, 8 ms down.
fn envelope(sample: u64) -> f64 {
    if sample >= BEEP_SAMPLES {
        return 0.0;
    }
    let ramp = sample.min(BEEP_SAMPLES - sample).min(RAMP_SAMPLES) as f64 / RAMP_SAMPLES as f64;
    AMPLITUDE * (1.0 - (PI * ramp).cos()) / 2.0
}

/// A frame without any line.
fn silence() -> Vec<u8> {
    let mut w = block_start(100, 0);
    w.put(0, 3); // no pulses, no temporal noise shaping, no gain control
    block_end(w)
}

/// A frame of the lowest lines.
fn tone_block(gain: u32, lines: &[i32; LINES]) -> Vec<u8> {
    let mut w = block_start(gain, BANDS);
    w.put(7, 4); // sect_cb: codebook 7 …
    w.put(BANDS, 5); // … for all bands
    for _ in 0..BANDS {
        w.put(0, 1); // scale factor: no change (table 4.A.1)
    }
    w.put(0, 3);
    for pair in lines.chunks_exact(2) {
        let (a, b) = (pair[0], pair[1]);
        let (code, len) = CODEBOOK_7[(8 * a.unsigned_abs() + b.unsigned_abs()) as usize];
        w.put(code, len);
        for line in [a, b] {
            if line != 0 {
                w.flag(line < 0);
            }
        }
    }
    block_end(w)
}

/// A single channel element up to and including `ics_info` (tables 4.4, 4.6, 4.50).
fn block_start(gain: u32, max_sfb: u32) -> BitWriter {
    let mut w = BitWriter::default();
    w.put(0, 3); // ID_SCE
    w.put(0, 4); // element_instance_tag
    w.put(gain, 8);
    w.put(0, 1); // ics_reserved_bit
    w.put(0, 2); // ONLY_LONG_SEQUENCE
    w.put(0, 1); // sine window
    w.put(max_sfb, 6);
    w.put(0, 1); // no prediction
    w
}

/// `ID_END` and byte alignment.
fn block_end(mut w: BitWriter) -> Vec<u8> {
    w.put(7, 3);
    w.finish()
}

const TONE_HZ: u64 = 440;
/// The largest frequency that divides both the tone's and the sample rate.
const TONE_STEP_HZ: u64 = 40;
const BEEP_SAMPLES: u64 = SAMPLE_RATE_HZ / 10;
const RAMP_SAMPLES: u64 = SAMPLE_RATE_HZ / 125;
const AMPLITUDE: f64 = 3_000.0;
/// The eight lowest scale factor bands at 48 kHz are four lines each (table 4.129).
const BANDS: u32 = 8;
const LINES: usize = 32;

/// Spectrum Huffman codebook 7 (table 4.A.8): code and bits by 8 a + b.
#[rustfmt::skip]
static CODEBOOK_7: [(u32, u32); 64] = [
    (0x000, 1), (0x005, 3), (0x037, 6), (0x074, 7),
    (0x0f2, 8), (0x1eb, 9), (0x3ed, 10), (0x7f7, 11),
    (0x004, 3), (0x00c, 4), (0x035, 6), (0x071, 7),
    (0x0ec, 8), (0x0ee, 8), (0x1ee, 9), (0x1f5, 9),
    (0x036, 6), (0x034, 6), (0x072, 7), (0x0ea, 8),
    (0x0f1, 8), (0x1e9, 9), (0x1f3, 9), (0x3f5, 10),
    (0x073, 7), (0x070, 7), (0x0eb, 8), (0x0f0, 8),
    (0x1f1, 9), (0x1f0, 9), (0x3ec, 10), (0x3fa, 10),
    (0x0f3, 8), (0x0ed, 8), (0x1e8, 9), (0x1ef, 9),
    (0x3ef, 10), (0x3f1, 10), (0x3f9, 10), (0x7fb, 11),
    (0x1ed, 9), (0x0ef, 8), (0x1ea, 9), (0x1f2, 9),
    (0x3f3, 10), (0x3f8, 10), (0x7f9, 11), (0x7fc, 11),
    (0x3ee, 10), (0x1ec, 9), (0x1f4, 9), (0x3f4, 10),
    (0x3f7, 10), (0x7f8, 11), (0xffd, 12), (0xffe, 12),
    (0x7f6, 11), (0x3f0, 10), (0x3f2, 10), (0x3f6, 10),
    (0x7fa, 11), (0x7fd, 11), (0xffc, 12), (0xfff, 12),
];

#[cfg(test)]
mod tests {
    use super::{Beeper, CODEBOOK_7, FRAME_SAMPLES, PERIOD_FRAMES, SAMPLE_RATE_HZ};

    #[test]
    fn the_codebook_is_a_complete_prefix_code() {
        let kraft: u32 = CODEBOOK_7.iter().map(|(_, len)| 1 << (12 - len)).sum();
        assert_eq!(kraft, 1 << 12);
        for (at, (code, len)) in CODEBOOK_7.iter().enumerate() {
            assert_eq!(code >> len, 0);
            for (other, (longer, longer_len)) in CODEBOOK_7.iter().enumerate() {
                let prefix = longer_len >= len && longer >> (longer_len - len) == *code;
                assert!(at == other || !prefix, "{at} begins {other}");
            }
        }
    }

    #[test]
    fn the_period_is_whole_seconds_and_the_signal_repeats() {
        assert_eq!(PERIOD_FRAMES * FRAME_SAMPLES % SAMPLE_RATE_HZ, 0);
        let beeper = Beeper::new();
        for index in [0, 3, 46, 47, 200, 374] {
            assert_eq!(beeper.frame(index), beeper.frame(index + PERIOD_FRAMES));
        }
    }

    #[test]
    fn the_loudest_line_is_the_tones() {
        let beeper = Beeper::new();
        let lines = beeper.transform(&beeper.window(1_024).expect("the beep sounds there"));
        let loudest = (0..lines.len()).max_by(|a, b| lines[*a].abs().total_cmp(&lines[*b].abs()));
        // 440 Hz is line 440 / (48 000 / 2 048) - 0.5 = 18.3.
        assert!(matches!(loudest, Some(18 | 19)), "{loudest:?}");
    }

    #[test]
    fn silence_is_short() {
        let beeper = Beeper::new();
        assert!(beeper.frame(20).len() < 8);
        assert!(beeper.frame(2).len() > 10);
    }
}
