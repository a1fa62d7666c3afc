import { randomBytes } from 'node:crypto';
import Fastify from 'fastify';
import { expect, it } from 'vitest';

import { compressJson } from '../src/http/compress.ts';

it('compresses two answers at a time, and sends the others as they are', async () => {
  await using app = Fastify();
  compressJson(app);
  const text = randomBytes(3_000_000).toString('base64');
  app.get('/long', async () => ({ text }));
  const ask = () => app.inject({ url: '/long', headers: { 'accept-encoding': 'gzip' } });
  const together = await Promise.all([ask(), ask(), ask(), ask(), ask()]);
  expect(together.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200, 200]);
  const encoded = together.filter(({ headers }) => headers['content-encoding'] === 'gzip');
  expect(encoded).toHaveLength(2);
  const plain = together.find(({ headers }) => headers['content-encoding'] === undefined);
  expect(plain?.json()).toEqual({ text });
  const later = await ask();
  expect(later.headers['content-encoding']).toBe('gzip');
});

it('compresses nothing that changes something or sets a cookie', async () => {
  await using app = Fastify();
  compressJson(app);
  const text = 'word '.repeat(1_000);
  app.all('/long', async () => ({ text }));
  app.get('/cookie', async (_request, reply) => reply.header('set-cookie', 'a=b').send({ text }));
  const ask = async (url: string, method: 'GET' | 'POST' = 'GET') =>
    (await app.inject({ url, method, headers: { 'accept-encoding': 'gzip' } })).headers['content-encoding'];
  expect(await ask('/long')).toBe('gzip');
  expect([await ask('/long', 'POST'), await ask('/cookie')]).toEqual([undefined, undefined]);
});
