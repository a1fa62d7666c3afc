import { randomBytes } from 'node:crypto';
import { PassThrough, type Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { brotliDecompressSync } from 'node:zlib';
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

/** Enough that a compressor gives something before the end. */
const begun = `["${randomBytes(300_000).toString('base64')}"`;

/** An app that sends lists as they are written. */
function listing(make: () => Readable) {
  const app = Fastify();
  compressJson(app);
  app.get('/list', async (_request, reply) => reply.type('application/json').send(make()));
  const ask = () => app.inject({ url: '/list', headers: { 'accept-encoding': 'br' }, payloadAsStream: true });
  return { app, ask };
}

it('compresses eight lists at a time while they are sent, and sends the others as they are', async () => {
  const open: PassThrough[] = [];
  const { app, ask } = listing(() => {
    const list = new PassThrough();
    open.push(list);
    list.write(begun);
    return list;
  });
  await using _ = app;
  const asked = await Promise.all(Array.from({ length: 10 }, ask));
  const packed = asked.filter(({ headers }) => headers['content-encoding'] === 'br');
  expect(packed).toHaveLength(8);
  for (const list of open) list.end(']');
  const bodies = await Promise.all(
    asked.map(async (answer) => Buffer.concat(await answer.stream().toArray())),
  );
  const read = bodies.map((body, index) =>
    String(asked[index]?.headers['content-encoding'] === 'br' ? brotliDecompressSync(body) : body),
  );
  expect(read).toEqual(asked.map(() => `${begun}]`));
  const later = await ask();
  open.at(-1)?.end(']');
  expect(later.headers['content-encoding']).toBe('br');
});

it('stops reading a list when its compressed answer is left', async () => {
  const list = new PassThrough();
  list.write(begun);
  const { app, ask } = listing(() => list);
  await using _ = app;
  const answer = await ask();
  expect(answer.headers['content-encoding']).toBe('br');
  answer.raw.res.destroy();
  await finished(list).catch(() => {});
  expect(list.destroyed).toBe(true);
});
