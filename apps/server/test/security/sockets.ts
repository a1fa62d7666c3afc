import { once } from 'node:events';
import { getActiveResourcesInfo } from 'node:process';
import { setImmediate } from 'node:timers/promises';
import { WebSocket } from 'ws';

import { at } from './typed-error.ts';

/** A WebSocket whose messages are read one after another. */
export interface Talk extends Disposable {
  readonly ws: WebSocket;
  /** The code with which it ends. */
  readonly closed: Promise<number>;
  /** Sends a call and gives its first answer. @throws when the socket ends before */
  ask(call: { method: string; path: string; input: string }): Promise<unknown>;
  /** The next message that answers the id. */
  answerTo(id: number | string): Promise<unknown>;
}

/** Opens a WebSocket. @throws when the upgrade is refused */
export async function talk(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Talk> {
  const ws = new WebSocket(url.replace(/^http/, 'ws'), { headers, maxPayload: 0 });
  const waiting = new Map<number | string, PromiseWithResolvers<unknown>>();
  const closed = new Promise<number>((resolve) => {
    ws.on('close', (code) => {
      resolve(code);
      for (const one of waiting.values()) one.reject(new Error(`closed with ${code}`));
    });
  });
  ws.on('message', (data: Buffer) => {
    const text = data.toString();
    // Neither tRPC's ping nor a packet of Engine.IO is an answer.
    if (!text.startsWith('{')) return;
    const message: unknown = JSON.parse(text);
    const id: unknown = Reflect.get(Object(message), 'id');
    if (typeof id !== 'number' && typeof id !== 'string') return;
    // That a subscription has begun says nothing yet.
    if (at(message, 'result', 'type') === 'started') return;
    waiting.get(id)?.resolve(message);
    waiting.delete(id);
  });
  await once(ws, 'open');
  ws.on('error', () => {});
  let last = 0;
  const answerTo = (id: number | string) => {
    const answer = Promise.withResolvers<unknown>();
    waiting.set(id, answer);
    if (ws.readyState !== ws.OPEN) answer.reject(new Error('the socket is closed'));
    return answer.promise;
  };
  return {
    ws,
    closed,
    answerTo,
    async ask({ method, path, input }) {
      last += 1;
      const answer = answerTo(last);
      ws.send(`{"id":${last},"method":"${method}","params":{"path":"${path}","input":${input}}}`);
      return answer;
    },
    [Symbol.dispose]: () => ws.terminate(),
  };
}

/** How many TCP connections this process has, both ends of those within it. */
export function openConnections(): number {
  return getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}

/** Waits, for as long as is no hang, until the process has no more connections than it had. @returns how many it has */
export async function connectionsFallTo(most: number): Promise<number> {
  for (const end = performance.now() + 100_000; openConnections() > most && performance.now() < end; ) {
    await setImmediate();
  }
  return openConnections();
}
