/** Kinesis Video Streams' clients of the official SDK. */

import { GetDataEndpointCommand, KinesisVideoClient } from "@aws-sdk/client-kinesis-video";
import type { APIName } from "@aws-sdk/client-kinesis-video";
import { KinesisVideoArchivedMediaClient } from "@aws-sdk/client-kinesis-video-archived-media";
import { useMemo } from "react";

import { settings } from "../api/clients";
import { useSigned } from "../session/provider";
import type { Signed } from "../session/provider";

/** A client of the control plane that acts as who is signed in. */
export function useKinesisVideo(): KinesisVideoClient {
  const signed = useSigned();
  return useMemo(() => clientsOf(signed).control, [signed]);
}

/** Gives the client for an operation on a stream's archived media. */
export type ArchivedMedia = (api: APIName) => Promise<KinesisVideoArchivedMediaClient>;

/**
 * Clients of a stream's archived media, by the operation that is to be called: its address
 * is asked of GetDataEndpoint once and kept.
 */
export function useArchivedMedia(streamName: string): ArchivedMedia {
  const signed = useSigned();
  return useMemo(() => (api) => archivedMedia(signed, streamName, api), [signed, streamName]);
}

/** Where an operation on a stream's media is called, as GetDataEndpoint says. */
export function dataEndpoint(signed: Signed, streamName: string, api: APIName): Promise<string> {
  const { control, endpoints } = clientsOf(signed);
  const key = `${api} ${streamName}`;
  const held = endpoints.get(key);
  if (held) return held;
  const asked = control
    .send(new GetDataEndpointCommand({ StreamName: streamName, APIName: api }))
    .then((answer) => answer.DataEndpoint ?? window.location.origin);
  endpoints.set(key, asked);
  // A refusal is not kept: it may be cured.
  asked.catch(() => endpoints.delete(key));
  return asked;
}

async function archivedMedia(signed: Signed, streamName: string, api: APIName) {
  const endpoint = await dataEndpoint(signed, streamName, api);
  const { archived } = clientsOf(signed);
  const held = archived.get(endpoint);
  if (held) return held;
  const made = new KinesisVideoArchivedMediaClient({ ...settings(signed), endpoint });
  archived.set(endpoint, made);
  return made;
}

interface Clients {
  control: KinesisVideoClient;
  endpoints: Map<string, Promise<string>>;
  archived: Map<string, KinesisVideoArchivedMediaClient>;
}

function clientsOf(signed: Signed): Clients {
  let held = CLIENTS.get(signed);
  if (!held) {
    const control = new KinesisVideoClient(settings(signed));
    held = { control, endpoints: new Map(), archived: new Map() };
    CLIENTS.set(signed, held);
  }
  return held;
}

/** One set of clients for each who signs in; gone with them. */
const CLIENTS = new WeakMap<Signed, Clients>();
