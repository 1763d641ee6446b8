/** Acknowledgements of PutMedia: one JSON object a line, as they come. */

export interface Ack {
  EventType: "BUFFERING" | "RECEIVED" | "PERSISTED" | "ERROR" | "IDLE";
  FragmentTimecode?: number;
  FragmentNumber?: string;
  ErrorId?: number;
  ErrorCode?: string;
}

/** Reads acknowledgements out of an answer that grows. */
export class AckReader {
  #read = 0;

  /** The acknowledgements that are whole in `text`, the answer so far, and were not yet. */
  take(text: string): Ack[] {
    const acks: Ack[] = [];
    for (;;) {
      const end = text.indexOf("\n", this.#read);
      if (end < 0) return acks;
      const line = text.slice(this.#read, end).trim();
      this.#read = end + 1;
      if (line === "") continue;
      const ack: unknown = JSON.parse(line);
      if (typeof ack === "object" && ack !== null && "EventType" in ack) acks.push(ack as Ack);
    }
  }
}

/** How many acknowledgements of each kind came. */
export interface Tally {
  BUFFERING: number;
  RECEIVED: number;
  PERSISTED: number;
  ERROR: number;
}

/** The tally with one more acknowledgement. */
export function tallied(tally: Tally, ack: Ack): Tally {
  if (ack.EventType === "IDLE") return tally;
  return { ...tally, [ack.EventType]: tally[ack.EventType] + 1 };
}

export const NO_ACKS: Tally = { BUFFERING: 0, RECEIVED: 0, PERSISTED: 0, ERROR: 0 };

/** What an error means and what to do, in words. */
export function errorInWords(ack: Ack): string {
  const words = WORDS[ack.ErrorId ?? 0] ?? "The server could not take the fragment.";
  return `${words} (${ack.ErrorCode ?? "ERROR"}, ${ack.ErrorId ?? "no id"})`;
}

const WORDS: Record<number, string> = {
  4000: "The media could not be read to its end.",
  4001: "A fragment is larger than 50 MB: use more key frames or a lower bitrate.",
  4002: "A fragment is longer than 20 s: use more key frames.",
  4003: "The request took too long.",
  4004: "A fragment begins before the one ahead of it ends.",
  4005: "There are too many tracks: at most three.",
  4006: "The media is not Matroska as it should be.",
  4007: "The time of the media cannot be right: before 2000 or far in the future.",
  4008: "The stream was deleted.",
  4009: "A fragment has more metadata than is allowed.",
  4010: "A frame belongs to a track that was not announced.",
  4011: "A fragment has no frame of one of the tracks.",
  4012: "There are too many tracks: at most three.",
  5000: "The server failed. Its log says why.",
  5001: "The server could not store the fragment: is its disk full?",
};
