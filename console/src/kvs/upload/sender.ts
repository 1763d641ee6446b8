/**
 * Sends fragments as they come: each PutMedia request is the header and whole fragments.
 *
 * Over HTTP/1.1 a browser cannot send a body that is not there yet, and it reads no answer
 * before all is sent. So there are many short requests, one after the other, which count
 * their times from the same start: what is stored has neither gap nor overlap.
 */

import { Failure } from "../../api/failure";
import type { Ack } from "./acks";
import type { Cut } from "./cutter";

/** How a sender is doing. */
export interface Sending {
  fragments: number;
  bytes: number;
  /** Of media that waits to be sent. */
  waitingMs: number;
  waitingBytes: number;
  /** The connection broke, and another try is being made. */
  isRetrying: boolean;
}

interface Options {
  header: Uint8Array;
  /** Ends a wait for the next try at once. */
  signal?: AbortSignal;
  /** Sends one body; PutMedia. */
  put: (body: Blob, onAck: (ack: Ack) => void) => Promise<void>;
  onAck: (ack: Ack) => void;
  onChange?: (sending: Sending) => void;
  /** Waits before another try; the tests do not. */
  pause?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/**
 * Sends what it is given, in order. While the server cannot be reached it tries again, and
 * then sends whatever it was not told to be stored: a server that was killed has lost what it
 * had only received.
 */
export class Sender {
  readonly #options: Options;
  #queue: Cut[] = [];
  #sent = { fragments: 0, bytes: 0 };
  #running: Promise<void> | undefined;
  #error: Error | undefined;
  #isRetrying = false;
  #changed: (() => void)[] = [];

  constructor(options: Options) {
    this.#options = options;
  }

  /** Takes fragments; resolves when there is room for more. */
  async add(cuts: readonly Cut[]): Promise<void> {
    this.#queue.push(...cuts);
    this.#tell();
    if (this.#queue.length > 0 && !this.#running && !this.#error) {
      this.#running = this.#run().finally(() => {
        this.#running = undefined;
        this.#wake();
      });
    }
    while (this.#error === undefined && this.#waiting().waitingBytes > QUEUE_BYTES) {
      await new Promise<void>((resolve) => this.#changed.push(resolve));
    }
    if (this.#error) throw this.#error;
  }

  /** Resolves when all is sent. */
  async finish(): Promise<void> {
    while (this.#running) await this.#running;
    if (this.#error) throw this.#error;
  }

  async #run() {
    let tries = 0;
    while (this.#queue.length > 0 && !this.#error) {
      const batch = this.#batch();
      const acks: Ack[] = [];
      try {
        await this.#put(batch, acks);
      } catch (error) {
        tries += 1;
        const failure = error instanceof Error ? error : new Error(String(error));
        if (!isPassing(Failure.of(failure), tries)) {
          this.#fail(failure);
          return;
        }
        this.#isRetrying = true;
        this.#done(batch.filter((cut) => has(acks, cut, ["PERSISTED"])));
        await (this.#options.pause ?? pause)(Math.min(tries, 5) * 1000, this.#options.signal);
        continue;
      }
      const refused = acks.find(({ EventType }) => EventType === "ERROR");
      if (refused) {
        this.#fail(new Refused(refused));
        return;
      }
      tries = 0;
      this.#isRetrying = false;
      this.#done(batch);
    }
  }

  async #put(batch: readonly Cut[], acks: Ack[]) {
    const body = new Blob([this.#options.header, ...batch.map(({ cluster }) => cluster)] as BlobPart[]);
    await this.#options.put(body, (ack) => {
      acks.push(ack);
      this.#options.onAck(ack);
    });
    // A server that is stopped ends its answers in good order.
    const last = batch.at(-1);
    const isWhole = last === undefined || has(acks, last, ["RECEIVED", "PERSISTED"]);
    if (!isWhole && !acks.some(({ EventType }) => EventType === "ERROR")) {
      throw new Failure({ code: "Unfinished", message: "The server ended its answer before it had confirmed all." });
    }
  }

  #batch(): Cut[] {
    const batch: Cut[] = [];
    let bytes = 0;
    for (const cut of this.#queue) {
      if (batch.length > 0 && bytes + cut.cluster.length > REQUEST_BYTES) break;
      batch.push(cut);
      bytes += cut.cluster.length;
    }
    return batch;
  }

  #done(cuts: readonly Cut[]) {
    this.#queue = this.#queue.filter((cut) => !cuts.includes(cut));
    this.#sent.fragments += cuts.length;
    for (const { cluster } of cuts) this.#sent.bytes += cluster.length;
    this.#tell();
    this.#wake();
  }

  #fail(error: Error) {
    this.#error = error;
    this.#isRetrying = false;
    this.#tell();
    this.#wake();
  }

  #wake() {
    const waiting = this.#changed;
    this.#changed = [];
    for (const resume of waiting) resume();
  }

  #tell() {
    this.#options.onChange?.({ ...this.#sent, ...this.#waiting(), isRetrying: this.#isRetrying });
  }

  #waiting() {
    let [waitingMs, waitingBytes] = [0, 0];
    for (const { cluster, durationMs } of this.#queue) {
      waitingMs += durationMs;
      waitingBytes += cluster.length;
    }
    return { waitingMs, waitingBytes };
  }
}

/** The server refused a fragment; what came after it was not sent. */
export class Refused extends Error {
  readonly ack: Ack;

  constructor(ack: Ack) {
    super(ack.ErrorCode ?? "ERROR");
    this.name = "Refused";
    this.ack = ack;
  }
}

/** Whether another try makes sense: for as long as the server is away, else a few times. */
function isPassing({ code, status }: Failure, tries: number): boolean {
  if (code === "Unreachable") return true;
  return (code === "Unfinished" || status >= 500) && tries <= TRIES_MAX;
}

/** Whether a fragment was acknowledged. Times of acknowledgements are whole milliseconds. */
function has(acks: readonly Ack[], cut: Cut, types: readonly Ack["EventType"][]): boolean {
  return acks.some(
    ({ EventType, FragmentTimecode }) =>
      FragmentTimecode !== undefined && types.includes(EventType) && Math.abs(FragmentTimecode - cut.startMs) < 1,
  );
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener("abort", end);
  });
}

const REQUEST_BYTES = 8 << 20;
/** More is not held in memory of a file; a camera cannot wait. */
const QUEUE_BYTES = 32 << 20;
const TRIES_MAX = 5;
