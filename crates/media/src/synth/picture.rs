//! The test picture: colour bars, a bouncing ball, a clock and a strip of snow.
//!
//! Painted in cells of 4x4 samples, because that is the finest detail the encoder keeps
//! ([`super::h264`]); chroma has one value per 2x2 cells.

/// A picture of whole macroblocks, one value per 4x4 block of samples in each plane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    columns: usize,
    rows: usize,
    expendable_from: usize,
    luma: Vec<u8>,
    chroma: [Vec<u8>; 2],
}

impl Picture {
    /// A grey picture of `columns` x `rows` macroblocks, none of them expendable.
    pub(crate) fn new(columns: usize, rows: usize) -> Picture {
        Picture {
            columns,
            rows,
            expendable_from: rows,
            luma: vec![GREY.luma; columns * rows * 16],
            chroma: [vec![128; columns * rows * 4], vec![128; columns * rows * 4]],
        }
    }

    /// Macroblocks in a row.
    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// Rows of macroblocks.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// The first row of macroblocks that matter less than the bit rate.
    pub(crate) fn expendable_from(&self) -> usize {
        self.expendable_from
    }

    /// The luma cell at a place, in cells.
    pub(crate) fn luma(&self, x: usize, y: usize) -> u8 {
        self.luma[y * self.columns * 4 + x]
    }

    /// The Cb (`plane` 0) or Cr (1) block at a place, in blocks of 4x4 chroma samples.
    pub(crate) fn chroma(&self, plane: usize, x: usize, y: usize) -> u8 {
        self.chroma[plane][y * self.columns * 2 + x]
    }

    /// The 4x4 luma cells of a macroblock in raster order.
    pub(crate) fn luma_macroblock(&self, column: usize, row: usize) -> [u8; 16] {
        let mut cells = [0; 16];
        for (i, cell) in cells.iter_mut().enumerate() {
            *cell = self.luma(column * 4 + i % 4, row * 4 + i / 4);
        }
        cells
    }

    /// The 2x2 chroma blocks of a macroblock in raster order.
    pub(crate) fn chroma_macroblock(&self, plane: usize, column: usize, row: usize) -> [u8; 4] {
        let mut blocks = [0; 4];
        for (i, block) in blocks.iter_mut().enumerate() {
            *block = self.chroma(plane, column * 2 + i % 2, row * 2 + i / 2);
        }
        blocks
    }

    /// Sets what [`Picture::luma_macroblock`] gives.
    pub(crate) fn set_luma_macroblock(&mut self, column: usize, row: usize, cells: [u8; 16]) {
        for (i, cell) in cells.into_iter().enumerate() {
            let at = (row * 4 + i / 4) * self.columns * 4 + column * 4 + i % 4;
            self.luma[at] = cell;
        }
    }

    /// Sets what [`Picture::chroma_macroblock`] gives.
    pub(crate) fn set_chroma_macroblock(
        &mut self,
        plane: usize,
        column: usize,
        row: usize,
        blocks: [u8; 4],
    ) {
        for (i, block) in blocks.into_iter().enumerate() {
            let at = (row * 2 + i / 2) * self.columns * 2 + column * 2 + i % 2;
            self.chroma[plane][at] = block;
        }
    }

    /// Whether a macroblock is the same in both pictures.
    pub(crate) fn same_macroblock(&self, other: &Picture, column: usize, row: usize) -> bool {
        self.luma_macroblock(column, row) == other.luma_macroblock(column, row)
            && [0, 1].into_iter().all(|plane| {
                self.chroma_macroblock(plane, column, row)
                    == other.chroma_macroblock(plane, column, row)
            })
    }

    /// Takes a macroblock over from another picture of the same size.
    pub(crate) fn copy_macroblock(&mut self, other: &Picture, column: usize, row: usize) {
        self.set_luma_macroblock(column, row, other.luma_macroblock(column, row));
        for plane in [0, 1] {
            let blocks = other.chroma_macroblock(plane, column, row);
            self.set_chroma_macroblock(plane, column, row, blocks);
        }
    }

    /// Paints one cell; what lies outside is left out.
    fn paint(&mut self, x: usize, y: usize, colour: Colour) {
        if x < self.columns * 4 && y < self.rows * 4 {
            let at = y * self.columns * 4 + x;
            self.luma[at] = colour.luma;
            let at = y / 2 * self.columns * 2 + x / 2;
            self.chroma[0][at] = colour.cb;
            self.chroma[1][at] = colour.cr;
        }
    }
}

/// Paints the picture of any moment.
#[derive(Clone, Debug)]
pub(crate) struct Painter {
    /// Bars alone; everything else is painted onto a copy.
    backdrop: Picture,
    /// Rows of macroblocks: bars, ball, clock, snow from top to bottom.
    ball_row: usize,
    clock_row: usize,
    snow_row: usize,
    /// Cells per dot of the clock's font.
    scale: usize,
}

impl Painter {
    /// A painter for `columns` x `rows` macroblocks, `snow_rows` of them snow if there is
    /// room for so many.
    pub(crate) fn new(columns: usize, rows: usize, snow_rows: usize) -> Painter {
        let scale = (columns * 4 / (CLOCK_CHARS * GLYPH_PITCH)).max(1);
        let clock_rows = (scale * (GLYPH_HEIGHT + 2)).div_ceil(4).min(rows / 2);
        let ball_rows = rows / 4;
        let room = rows - clock_rows - ball_rows;
        let snow_rows = snow_rows.min(room.saturating_sub(2));
        let snow_row = rows - snow_rows;
        let clock_row = snow_row - clock_rows;
        let ball_row = clock_row - ball_rows;
        let mut backdrop = Picture::new(columns, rows);
        backdrop.expendable_from = snow_row;
        for y in 0..ball_row * 4 {
            for x in 0..columns * 4 {
                // Bars begin where a block of chroma does.
                backdrop.paint(x, y, BARS[x / 2 * BARS.len() / (columns * 2)]);
            }
        }
        Painter {
            backdrop,
            ball_row,
            clock_row,
            snow_row,
            scale,
        }
    }

    /// The picture number `index`, shown `elapsed_ms` after the start, with the time of
    /// day `clock_ms` (milliseconds since midnight; whole days are dropped).
    pub(crate) fn paint(&self, index: u64, elapsed_ms: u64, clock_ms: u64) -> Picture {
        let mut picture = self.backdrop.clone();
        self.paint_ball(&mut picture, elapsed_ms);
        self.paint_clock(&mut picture, clock_ms);
        self.paint_snow(&mut picture, index);
        picture
    }

    /// A ball that crosses the picture in three seconds and bounces twice on the way.
    fn paint_ball(&self, picture: &mut Picture, elapsed_ms: u64) {
        let top = self.ball_row * 4;
        let height = (self.clock_row - self.ball_row) * 4;
        let diameter = (height / 2).min(picture.columns * 4);
        let across = zigzag(elapsed_ms, 3_000, picture.columns * 4 - diameter);
        let down = zigzag(elapsed_ms, 750, height - diameter);
        for y in 0..diameter {
            for x in 0..diameter {
                // Twice the distance from the centre, to stay with whole numbers.
                let dx = (2 * x + 1).abs_diff(diameter);
                let dy = (2 * y + 1).abs_diff(diameter);
                if dx * dx + dy * dy <= diameter * diameter {
                    picture.paint(across + x, top + down + y, WHITE);
                }
            }
        }
    }

    /// `HH:MM:SS.mmm`, centred.
    fn paint_clock(&self, picture: &mut Picture, clock_ms: u64) {
        let seconds = clock_ms / 1_000;
        let digit = |value: u64| (value % 10) as usize;
        let fields = [seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60];
        let ms = clock_ms % 1_000;
        let mut glyphs = [COLON; CLOCK_CHARS];
        for (i, field) in fields.into_iter().enumerate() {
            glyphs[3 * i] = digit(field / 10);
            glyphs[3 * i + 1] = digit(field);
        }
        glyphs[8] = POINT;
        glyphs[9..].copy_from_slice(&[digit(ms / 100), digit(ms / 10), digit(ms)]);

        let width = (CLOCK_CHARS * GLYPH_PITCH - 1) * self.scale;
        let left = (picture.columns * 4).saturating_sub(width) / 2 / 2 * 2;
        let height = (self.snow_row - self.clock_row) * 4;
        let margin = height.saturating_sub(GLYPH_HEIGHT * self.scale) / 2 / 2 * 2;
        let top = self.clock_row * 4 + margin;
        for (i, glyph) in glyphs.into_iter().enumerate() {
            for y in 0..GLYPH_HEIGHT * self.scale {
                for x in 0..GLYPH_WIDTH * self.scale {
                    let dots = FONT[glyph][y / self.scale];
                    if dots >> (GLYPH_WIDTH - 1 - x / self.scale) & 1 == 1
                        && top + y < self.snow_row * 4
                    {
                        picture.paint(left + i * GLYPH_PITCH * self.scale + x, top + y, WHITE);
                    }
                }
            }
        }
    }

    /// Coloured noise, different in every picture and the same in every run.
    fn paint_snow(&self, picture: &mut Picture, index: u64) {
        let mut state = (index + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        for y in self.snow_row * 4..picture.rows * 4 {
            for x in 0..picture.columns * 4 {
                // xorshift64 (Marsaglia 2003).
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let [luma, cb, cr, ..] = (state >> 16).to_le_bytes();
                let colour = Colour {
                    luma: 32 + luma / 4 * 3,
                    cb: 64 + cb / 2,
                    cr: 64 + cr / 2,
                };
                picture.paint(x, y, colour);
            }
        }
    }
}

/// A triangle wave: 0 at time 0, `top` after `half_period_ms`, 0 after another.
fn zigzag(elapsed_ms: u64, half_period_ms: u64, top: usize) -> usize {
    let phase = elapsed_ms % (2 * half_period_ms);
    let rising = phase.min(2 * half_period_ms - phase);
    (rising * top as u64 / half_period_ms) as usize
}

/// A colour in limited-range Y'CbCr (ITU-R BT.601).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Colour {
    luma: u8,
    cb: u8,
    cr: u8,
}

const GREY: Colour = Colour {
    luma: 48,
    cb: 128,
    cr: 128,
};
const WHITE: Colour = Colour {
    luma: 235,
    cb: 128,
    cr: 128,
};

/// White, yellow, cyan, green, magenta, red, blue at 75 % (the bars of ITU-R BT.471).
static BARS: [Colour; 7] = [
    Colour {
        luma: 180,
        cb: 128,
        cr: 128,
    },
    Colour {
        luma: 162,
        cb: 44,
        cr: 142,
    },
    Colour {
        luma: 131,
        cb: 156,
        cr: 44,
    },
    Colour {
        luma: 112,
        cb: 72,
        cr: 58,
    },
    Colour {
        luma: 84,
        cb: 184,
        cr: 198,
    },
    Colour {
        luma: 65,
        cb: 100,
        cr: 212,
    },
    Colour {
        luma: 35,
        cb: 212,
        cr: 114,
    },
];

const CLOCK_CHARS: usize = 12;
const GLYPH_WIDTH: usize = 5;
const GLYPH_HEIGHT: usize = 7;
/// A glyph and the gap after it, dots.
const GLYPH_PITCH: usize = GLYPH_WIDTH + 1;
const COLON: usize = 10;
const POINT: usize = 11;

/// 0 to 9, colon and point, five dots a row.
static FONT: [[u8; GLYPH_HEIGHT]; 12] = [
    [
        0b01110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110,
    ],
    [
        0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110,
    ],
    [
        0b01110, 0b10001, 0b00001, 0b00110, 0b01000, 0b10000, 0b11111,
    ],
    [
        0b11110, 0b00001, 0b00001, 0b01110, 0b00001, 0b00001, 0b11110,
    ],
    [
        0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010,
    ],
    [
        0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110,
    ],
    [
        0b01110, 0b10000, 0b11110, 0b10001, 0b10001, 0b10001, 0b01110,
    ],
    [
        0b11111, 0b00001, 0b00010, 0b00100, 0b00100, 0b01000, 0b01000,
    ],
    [
        0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110,
    ],
    [
        0b01110, 0b10001, 0b10001, 0b10001, 0b01111, 0b00001, 0b01110,
    ],
    [
        0b00000, 0b00100, 0b00100, 0b00000, 0b00100, 0b00100, 0b00000,
    ],
    [
        0b00000, 0b00000, 0b00000, 0b00000, 0b00000, 0b00100, 0b00100,
    ],
];

#[cfg(test)]
mod tests {
    use super::{Painter, WHITE, zigzag};

    #[test]
    fn the_clock_reads_the_time() {
        // 12:34:56.789 at one cell per dot, read back from the cells.
        let painter = Painter::new(20, 12, 2);
        let clock_ms = ((12 * 60 + 34) * 60 + 56) * 1_000 + 789;
        let picture = painter.paint(0, 0, clock_ms);
        let rows: Vec<String> = (painter.clock_row * 4..painter.snow_row * 4)
            .map(|y| {
                let row = (4..76).map(|x| picture.luma(x, y) == WHITE.luma);
                row.map(|lit| if lit { '#' } else { ' ' })
                    .collect::<String>()
            })
            .filter(|row| row.contains('#'))
            .collect();
        let expected = [
            "  #    ###        ####     #        #####  ###        #####  ###   ###  ",
            " ##   #   #   #       #   ##    #   #     #       ",
        ];
        assert_eq!(rows.len(), 7);
        assert_eq!(rows[0].trim_end(), expected[0].trim_end());
        assert!(rows[1].starts_with(expected[1].trim_end()), "{:?}", rows[1]);
    }

    #[test]
    fn the_ball_turns_at_the_edges() {
        assert_eq!(zigzag(0, 1_000, 50), 0);
        assert_eq!(zigzag(500, 1_000, 50), 25);
        assert_eq!(zigzag(1_000, 1_000, 50), 50);
        assert_eq!(zigzag(1_500, 1_000, 50), 25);
        assert_eq!(zigzag(2_000, 1_000, 50), 0);
    }

    #[test]
    fn tiny_pictures_have_room_for_something() {
        for (columns, rows) in [(1, 1), (2, 3), (4, 4), (1, 30), (30, 1)] {
            let picture = Painter::new(columns, rows, 100).paint(3, 40, 40);
            assert_eq!((picture.columns(), picture.rows()), (columns, rows));
        }
    }
}
