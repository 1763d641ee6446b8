/** The official SDK's clients, pointed at the server that served this page. */

import { SignatureV4 } from "@smithy/signature-v4";
import { Sha256 } from "@aws-crypto/sha256-browser";

import type { Signed } from "../session/provider";
import { learnClock, serverAheadMs, serverNow } from "./clock";
import { Failure } from "./failure";

/** What every client of the SDK is made with. */
export function settings(signed: Signed) {
  return {
    endpoint: window.location.origin,
    region: signed.session.region,
    credentials: signed.credentials,
    maxAttempts: 2,
    systemClockOffset: serverAheadMs(),
  };
}

/** A request of Kinora's own, below `/_kinora/`, signed like every call. */
export async function own<T>(
  signed: Signed,
  path: string,
  query: Record<string, string | number | undefined> = {},
  signal?: AbortSignal,
): Promise<T> {
  const address = new URL(path, window.location.origin);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) address.searchParams.set(name, String(value));
  }
  const response = await signedFetch(signed, address, { signal: signal ?? null });
  if (!response.ok) throw await Failure.ofResponse(response);
  return (await response.json()) as T;
}

/** `fetch` with Signature Version 4 in its headers; the body is not part of what is signed. */
export async function signedFetch(
  signed: Signed,
  address: URL,
  init: Omit<RequestInit, "headers"> & { headers?: Record<string, string> } = {},
): Promise<Response> {
  const ask = async () => {
    const headers = await signedHeaders(signed, address, init.method ?? "GET", init.headers);
    const sentMs = Date.now();
    const response = await fetch(address, { ...init, headers });
    return { response, isOfAnotherTime: learnClock(response, sentMs) };
  };
  const { response, isOfAnotherTime } = await ask();
  // Signed by a wrong clock: once more by the right one, where the body is still there.
  const isToRepeat = response.status === 403 && isOfAnotherTime && !init.body;
  return isToRepeat ? (await ask()).response : response;
}

/** The headers that sign a request, `headers` among them. */
export async function signedHeaders(
  signed: Signed,
  address: URL,
  method: string,
  headers: Record<string, string> = {},
): Promise<Record<string, string>> {
  const signer = new SignatureV4({
    service: "kinesisvideo",
    region: signed.session.region,
    credentials: signed.credentials,
    sha256: Sha256,
  });
  const unsigned: Record<string, string> =
    method === "GET" ? {} : { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" };
  const request = {
    method,
    protocol: address.protocol,
    hostname: address.hostname,
    path: address.pathname,
    query: Object.fromEntries(address.searchParams),
    headers: { ...headers, ...unsigned, host: address.host },
  };
  const made = await signer.sign(request, { signingDate: new Date(serverNow()) });
  // A browser sets the host itself and lets nobody else do it.
  return Object.fromEntries(Object.entries(made.headers).filter(([name]) => name !== "host"));
}
