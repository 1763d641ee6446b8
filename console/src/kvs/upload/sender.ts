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
  /** Sends one body; PutMedia. */
  put: (body: Blob, onAck: (ack: Ack) => void) => Promise<void>;
  onAck: (ack: Ack) => void;
  onChange?: (sending: Sending) => void;
  /** Waits before another try; the tests do not. */
  pause?: (ms: number) => Promise<void>;
}

/** Sends what it is given, in order, and tries again where the network failed. */
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
      const body = new Blob([this.#options.header, ...batch.map(({ cluster }) => cluster)] as BlobPart[]);
      const taken = new Set<number>();
      let refused: Ack | undefined;
      try {
        await this.#options.put(body, (ack) => {
          const { EventType: type, FragmentTimecode: timecode } = ack;
          if ((type === "RECEIVED" || type === "PERSISTED") && timecode !== undefined) taken.add(timecode);
          if (type === "ERROR") refused = ack;
          this.#options.onAck(ack);
        });
        tries = 0;
      } catch (error) {
        const failure = error instanceof Error ? error : new Error(String(error));
        const isLasting = !(failure instanceof Failure) || (failure.status !== 0 && failure.status < 500);
        tries += 1;
        if (isLasting || tries > TRIES_MAX) {
          this.#fail(failure);
          return;
        }
        this.#isRetrying = true;
        // What was taken before the connection broke is not sent twice.
        this.#done(batch.filter(({ timecode }) => taken.has(timecode)));
        await (this.#options.pause ?? pause)(tries * 1000);
        continue;
      }
      if (refused) {
        this.#fail(new Refused(refused));
        return;
      }
      this.#isRetrying = false;
      this.#done(batch);
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

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const REQUEST_BYTES = 8 << 20;
/** More is not held in memory of a file; a camera cannot wait. */
const QUEUE_BYTES = 32 << 20;
const TRIES_MAX = 5;
