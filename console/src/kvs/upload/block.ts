/** Blocks of Matroska: frames with their track and time. */

import { element, elements, vint } from "./ebml";

/** A frame as it stands in a file. */
export interface Block {
  track: number;
  timecode: number;
  isKey: boolean;
  /** The whole element: SimpleBlock or BlockGroup. */
  bytes: Uint8Array;
  /** Where in it the offset to the cluster's time stands; flags and frame follow it. */
  offsetAt: number;
}

/** Reads a SimpleBlock or BlockGroup: `whole` with its head, `body` without. */
export function blockOf(id: number, whole: Uint8Array, body: Uint8Array, clusterTimecode: number): Block {
  let block = body;
  let isKey = false;
  if (id === BLOCK_GROUP) {
    let isReferring = false;
    for (const { id, body: part } of elements(body)) {
      if (id === BLOCK) block = part;
      if (id === REFERENCE_BLOCK) isReferring = true;
    }
    isKey = !isReferring;
  }
  const { value: track, length } = vint(block, 0);
  const offset = new DataView(block.buffer, block.byteOffset + length, 2).getInt16(0);
  if (id === SIMPLE_BLOCK) isKey = ((block[length + 2] ?? 0) & 0x80) !== 0;
  const offsetAt = block.byteOffset - whole.byteOffset + length;
  return { track, timecode: clusterTimecode + offset, isKey, bytes: whole, offsetAt };
}

/** Writes the offset to a cluster's time into a block, and gives its bytes. */
export function moved(block: Block, offset: number): Uint8Array {
  new DataView(block.bytes.buffer, block.bytes.byteOffset + block.offsetAt, 2).setInt16(0, offset);
  return block.bytes;
}

/** The frame of a SimpleBlock; `undefined` for what else may hold one, or several. */
export function frameOf(block: Block): Uint8Array | undefined {
  const flags = block.bytes[block.offsetAt + 2] ?? 0;
  if (block.bytes[0] !== SIMPLE_BLOCK || (flags & LACED) !== 0) return undefined;
  return block.bytes.subarray(block.offsetAt + 3);
}

/** The same SimpleBlock with another frame. */
export function withFrame(block: Block, frame: Uint8Array): Block {
  // One byte of id; the size before the body takes as many as the writer liked.
  const { length } = vint(block.bytes, 1);
  const head = block.bytes.subarray(1 + length, block.offsetAt + 3);
  const bytes = element(SIMPLE_BLOCK, head, frame);
  return { ...block, bytes, offsetAt: bytes.length - frame.length - 3 };
}

export const SIMPLE_BLOCK = 0xa3;
export const BLOCK_GROUP = 0xa0;
const BLOCK = 0xa1;
const REFERENCE_BLOCK = 0xfb;
/** Several frames in one block. */
const LACED = 0x06;
