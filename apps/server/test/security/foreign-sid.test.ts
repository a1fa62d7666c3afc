import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { startTestServer } from '@amanda/testing';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';

import { enginePath, polling } from './engine-io.ts';
import { httpClient } from './http-client.ts';

it('a Socket.IO connection is nobody’s but its session’s, whoever else is logged in and knows its sid', async () => {
  await using server = await startTestServer();
  const ada = await server.signUp();
  const eve = await server.signUp();
  using http = httpClient(server.port);
  const logIn = await http.post(
    '/api/auth/login',
    JSON.stringify({ email: ada.email, password: ada.password }),
  );
  const otherDevice = String(logIn.headers['set-cookie']).split(';', 1)[0] ?? '';
  const mine = await polling(http, ada.cookie);
  await mine.send('40');
  const url = `${enginePath('polling')}&sid=${mine.sid}`;
  const upgrade = `${server.url.replace(/^http/, 'ws')}${enginePath('websocket')}&sid=${mine.sid}`;

  for (const cookie of [eve.cookie, otherDevice]) {
    const headers = { cookie };
    expect((await http.ask(url, { headers })).status).toBe(400);
    expect((await http.ask(url, { method: 'POST', headers, body: '41' })).status).toBe(400);
    const ws = new WebSocket(upgrade, { headers });
    ws.on('error', () => {});
    const refused: IncomingMessage[] = (await once(ws, 'unexpected-response')).slice(1);
    expect(refused.map(({ statusCode }) => statusCode)).toEqual([400]);
    ws.terminate();
  }
  // Untouched by all that.
  expect((await mine.poll()).text).toMatch(/^40\{/);
});
