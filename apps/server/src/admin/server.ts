import { chmodSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';

import type { Log, Operator } from '@amanda/core';

import { Refusal } from '../data-dir/refusal.ts';
import { act, adminRequest } from './act.ts';
import { makeAdminPlace } from './address.ts';

/** One line is an address and a word. */
const longestLine = 4096;
/** How long a peer may take to ask, in milliseconds. */
const askMs = 10_000;
const mostPeers = 8;

/** What the server answers, one JSON object a line. */
export type AdminAnswer =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly text: string };

/**
 * Listens for the operator in the data folder: a Unix socket of mode 0600, on Windows a named pipe. Who connects sends one
 * line of JSON and is sent one line back.
 * @param options.dataDir locked by this process
 */
export async function listenForAdmin(options: {
  dataDir: string;
  operator: Operator;
  log: Log;
}): Promise<AsyncDisposable> {
  const { operator, log } = options;
  const place = makeAdminPlace(options.dataDir);
  const peers = new Set<Socket>();

  const answerTo = async (line: string): Promise<AdminAnswer> => {
    try {
      const request = adminRequest.parse(JSON.parse(line));
      log.info({ command: request.command }, 'the operator asks');
      return { ok: true, text: await act(operator, request) };
    } catch (error) {
      if (error instanceof Refusal) return { ok: false, text: error.message };
      log.error({ err: error }, 'what the operator asked for failed');
      return { ok: false, text: 'Amanda could not do this; its log says why.' };
    }
  };

  const server = createServer((socket) => {
    peers.add(socket);
    let text = '';
    socket.setEncoding('utf8');
    socket.setTimeout(askMs, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => peers.delete(socket));
    const read = (chunk: string): void => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end < 0 && text.length <= longestLine) return;
      socket.off('data', read);
      if (end < 0) return void socket.destroy();
      socket.setTimeout(0);
      void answerTo(text.slice(0, end)).then((answer) => socket.end(`${JSON.stringify(answer)}\n`));
    };
    socket.on('data', read);
  });
  server.maxConnections = mostPeers;
  const listening = Promise.withResolvers<void>();
  // It listens for good: later on a connection that the system could not hand over is lost, and nothing else.
  server.on('error', listening.reject);
  server.listen({ path: place.address }, listening.resolve);
  try {
    await listening.promise;
    if (process.platform !== 'win32') chmodSync(place.address, 0o600);
  } catch (error) {
    place.remove();
    throw error;
  }
  return {
    async [Symbol.asyncDispose]() {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      for (const peer of peers) peer.destroy();
      await closed.promise;
      place.remove();
    },
  };
}
