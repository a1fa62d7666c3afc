import type { TestUser } from '@amanda/testing';
import { WebSocket } from 'ws';
import { createPieceCounter } from '../pieces.ts';

/** What a stream brought. */
export interface Received {
  readonly count: number;
  /** How old each piece was when it came, in milliseconds. */
  readonly ages: readonly number[];
  readonly frames: number;
  /** Milliseconds from the question to the first text. */
  readonly firstMs: number;
}

/** Opens a socket; the caller closes it. */
export function openSocket(url: string, cookie?: string): Promise<WebSocket> {
  const socket = new WebSocket(url, {
    perMessageDeflate: false,
    ...(cookie === undefined ? {} : { headers: { cookie } }),
  });
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Asks the bare pipe and reads to the end of its answer. */
export function askBare(socket: WebSocket, question: string, size: number): Promise<Received> {
  const counter = createPieceCounter(size);
  const asked = performance.now();
  let frames = 0;
  let firstMs = Number.NaN;
  return new Promise((resolve) => {
    const onMessage = (frame: Buffer): void => {
      if (frame.length === 0) {
        socket.off('message', onMessage);
        resolve({ count: counter.count, ages: counter.ages, frames, firstMs });
        return;
      }
      if (frames === 0) firstMs = performance.now() - asked;
      frames += 1;
      counter.add(frame.toString());
    };
    socket.on('message', onMessage);
    socket.send(question);
  });
}

let nextId = 1;

/** Subscribes to a message of Amanda's and reads to its end. */
export function followMessage(socket: WebSocket, messageId: number, size: number): Promise<Received> {
  const id = nextId++;
  return readEvents(socket, id, size, () => {
    const input = { json: { messageId } };
    socket.send(JSON.stringify({ id, method: 'subscription', params: { path: 'message.stream', input } }));
  });
}

function readEvents(socket: WebSocket, id: number, size: number, ask: () => void): Promise<Received> {
  const counter = createPieceCounter(size);
  const asked = performance.now();
  let frames = 0;
  let firstMs = Number.NaN;
  return new Promise((resolve, reject) => {
    const onMessage = (frame: Buffer): void => {
      const text = frame.toString();
      if (text === 'PING') {
        socket.send('PONG');
        return;
      }
      const message = JSON.parse(text);
      if (message.id !== id) return;
      if (message.error !== undefined) reject(new Error(JSON.stringify(message.error)));
      if (message.result?.type === 'stopped') {
        socket.off('message', onMessage);
        resolve({ count: counter.count, ages: counter.ages, frames, firstMs });
        return;
      }
      const event = message.result?.data?.json?.data ?? message.result?.data?.data;
      if (typeof event?.text !== 'string') return;
      if (frames === 0) firstMs = performance.now() - asked;
      frames += 1;
      counter.add(event.text);
    };
    socket.on('message', onMessage);
    ask();
  });
}

/** Calls a mutation of Amanda's over HTTP. */
export async function mutate(
  url: string,
  user: TestUser,
  path: string,
  input: object,
): Promise<Record<string, number>> {
  const response = await fetch(`${url}/trpc/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie: user.cookie },
    body: JSON.stringify({ json: input }),
  });
  const body: { result: { data: { json: Record<string, number> } } } = JSON.parse(await response.text());
  if (!response.ok) throw new Error(`${path}: ${JSON.stringify(body)}`);
  return body.result.data.json;
}
