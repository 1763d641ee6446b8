/** Sends a file to a stream. */

import { serverNow } from "../../api/clock";
import type { Signed } from "../../session/provider";
import type { Ack } from "./acks";
import { Cutter } from "./cutter";
import type { Cut } from "./cutter";
import { putMedia } from "./put_media";
import { Refused, Sender } from "./sender";

/** What the recording's time is to be. */
export type When = "now" | "file";

/** How to send. */
export interface Asked {
  file: File;
  streamName: string;
  when: When;
  /** Matroska and WebM as it is, in one request, whatever its clusters are like. */
  isAsItIs: boolean;
  onAck: (ack: Ack) => void;
  onProgress: (progress: Progress) => void;
  signal: AbortSignal;
}

export interface Progress {
  sentBytes: number;
  /** As far as can be told. */
  totalBytes: number;
  /** When the recording begins, milliseconds since the epoch. */
  startMs: number | undefined;
  notes: string[];
  /** The connection broke, and another try is being made. */
  isRetrying: boolean;
}

/** What a file is, by its first bytes. */
export async function kindOf(file: Blob): Promise<"matroska" | "other"> {
  const first = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  return first.join() === "26,69,223,163" ? "matroska" : "other";
}

/** When a recording began, by how long it is and when it is to have ended. */
export function startOf(when: When, durationMs: number | undefined, file: File, nowMs: number): number {
  const end = when === "file" ? Math.min(file.lastModified, nowMs) : nowMs;
  return Math.round(end - (durationMs ?? 0));
}

/**
 * Sends a file, and resolves when the server has all of it.
 *
 * @throws Refused for media that the server refuses, Failure, or Error in words.
 */
export async function sendFile(signed: Signed, asked: Asked): Promise<void> {
  const { file, signal } = asked;
  const progress: Progress = {
    sentBytes: 0,
    totalBytes: file.size,
    startMs: undefined,
    notes: [],
    isRetrying: false,
  };
  const tell = (fields: Partial<Progress>) => asked.onProgress(Object.assign(progress, fields));
  const isMatroska = (await kindOf(file)) === "matroska";
  const send = new FileSending(signed, asked, tell);
  if (!isMatroska) {
    const { open } = await import("./remux");
    const remuxed = await open(file);
    send.startMs = startOf(asked.when, remuxed.durationMs, file, serverNow());
    tell({ startMs: send.startMs, notes: remuxed.notes });
    await remuxed.run((bytes) => send.take(bytes), signal);
    await send.end();
    return;
  }
  const cutter = new Cutter();
  // The length stands at the beginning, if anywhere.
  for (let at = 0; at < file.size && !cutter.header; at += PIECE_BYTES) {
    cutter.push(new Uint8Array(await file.slice(at, at + PIECE_BYTES).arrayBuffer()));
  }
  send.startMs = startOf(asked.when, cutter.durationMs, file, serverNow());
  tell({ startMs: send.startMs });
  if (asked.isAsItIs) {
    await putWhole(signed, asked, send.startMs, (sentBytes) => tell({ sentBytes }));
    return;
  }
  for (let at = 0; at < file.size; at += PIECE_BYTES) {
    signal.throwIfAborted();
    await send.take(new Uint8Array(await file.slice(at, at + PIECE_BYTES).arrayBuffer()));
  }
  await send.end();
}

async function putWhole(signed: Signed, asked: Asked, startMs: number, onSent: (bytes: number) => void) {
  let refused: Ack | undefined;
  await putMedia(signed, {
    streamName: asked.streamName,
    startMs,
    body: asked.file.slice(),
    signal: asked.signal,
    onSent,
    onAck: (ack) => {
      if (ack.EventType === "ERROR") refused = ack;
      asked.onAck(ack);
    },
  });
  if (refused) throw new Refused(refused);
}

/** Matroska in, requests out. */
class FileSending {
  startMs = 0;
  readonly #cutter = new Cutter();
  readonly #signed: Signed;
  readonly #asked: Asked;
  readonly #tell: (fields: Partial<Progress>) => void;
  #sender: Sender | undefined;
  #doneBytes = 0;

  constructor(signed: Signed, asked: Asked, tell: (fields: Partial<Progress>) => void) {
    this.#signed = signed;
    this.#asked = asked;
    this.#tell = tell;
  }

  async take(bytes: Uint8Array): Promise<void> {
    await this.#add(this.#cutter.push(bytes));
  }

  async end(): Promise<void> {
    await this.#add(this.#cutter.end());
    if (!this.#sender) throw new Error("The file has no media in it.");
    await this.#sender.finish();
  }

  async #add(cuts: Cut[]): Promise<void> {
    if (cuts.length === 0) return;
    const { header } = this.#cutter;
    if (!header) return;
    const { streamName, signal, onAck } = this.#asked;
    this.#sender ??= new Sender({
      header,
      signal,
      onAck,
      onChange: ({ bytes, isRetrying }) => {
        this.#doneBytes = bytes;
        this.#tell({ sentBytes: bytes, isRetrying });
      },
      put: (body, onAck) => {
        const onSent = (bytes: number) => this.#tell({ sentBytes: this.#doneBytes + bytes });
        const { startMs } = this;
        return putMedia(this.#signed, { streamName, startMs, body, signal, onAck, onSent });
      },
    });
    await this.#sender.add(cuts);
  }
}

const PIECE_BYTES = 1 << 20;
