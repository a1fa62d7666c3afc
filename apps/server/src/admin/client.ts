import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

import { z } from 'zod';

import { Refusal } from '../data-dir/refusal.ts';
import type { AdminRequest } from './act.ts';
import { findAdminPlace } from './address.ts';

const adminAnswer = z.strictObject({ ok: z.boolean(), text: z.string() });

/**
 * Asks the server that runs on a data folder.
 * @returns what to tell the operator; null when none runs
 * @throws {Refusal} with what the server says instead
 */
export async function askServer(dataDir: string, request: AdminRequest): Promise<string | null> {
  const socket = connect({ path: findAdminPlace(dataDir) });
  const connected = Promise.withResolvers<boolean>();
  socket.once('connect', () => connected.resolve(true));
  socket.on('error', (error: NodeJS.ErrnoException) => {
    // Nobody listens: no server runs, or one was killed and left its socket.
    if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED' || error.code === 'ENOTSOCK')
      connected.resolve(false);
    else
      connected.reject(
        new Refusal(`DATA_DIR ${dataDir} belongs to another user, or its server does not answer.`),
      );
  });
  if (!(await connected.promise)) return null;
  socket.write(`${JSON.stringify(request)}\n`);
  const line = await text(socket);
  if (line === '') throw new Refusal('Amanda ended before it answered; ask again.');
  const answer = adminAnswer.parse(JSON.parse(line));
  if (!answer.ok) throw new Refusal(answer.text);
  return answer.text;
}
