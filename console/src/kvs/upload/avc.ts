/**
 * H.264 as browsers record it, made into what Matroska wants: NAL units behind their lengths
 * instead of start codes, and the parameter sets in the header (avcC, ISO/IEC 14496-15 §5.3.3).
 */

/** What a decoder must know before the first frame. */
export interface AvcConfiguration {
  /** The `avcC` record: Matroska's CodecPrivate. */
  record: Uint8Array;
  /** The parameter sets that stand in it. */
  sets: readonly Uint8Array[];
}

/** Whether bytes begin with a start code (ISO/IEC 14496-10 Annex B). */
export function isAnnexB(bytes: Uint8Array): boolean {
  const [a, b, c, d] = bytes;
  return a === 0 && b === 0 && (c === 1 || (c === 0 && d === 1));
}

/** The configuration that a frame brings along; `undefined` if it has not all of it. */
export function configurationOf(frame: Uint8Array): AvcConfiguration | undefined {
  if (!isAnnexB(frame)) return undefined;
  const units = unitsOf(frame);
  const sps = distinct(units.filter((unit) => typeOf(unit) === SPS && unit.length >= SPS_BYTES_MIN));
  const pps = distinct(units.filter((unit) => typeOf(unit) === PPS));
  const [first] = sps;
  if (!first || pps.length === 0) return undefined;
  const [, profile = 0, constraints = 0, level = 0] = first;
  const record = [1, profile, constraints, level, 0xff, 0xe0 | sps.length];
  for (const unit of sps) record.push(unit.length >> 8, unit.length & 0xff, ...unit);
  record.push(pps.length);
  for (const unit of pps) record.push(unit.length >> 8, unit.length & 0xff, ...unit);
  if (!PROFILES_WITHOUT_FORMAT.has(profile)) {
    const { chroma, luma, chromaDepth } = formatOf(first);
    record.push(0xfc | chroma, 0xf8 | luma, 0xf8 | chromaDepth, 0);
  }
  return { record: new Uint8Array(record), sets: [...sps, ...pps] };
}

/**
 * A frame with lengths of four bytes instead of start codes. What its configuration says
 * already is left out; parameter sets that differ stay, for the decoder to follow.
 */
export function lengthPrefixed(frame: Uint8Array, { sets }: AvcConfiguration): Uint8Array {
  if (!isAnnexB(frame)) return frame;
  const units = unitsOf(frame).filter(
    (unit) => typeOf(unit) !== DELIMITER && !sets.some((set) => isSame(set, unit)),
  );
  const made = new Uint8Array(units.reduce((sum, unit) => sum + 4 + unit.length, 0));
  let at = 0;
  for (const unit of units) {
    new DataView(made.buffer).setUint32(at, unit.length);
    made.set(unit, at + 4);
    at += 4 + unit.length;
  }
  return made;
}

/** The NAL units between start codes, without the zeros that may follow them. */
function unitsOf(bytes: Uint8Array): Uint8Array[] {
  const units: Uint8Array[] = [];
  let from: number | undefined;
  const end = (to: number) => {
    if (from === undefined) return;
    while (to > from && bytes[to - 1] === 0) to -= 1;
    if (to > from) units.push(bytes.subarray(from, to));
  };
  for (let at = bytes.indexOf(1, 2); at > 0; at = bytes.indexOf(1, at + 1)) {
    if (bytes[at - 1] !== 0 || bytes[at - 2] !== 0) continue;
    end(at - 2);
    from = at + 1;
  }
  end(bytes.length);
  return units;
}

/** How colours are kept, which the record repeats for the High profiles (14496-10 §7.3.2.1). */
function formatOf(sps: Uint8Array): { chroma: number; luma: number; chromaDepth: number } {
  const bits = new Bits(sps, SPS_BYTES_MIN);
  bits.golomb();
  const chroma = bits.golomb();
  if (chroma === 3) bits.bit();
  return { chroma: chroma & 3, luma: bits.golomb() & 7, chromaDepth: bits.golomb() & 7 };
}

/**
 * Bits from a byte on. What is read of a parameter set is too short for the zeros behind
 * which an encoder would have put a byte that is to be passed over.
 */
class Bits {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, fromByte: number) {
    this.#bytes = bytes;
    this.#at = fromByte * 8;
  }

  /** Zeros after the end. */
  bit(): number {
    const byte = this.#bytes[this.#at >> 3] ?? 0;
    const bit = (byte >> (7 - (this.#at & 7))) & 1;
    this.#at += 1;
    return bit;
  }

  /** An unsigned number by Exp-Golomb, of at most 16 bits. */
  golomb(): number {
    let zeros = 0;
    while (zeros < 16 && this.bit() === 0) zeros += 1;
    let value = 1;
    for (let index = 0; index < zeros; index += 1) value = value * 2 + this.bit();
    return value - 1;
  }
}

function typeOf(unit: Uint8Array): number {
  return (unit[0] ?? 0) & 0x1f;
}

function distinct(units: Uint8Array[]): Uint8Array[] {
  const found = units.filter((unit, at) => units.findIndex((other) => isSame(unit, other)) === at);
  return found.slice(0, SETS_MAX);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

const SPS = 7;
const PPS = 8;
const DELIMITER = 9;
/** Header, profile, constraints and level. */
const SPS_BYTES_MIN = 4;
/** As many as the record can count of the one kind; of the other there may be more. */
const SETS_MAX = 31;
/** Baseline, Main and Extended. */
const PROFILES_WITHOUT_FORMAT = new Set([66, 77, 88]);
