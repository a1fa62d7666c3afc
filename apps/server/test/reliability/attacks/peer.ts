import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';

import { WebSocket } from 'ws';

/** What a peer is told, as far as attacks care. */
export interface Told {
  /** 0 when the connection broke. */
  readonly status: number;
  readonly bytes: number;
}

/** One HTTP request over a connection of its own; its answer is read and counted, not kept. */
export function ask(
  port: number,
  path: string,
  options: {
    method?: string;
    body?: string;
    headers?: Readonly<Record<string, string>>;
    signal?: AbortSignal;
  } = {},
): Promise<Told> {
  const { body, headers, method = 'GET', signal } = options;
  return new Promise((resolve) => {
    let bytes = 0;
    let status = 0;
    const sent = request(
      { host: '127.0.0.1', port, path, method, agent: false, headers, signal },
      (response) => {
        status = response.statusCode ?? 0;
        response.on('data', (chunk: Buffer) => (bytes += chunk.length));
        response.on('end', () => resolve({ status, bytes }));
        response.on('error', () => resolve({ status: 0, bytes }));
      },
    );
    sent.on('error', () => resolve({ status: 0, bytes }));
    sent.end(body);
  });
}

/** A tRPC query's path over HTTP. */
export const query = (path: string, json?: unknown) =>
  `/trpc/${path}${json === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify({ json }))}`}`;

/** The path of a batch of one query, so many times. */
export function batch(path: string, json: unknown, times: number): string {
  const inputs = Object.fromEntries(Array.from({ length: times }, (_, index) => [index, { json }]));
  const paths = Array<string>(times).fill(path).join(',');
  return `/trpc/${paths}?batch=1&input=${encodeURIComponent(JSON.stringify(inputs))}`;
}

/** Opens a TCP connection, writes, and reads nothing. */
export function writeAndNeverRead(port: number, text: string): Socket {
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => {});
  socket.pause();
  socket.write(text);
  return socket;
}

/** A request as it goes over the wire. */
export const rawGet = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n` +
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('') +
  '\r\n';

/** How many of the connections the server has closed. */
export const closedOf = (sockets: readonly Socket[]) =>
  sockets.filter((socket) => socket.destroyed || socket.readableEnded).length;

/** A WebSocket of a peer that counts what it is told. */
export interface Wire {
  readonly ws: WebSocket;
  readonly messages: number;
  /** The close code, 0 while it is open, or the status with which the upgrade was refused. */
  readonly code: number;
  /** The first messages, for a look. */
  readonly first: readonly string[];
}

/** Opens a WebSocket; resolves also when it is refused. */
export async function wire(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Wire> {
  const ws = new WebSocket(url.replace(/^http/, 'ws'), { headers, maxPayload: 0 });
  const seen = { messages: 0, code: 0 };
  const first: string[] = [];
  ws.on('message', (data: Buffer) => {
    seen.messages += 1;
    if (first.length < 200) first.push(data.toString().slice(0, 200));
  });
  ws.on('close', (code) => (seen.code ||= code));
  ws.on('unexpected-response', (_request, response) => {
    seen.code = response.statusCode ?? 1;
    ws.terminate();
  });
  ws.on('error', () => {});
  await Promise.race([once(ws, 'open'), once(ws, 'close')]).catch(() => {});
  return {
    ws,
    first,
    get messages() {
      return seen.messages;
    },
    get code() {
      return seen.code;
    },
  };
}

/** Looks every 50 ms until something holds, or the time of the attack is over. */
export async function until(holds: () => boolean, signal: AbortSignal): Promise<void> {
  while (!holds() && !signal.aborted) await after(50);
}

/** Waits, or until the time of the attack is over. */
export const pause = (ms: number, signal: AbortSignal) => after(ms, undefined, { signal }).catch(() => {});

/** Does something again and again, so many at a time, until the count or the time is over. */
export async function many(
  options: { count: number; atOnce: number; signal: AbortSignal },
  act: (index: number) => Promise<void>,
): Promise<number> {
  let next = 0;
  const work = async () => {
    while (next < options.count && !options.signal.aborted) await act((next += 1));
  };
  await Promise.all(Array.from({ length: options.atOnce }, work));
  return next;
}

/** Counts words: `200 × 12, 429 × 3`. */
export function tally(): { add(word: string | number): void; toString(): string } {
  const counts = new Map<string | number, number>();
  return {
    add: (word) => counts.set(word, (counts.get(word) ?? 0) + 1),
    toString: () => [...counts].map(([word, count]) => `${word} × ${count}`).join(', ') || 'nothing',
  };
}
