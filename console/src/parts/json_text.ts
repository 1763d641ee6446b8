/** JSON with places: what stands where, and what is wrong where, for people who edit it. */

/** A place in a text, both from 1; columns count characters. */
export interface Place {
  line: number;
  column: number;
}

/** Something wrong or doubtful in a text. */
export interface Problem extends Place {
  severity: "error" | "warning";
  message: string;
}

/** A value and where it stands, as offsets into the text; `end` is behind it. */
export type JsonNode = { start: number; end: number } & (
  | { kind: "object"; members: JsonMember[] }
  | { kind: "array"; items: JsonNode[] }
  | { kind: "text"; value: string }
  | { kind: "number"; value: string }
  | { kind: "truth"; value: boolean }
  | { kind: "null" }
);

/** A member of an object. */
export interface JsonMember {
  name: string;
  /** Where its name begins. */
  start: number;
  value: JsonNode;
}

/** What keeps a text from being JSON. */
export class JsonError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/**
 * Reads a text.
 *
 * @throws JsonError for the first thing that is wrong.
 */
export function parseJson(text: string): JsonNode {
  const reader = new Reader(text);
  const node = reader.value(0);
  reader.space();
  if (reader.at < text.length) throw new JsonError("There is more behind the end of the document.", reader.at);
  return node;
}

/** From offsets to places. */
export function placesOf(text: string): (offset: number) => Place {
  const begins = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) begins.push(at + 1);
  return (offset) => {
    let [low, high] = [0, begins.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((begins[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (begins[low] ?? 0) + 1 };
  };
}

/** From a place to an offset, within the text. */
export function offsetOf(text: string, { line, column }: Place): number {
  let at = 0;
  for (let passed = 1; passed < line; passed += 1) {
    const next = text.indexOf("\n", at);
    if (next < 0) return text.length;
    at = next + 1;
  }
  return Math.min(text.length, at + Math.max(0, column - 1));
}

/** The value of a member of an object. */
export function member(node: JsonNode | undefined, name: string): JsonNode | undefined {
  if (node?.kind !== "object") return undefined;
  return node.members.find((member) => member.name === name)?.value;
}

class Reader {
  at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  space() {
    while (" \t\r\n".includes(this.text[this.at] ?? "x")) this.at += 1;
  }

  value(depth: number): JsonNode {
    this.space();
    const start = this.at;
    const first = this.text[start];
    if (first === undefined) this.fail("The document ends before it is complete.");
    if (depth > DEPTH_MAX) this.fail("There are too many levels.");
    if (first === "{") return this.object(depth);
    if (first === "[") return this.array(depth);
    if (first === '"') {
      const value = this.string();
      return { kind: "text", value, start, end: this.at };
    }
    const word = /^[A-Za-z0-9_+.-]+/.exec(this.text.slice(start, start + WORD_MAX))?.[0] ?? "";
    this.at += word.length;
    const end = this.at;
    if (word === "true" || word === "false") return { kind: "truth", value: word === "true", start, end };
    if (word === "null") return { kind: "null", start, end };
    if (/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(word)) return { kind: "number", value: word, start, end };
    this.at = start;
    if (first === "'") this.fail('Texts stand in double quotes ("), not in single ones.');
    if (first === "," || first === "]" || first === "}") this.fail(`A value is missing before "${first}".`);
    if (first === "/" || first === "#") this.fail("JSON has no comments.");
    if (word !== "") this.fail(`"${word}" must stand in double quotes.`);
    return this.fail(`${shown(first ?? "")} cannot stand here.`);
  }

  private object(depth: number): JsonNode {
    const start = this.at;
    const members: JsonMember[] = [];
    const names = new Set<string>();
    this.at += 1;
    for (;;) {
      this.space();
      const begin = this.at;
      const next = this.text[begin];
      if (next === "}" && members.length === 0) break;
      if (next === "}") this.fail("There is a comma too many before this brace.");
      if (next === undefined) this.failAt('A brace "{" is opened here and never closed.', start);
      if (next === "'") this.fail('Names stand in double quotes ("), not in single ones.');
      if (next !== '"') this.fail("The name of an element in double quotes should stand here.");
      const name = this.string();
      if (names.has(name)) this.failAt(`"${name}" stands here a second time.`, begin);
      names.add(name);
      this.space();
      if (this.text[this.at] !== ":") this.fail(`A colon should stand behind "${name}".`);
      this.at += 1;
      members.push({ name, start: begin, value: this.value(depth + 1) });
      this.space();
      const behind = this.text[this.at];
      if (behind === "}") break;
      if (behind === undefined) this.failAt('A brace "{" is opened here and never closed.', start);
      if (behind !== ",") this.failBehind("A comma is missing");
      this.at += 1;
    }
    this.at += 1;
    return { kind: "object", members, start, end: this.at };
  }

  private array(depth: number): JsonNode {
    const start = this.at;
    const items: JsonNode[] = [];
    this.at += 1;
    for (;;) {
      this.space();
      const next = this.text[this.at];
      if (next === "]" && items.length === 0) break;
      if (next === "]") this.fail("There is a comma too many before this bracket.");
      if (next === undefined) this.failAt('A bracket "[" is opened here and never closed.', start);
      items.push(this.value(depth + 1));
      this.space();
      const behind = this.text[this.at];
      if (behind === "]") break;
      if (behind === undefined) this.failAt('A bracket "[" is opened here and never closed.', start);
      if (behind !== ",") this.failBehind("A comma is missing");
      this.at += 1;
    }
    this.at += 1;
    return { kind: "array", items, start, end: this.at };
  }

  private string(): string {
    const start = this.at;
    let at = start + 1;
    for (;;) {
      const next = this.text[at];
      if (next === undefined || next === "\n") this.failAt("This text has no closing quotes.", start);
      if (next === '"') break;
      at += next === "\\" ? 2 : 1;
    }
    this.at = at + 1;
    const written = this.text.slice(start, this.at);
    try {
      return JSON.parse(written) as string;
    } catch {
      return this.failAt("This text has a backslash that means nothing, or a control character.", start);
    }
  }

  /** What is missing is missing behind the last thing, which may be lines before. */
  private failBehind(what: string): never {
    const next = shown(this.text[this.at] ?? "");
    return this.fail(`${what} before ${next}.`);
  }

  private fail(message: string): never {
    return this.failAt(message, this.at);
  }

  private failAt(message: string, offset: number): never {
    throw new JsonError(message, offset);
  }
}

function shown(character: string): string {
  return character === '"' ? "this" : `"${character}"`;
}

const DEPTH_MAX = 64;
/** Words of JSON are short; numbers may be longer. */
const WORD_MAX = 64;
