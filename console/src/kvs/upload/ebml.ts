/** EBML's variable-size integers and element heads (RFC 8794), as far as cutting needs them. */

/** The head of an element: its id, and how long the head and what follows it are. */
export interface ElementHead {
  id: number;
  headBytes: number;
  /** `undefined` if it is not told: the element ends where another of its level begins. */
  bodyBytes: number | undefined;
}

/** Reads the head at `at`; `undefined` if it is not all there yet. */
export function readHead(bytes: Uint8Array, at: number): ElementHead | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  const idBytes = Math.clz32(first) - 23;
  if (idBytes > 4) throw new Error("This is not Matroska or WebM, or it is damaged.");
  const sizeFirst = bytes[at + idBytes];
  if (sizeFirst === undefined) return undefined;
  const sizeBytes = Math.clz32(sizeFirst) - 23;
  if (sizeBytes > 8) throw new Error("This is not Matroska or WebM, or it is damaged.");
  const headBytes = idBytes + sizeBytes;
  if (bytes.length < at + headBytes) return undefined;
  return {
    id: unsigned(bytes, at, idBytes),
    headBytes,
    bodyBytes: readSize(bytes, at + idBytes, sizeBytes),
  };
}

/** Reads an unsigned integer of `length` bytes, at most 2^53. */
export function unsigned(bytes: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let index = at; index < at + length; index += 1) value = value * 256 + (bytes[index] ?? 0);
  return value;
}

/** Reads a variable-size integer: its value and its length. */
export function vint(bytes: Uint8Array, at: number): { value: number; length: number } {
  const length = Math.clz32(bytes[at] ?? 0) - 23;
  if (length > 8) throw new Error("This is not Matroska or WebM, or it is damaged.");
  const first = (bytes[at] ?? 0) & (0xff >> length);
  const rest = unsigned(bytes, at + 1, length - 1);
  return { value: first * 256 ** (length - 1) + rest, length };
}

/** The elements directly within `bytes`, which is complete. */
export function* elements(bytes: Uint8Array): Generator<{ id: number; body: Uint8Array }> {
  let at = 0;
  while (at < bytes.length) {
    const head = readHead(bytes, at);
    if (!head) return;
    const from = at + head.headBytes;
    const to = head.bodyBytes === undefined ? bytes.length : from + head.bodyBytes;
    yield { id: head.id, body: bytes.subarray(from, to) };
    at = to;
  }
}

/** An element with its size in eight bytes or, for what is long, as few as will do. */
export function element(id: number, ...bodies: Uint8Array[]): Uint8Array {
  const length = bodies.reduce((sum, body) => sum + body.length, 0);
  const made = new Uint8Array(idBytes(id).length + 8 + length);
  let at = put(made, 0, idBytes(id));
  made[at] = 1;
  for (let index = 7, rest = length; index > 0; index -= 1, rest = Math.floor(rest / 256)) {
    made[at + index] = rest % 256;
  }
  at += 8;
  for (const body of bodies) at = put(made, at, body);
  return made;
}

/** The head of an element whose size is not told. */
export function openElement(id: number): Uint8Array {
  return new Uint8Array([...idBytes(id), 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
}

/** An unsigned integer in eight bytes. */
export function integer(value: number): Uint8Array {
  const made = new Uint8Array(8);
  for (let index = 7, rest = value; index >= 0; index -= 1, rest = Math.floor(rest / 256)) {
    made[index] = rest % 256;
  }
  return made;
}

function readSize(bytes: Uint8Array, at: number, length: number): number | undefined {
  const { value } = vint(bytes, at);
  return value >= 2 ** (7 * length) - 1 ? undefined : value;
}

function idBytes(id: number): number[] {
  const made: number[] = [];
  for (let rest = id; rest > 0; rest = Math.floor(rest / 256)) made.unshift(rest % 256);
  return made;
}

function put(into: Uint8Array, at: number, what: ArrayLike<number>): number {
  into.set(what, at);
  return at + what.length;
}
