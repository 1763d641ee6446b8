import { expect, test, vi } from "vitest";

import { Failure } from "../../api/failure";
import type { Ack } from "./acks";
import type { Cut } from "./cutter";
import { Refused, Sender } from "./sender";

function cut(timecode: number, bytes = 1): Cut {
  const cluster = new Uint8Array(bytes).fill(timecode / 1000);
  return { timecode, startMs: timecode, durationMs: 1000, hasKeyFrame: true, cluster };
}

const HEADER = new Uint8Array([255]);
const persisted = (FragmentTimecode: number): Ack => ({ EventType: "PERSISTED", FragmentTimecode });
const received = (FragmentTimecode: number): Ack => ({ EventType: "RECEIVED", FragmentTimecode });

async function bytesOf(body: Blob): Promise<number[]> {
  return [...new Uint8Array(await body.arrayBuffer())];
}

test("each request is the header and all that waits", async () => {
  const bodies: number[][] = [];
  const acks: Ack[] = [];
  const sender = new Sender({
    header: HEADER,
    put: async (body, onAck) => {
      const bytes = await bytesOf(body);
      bodies.push(bytes);
      onAck(persisted((bytes.at(-1) ?? 0) * 1000));
    },
    onAck: (ack) => acks.push(ack),
  });
  await sender.add([cut(1000)]);
  await sender.add([cut(2000), cut(3000)]);
  await sender.finish();
  expect(bodies).toEqual([
    [255, 1],
    [255, 2, 3],
  ]);
  expect(acks).toHaveLength(2);
});

test("large fragments go in requests of their own, and nothing more is taken meanwhile", async () => {
  const sizes: number[] = [];
  let release = () => {};
  const sender = new Sender({
    header: HEADER,
    put: async (body, onAck) => {
      sizes.push(body.size);
      onAck(received((sizes.length - 1) * 1000));
      if (sizes.length === 1) await new Promise<void>((resolve) => (release = resolve));
    },
    onAck: () => {},
  });
  let isTaken = false;
  const adding = sender
    .add(Array.from({ length: 5 }, (_, index) => cut(index * 1000, 7 << 20)))
    .then(() => (isTaken = true));
  await Promise.resolve();
  expect(isTaken).toBe(false);
  release();
  await adding;
  await sender.finish();
  expect(sizes).toEqual(Array.from({ length: 5 }, () => (7 << 20) + 1));
});

test("after the network failed all that is not stored is sent again", async () => {
  const bodies: number[][] = [];
  const retrying: boolean[] = [];
  const sender = new Sender({
    header: HEADER,
    onChange: ({ isRetrying }) => retrying.push(isRetrying),
    put: async (body, onAck) => {
      bodies.push(await bytesOf(body));
      if (bodies.length > 1) {
        onAck(persisted(2000));
        onAck(received(3000));
        return;
      }
      onAck(persisted(1000));
      onAck(received(2000));
      throw new Failure({ code: "Unreachable", message: "" });
    },
    onAck: () => {},
    pause: async () => {},
  });
  await sender.add([cut(1000), cut(2000), cut(3000)]);
  await sender.finish();
  expect(bodies).toEqual([
    [255, 1, 2, 3],
    [255, 2, 3],
  ]);
  expect(retrying).toEqual([false, true, false]);
});

test("an answer that ends before all is confirmed is not taken for the whole", async () => {
  const bodies: number[][] = [];
  const sender = new Sender({
    header: HEADER,
    put: async (body, onAck) => {
      bodies.push(await bytesOf(body));
      onAck(persisted(bodies.length * 1000));
    },
    onAck: () => {},
    pause: async () => {},
  });
  await sender.add([cut(1000), cut(2000)]);
  await sender.finish();
  expect(bodies).toEqual([
    [255, 1, 2],
    [255, 2],
  ]);
});

test("a wait for the server ends when it is called off", async () => {
  vi.useFakeTimers(); // No time passes.
  const abort = new AbortController();
  const sender = new Sender({
    header: HEADER,
    signal: abort.signal,
    onChange: ({ isRetrying }) => isRetrying && queueMicrotask(() => abort.abort()),
    put: async () => {
      await Promise.resolve();
      abort.signal.throwIfAborted();
      throw new Failure({ code: "Unreachable", message: "" });
    },
    onAck: () => {},
  });
  await sender.add([cut(1000)]);
  await expect(sender.finish()).rejects.toHaveProperty("name", "AbortError");
  vi.useRealTimers();
});

test("a broken server, a denial and a refused fragment end it, a server that is away does not", async () => {
  const ended = async (put: (onAck: (ack: Ack) => void) => void) => {
    let requests = 0;
    const sender = new Sender({
      header: HEADER,
      put: async (_, onAck) => {
        requests += 1;
        await Promise.resolve();
        put(onAck);
      },
      onAck: () => {},
      pause: async () => {},
    });
    await sender.add([cut(1000)]);
    const error: unknown = await sender.finish().catch((error: unknown) => error);
    return { error, requests };
  };
  const broken = await ended(() => {
    throw new Failure({ code: "InternalFailure", message: "", status: 500 });
  });
  expect(broken.requests).toBe(6);
  expect(broken.error).toBeInstanceOf(Failure);
  let away = 0;
  const back = await ended((onAck) => {
    away += 1;
    // What `fetch` says of credentials that cannot be asked for.
    if (away <= 20) throw new TypeError("Failed to fetch");
    onAck(persisted(1000));
  });
  expect(back).toEqual({ error: undefined, requests: 21 });
  const denied = await ended(() => {
    throw new Failure({ code: "AccessDeniedException", message: "", status: 403 });
  });
  expect(denied.requests).toBe(1);
  const refused = await ended((onAck) => onAck({ EventType: "ERROR", ErrorId: 4004 }));
  expect(refused.requests).toBe(1);
  expect(refused.error).toBeInstanceOf(Refused);
});
