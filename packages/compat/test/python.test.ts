import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { amanda, says } from './amanda.ts';

/** Debian's, which sees Debian's packages; another Python on the path does not. */
const python = '/usr/bin/python3';
const hasLibraries = spawnSync(python, ['-c', 'import requests, socketio, websocket']).status === 0;
const title = hasLibraries ? '' : ' (SKIPPED: python3-requests, -socketio and -websocket are not installed)';

test.skipIf(!hasLibraries).each(['websocket', 'polling'])(
  `a Python script on requests and python-socketio talks over %s${title}`,
  async (transport) => {
    await using server = await amanda(says('Hel', 'lo 👋', '!'));
    const script = join(import.meta.dirname, 'python', 'conversation.py');
    const { stdout } = await promisify(execFile)(python, [script, server.url, transport]);
    const full_text = 'Hello 👋!';
    expect(JSON.parse(stdout)).toEqual({
      signup: 'Account created successfully',
      ack: { message_id: 2, user_message_id: 1 },
      complete: { message_id: 2, full_text },
      tokens: full_text,
      errors: [{ message: 'Message cannot be empty' }],
      messages: ['Hello 👋', full_text],
      stranger: 'refused',
    });
  },
);
