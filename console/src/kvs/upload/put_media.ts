/** PutMedia from a browser: one request whose body is there already. */

import { signedHeaders } from "../../api/clients";
import { Failure } from "../../api/failure";
import type { Signed } from "../../session/provider";
import { AckReader } from "./acks";
import type { Ack } from "./acks";

export interface Put {
  streamName: string;
  /** What timestamps in the media count from, milliseconds since the epoch. */
  startMs: number;
  body: Blob;
  /** Bytes of the body that were handed to the network. */
  onSent?: (bytes: number) => void;
  onAck: (ack: Ack) => void;
  signal: AbortSignal;
}

/**
 * Sends media and resolves when the server has answered about all of it. `fetch` tells
 * nothing of what was sent so far, so it is XMLHttpRequest.
 *
 * It calls the server that the page is of: every operation is served on each of a server's
 * addresses, and only this one is certain to be reachable from here.
 */
export async function putMedia(signed: Signed, put: Put): Promise<void> {
  const address = new URL("/putMedia", window.location.origin);
  const headers = await signedHeaders(signed, address, "POST", {
    "x-amzn-stream-name": put.streamName,
    "x-amzn-fragment-timecode-type": "RELATIVE",
    "x-amzn-producer-start-timestamp": (put.startMs / 1000).toFixed(3),
    "x-amzn-fragment-acknowledgment-required": "1",
  });
  put.signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const request = new XMLHttpRequest();
    const reader = new AckReader();
    const take = () => {
      if (request.status === 200) reader.take(request.responseText).forEach(put.onAck);
    };
    const unreachable = () =>
      reject(new Failure({ code: "Unreachable", message: "The connection to the server broke." }));
    const abort = () => request.abort();
    put.signal.addEventListener("abort", abort);
    request.upload.onprogress = (event) => put.onSent?.(event.loaded);
    request.onprogress = take;
    request.onload = () => {
      take();
      if (request.status === 200) resolve();
      else reject(failureOf(request));
    };
    request.onerror = unreachable;
    request.onabort = () => reject(new DOMException("Cancelled", "AbortError"));
    request.onloadend = () => put.signal.removeEventListener("abort", abort);
    request.open("POST", address);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.send(put.body);
  });
}

function failureOf(request: XMLHttpRequest): Failure {
  let message = request.statusText;
  try {
    const told: unknown = JSON.parse(request.responseText);
    if (typeof told === "object" && told !== null && "Message" in told) message = String(told.Message);
  } catch {
    // Something between us and the server may answer in its own words.
  }
  return new Failure({
    code: request.getResponseHeader("x-amzn-errortype") ?? `HTTP ${request.status}`,
    message,
    status: request.status,
    requestId: request.getResponseHeader("x-amzn-requestid") ?? undefined,
  });
}
