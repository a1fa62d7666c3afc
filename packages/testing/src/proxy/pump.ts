import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';

/** How bytes travel through a link. Everything absent means: at once and whole. */
export interface LinkShape {
  /** Delay of every byte, one way, in milliseconds. */
  readonly latencyMs?: number;
  /** Bytes arrive in pieces of 1 to so many bytes. */
  readonly sliceBytes?: number;
  readonly bytesPerSecond?: number;
  /** The share of what the target says, 0 to 1, at which the connection is reset instead of carrying it. */
  readonly lostAnswers?: number;
}

/** What a pump must know at every piece, as it may change while bytes are on their way. */
export interface LinkState {
  readonly shape: LinkShape;
  /** Pending while the link is frozen. */
  readonly thawed: Promise<void>;
  readonly random: () => number;
}

/** Bytes that a link holds before it stops reading. */
const HELD_BYTES = 262_144;

/** Carries what `from` says to `to`, in order, as the link's shape has it. Ends with either socket. */
export async function pump(from: Socket, to: Socket, link: LinkState, signal: AbortSignal): Promise<void> {
  const held: { bytes: Buffer; due: number }[] = [];
  let heldBytes = 0;
  let ended = false;
  let wake = () => {};

  from.on('data', (bytes: Buffer) => {
    held.push({ bytes, due: performance.now() + (link.shape.latencyMs ?? 0) });
    heldBytes += bytes.length;
    if (heldBytes > HELD_BYTES) from.pause();
    wake();
  });
  from.once('end', () => {
    ended = true;
    wake();
  });
  signal.addEventListener('abort', () => wake(), { once: true });

  while (!signal.aborted) {
    const next = held.shift();
    if (next === undefined) {
      if (ended) break;
      await new Promise<void>((resolve) => (wake = resolve));
      continue;
    }
    const wait = next.due - performance.now();
    if (wait > 0) await after(wait, undefined, { signal });
    for (const slice of slices(next.bytes, link)) {
      await link.thawed;
      if (signal.aborted) return;
      const { bytesPerSecond } = link.shape;
      if (bytesPerSecond !== undefined)
        await after((slice.length / bytesPerSecond) * 1000, undefined, { signal });
      if (!to.write(slice)) await once(to, 'drain', { signal });
    }
    heldBytes -= next.bytes.length;
    if (heldBytes <= HELD_BYTES) from.resume();
  }
  to.end();
}

function* slices(bytes: Buffer, { shape, random }: LinkState): Generator<Buffer, void, undefined> {
  const longest = shape.sliceBytes ?? bytes.length;
  for (let at = 0; at < bytes.length; ) {
    const length = shape.sliceBytes === undefined ? longest : 1 + Math.floor(random() * longest);
    yield bytes.subarray(at, at + length);
    at += length;
  }
}
