/** Records a camera and sends it to a stream while it records. */

import { serverNow } from "../../api/clock";
import type { Signed } from "../../session/provider";
import type { Ack } from "./acks";
import { Cutter } from "./cutter";
import { putMedia } from "./put_media";
import { Sender } from "./sender";
import type { Sending } from "./sender";

interface Options {
  streamName: string;
  stream: MediaStream;
  type: string;
  onAck: (ack: Ack) => void;
  onChange: (sending: Sending) => void;
  /** It ended without being asked to. */
  onFailure: (error: unknown) => void;
}

/** What this browser records, best first: what the server can play stands before what it only stores. */
export function recordingTypes(hasVideo: boolean): string[] {
  const types = hasVideo ? VIDEO_TYPES : AUDIO_TYPES;
  return types.filter((type) => MediaRecorder.isTypeSupported(type));
}

/** Whether the server plays all that is recorded as this type; the rest it stores and hands on. */
export function isPlayed(type: string): boolean {
  return /avc|h264/.test(type) && !type.includes("opus");
}

/** A running recording. */
export class Recording {
  readonly #recorder: MediaRecorder;
  readonly #options: Options;
  readonly #cutter = new Cutter();
  readonly #abort = new AbortController();
  readonly #ended: Promise<void>;
  readonly #signed: Signed;
  #sender: Sender | undefined;
  #startMs = 0;
  /** Data comes in pieces that must be taken one after the other. */
  #taking: Promise<void> = Promise.resolve();
  #hasFailed = false;

  constructor(signed: Signed, options: Options) {
    this.#signed = signed;
    this.#options = options;
    const settings: MediaRecorderOptions & { videoKeyFrameIntervalDuration?: number } = {
      mimeType: options.type,
      videoBitsPerSecond: VIDEO_BITS_PER_SECOND,
      // Known to some browsers; the others put key frames as they see fit.
      videoKeyFrameIntervalDuration: KEY_FRAME_MS,
    };
    const recorder = new MediaRecorder(options.stream, settings);
    this.#recorder = recorder;
    recorder.onstart = () => {
      this.#startMs ||= serverNow();
    };
    recorder.ondataavailable = ({ data }) => {
      this.#taking = this.#taking.then(() => this.#take(data)).catch((error) => this.#fail(error));
    };
    recorder.onerror = (event) => this.#fail((event).error ?? new Error("Recording failed."));
    this.#ended = new Promise((resolve) => {
      recorder.onstop = () => resolve();
    });
    this.#startMs = serverNow();
    recorder.start(PIECE_MS);
  }

  /** Ends the recording and resolves when all of it is sent. */
  async stop(): Promise<void> {
    if (this.#recorder.state !== "inactive") this.#recorder.stop();
    await this.#ended;
    await this.#taking;
    if (this.#hasFailed) return;
    await this.#add(this.#cutter.end());
    await this.#sender?.finish();
  }

  /** Ends at once; what is not sent is lost. */
  discard() {
    this.#hasFailed = true;
    this.#abort.abort();
    if (this.#recorder.state !== "inactive") this.#recorder.stop();
  }

  async #take(data: Blob): Promise<void> {
    if (this.#hasFailed || data.size === 0) return;
    const bytes = new Uint8Array(await data.arrayBuffer());
    // A camera does not wait: what cannot be sent in time is held until it can.
    void this.#add(this.#cutter.push(bytes)).catch((error: unknown) => this.#fail(error));
  }

  async #add(cuts: ReturnType<Cutter["push"]>): Promise<void> {
    const { header } = this.#cutter;
    if (!header || cuts.length === 0) return;
    const { streamName, onAck, onChange } = this.#options;
    const [startMs, signal] = [this.#startMs, this.#abort.signal];
    this.#sender ??= new Sender({
      header,
      signal,
      onAck,
      onChange: (sending) => {
        onChange(sending);
        if (sending.waitingBytes > WAITING_BYTES_MAX) {
          this.#fail(new Error("The connection is too slow for this camera."));
        }
      },
      put: (body, onAck) => putMedia(this.#signed, { streamName, startMs, body, signal, onAck }),
    });
    await this.#sender.add(cuts);
    void this.#sender.finish().catch((error: unknown) => this.#fail(error));
  }

  #fail(error: unknown) {
    if (this.#hasFailed) return;
    this.discard();
    this.#options.onFailure(error);
  }
}

const VIDEO_TYPES = [
  "video/x-matroska;codecs=avc1,opus",
  "video/webm;codecs=h264,opus",
  "video/x-matroska;codecs=avc1",
  "video/webm;codecs=vp9,opus",
  "video/webm;codecs=vp8,opus",
  "video/webm",
];
const AUDIO_TYPES = ["audio/webm;codecs=opus", "audio/webm"];
const KEY_FRAME_MS = 2000;
const PIECE_MS = 500;
const VIDEO_BITS_PER_SECOND = 2_500_000;
/** Some minutes of video. */
const WAITING_BYTES_MAX = 100 << 20;
