import { once } from 'node:events';
import { WebSocket } from 'ws';

import type { Answer, HttpClient } from './http-client.ts';

/** Where a handshake of Engine.IO 4 begins, by its transport. */
export const enginePath = (transport: 'polling' | 'websocket') => `/socket.io/?EIO=4&transport=${transport}`;

/** A connection of Engine.IO by polling, of which the test writes every packet. */
export interface Polling {
  readonly sid: string;
  /** Posts a body as it is: packets, with U+001E between them. */
  send(body: string | Buffer): Promise<Answer>;
  /** Asks for what the server has to say; the server holds the request until there is something. */
  poll(): Promise<Answer>;
}

/** Makes a handshake by polling. @throws when it is refused */
export async function polling(http: HttpClient, cookie: string): Promise<Polling> {
  const headers = { cookie };
  const handshake = await http.ask(enginePath('polling'), { headers });
  const sid = /"sid":"([^"]+)"/.exec(handshake.text)?.[1];
  if (sid === undefined) throw new Error(`no handshake: ${handshake.text}`);
  const url = `${enginePath('polling')}&sid=${sid}`;
  return {
    sid,
    send: (body) => http.ask(url, { method: 'POST', headers, body }),
    poll: () => http.ask(url, { headers }),
  };
}

/** A connection of Engine.IO over a WebSocket, of which the test writes every packet. */
export interface Packets extends Disposable {
  readonly ws: WebSocket;
  /** Every packet so far, but for the handshake and pings. */
  readonly received: readonly string[];
  /** Resolves when it ends. */
  readonly closed: Promise<void>;
  send(...packets: (string | Buffer)[]): void;
  /** The first packet, of those that came and those to come, that begins so; null when the connection ends before. */
  first(start: string): Promise<string | null>;
}

/**
 * Opens a connection, without joining a namespace yet.
 * @param brings a cookie, or all headers
 * @throws when it is refused
 */
export async function packets(
  url: string,
  brings: string | null | Readonly<Record<string, string>>,
): Promise<Packets> {
  const headers = typeof brings === 'string' ? { cookie: brings } : { ...brings };
  const ws = new WebSocket(url.replace(/^http/, 'ws') + enginePath('websocket'), { headers });
  const received: string[] = [];
  const waiting = new Map<string, (packet: string | null) => void>();
  const closed = new Promise<void>((resolve) => {
    ws.once('close', () => {
      resolve();
      for (const found of waiting.values()) found(null);
    });
  });
  ws.on('message', (data: Buffer) => {
    const packet = data.toString();
    if (packet.startsWith('0')) return;
    if (packet === '2') return ws.send('3');
    received.push(packet);
    for (const [start, found] of waiting) {
      if (!packet.startsWith(start)) continue;
      waiting.delete(start);
      found(packet);
    }
  });
  await once(ws, 'open');
  ws.on('error', () => {});
  return {
    ws,
    received,
    closed,
    send(...all) {
      for (const packet of all) ws.send(packet);
    },
    first(start) {
      const come = received.find((packet) => packet.startsWith(start));
      if (come !== undefined || ws.readyState !== ws.OPEN) return Promise.resolve(come ?? null);
      return new Promise((resolve) => waiting.set(start, resolve));
    },
    [Symbol.dispose]: () => ws.terminate(),
  };
}

/** Opens a connection that has joined the one namespace there is. */
export async function joined(url: string, cookie: string): Promise<Packets> {
  const socket = await packets(url, cookie);
  socket.send('40');
  await socket.first('40{');
  return socket;
}
