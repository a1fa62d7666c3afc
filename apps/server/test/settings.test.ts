import { request } from 'node:http';
import { ServerEnded, spawnServer } from '@amanda/testing';
import { expect, it } from 'vitest';

/** The headers of an answer on a connection that the client would keep. */
function headersOf(
  url: string,
  headers: Record<string, string> = {},
): Promise<NodeJS.Dict<string | string[]>> {
  const { promise, resolve, reject } = Promise.withResolvers<NodeJS.Dict<string | string[]>>();
  const sent = request(url, { headers: { connection: 'keep-alive', ...headers } });
  sent.once('error', reject).once('response', (response) => {
    response.resume().once('end', () => resolve(response.headers));
  });
  sent.end();
  return promise;
}

it('keeps connections for as long as it is told, and names refused origins in the log for who debugs', async () => {
  await using server = await spawnServer({ env: { KEEP_ALIVE_SECONDS: '65', LOG_LEVEL: 'debug' } });
  expect((await headersOf(`${server.url}/health`))['keep-alive']).toBe('timeout=65');
  await headersOf(`${server.url}/socket.io/?EIO=4&transport=polling`, { origin: 'https://evil.example' });
  const isNamed = () => server.output.some((line) => line.includes('"origin":"https://evil.example"'));
  await expect.poll(isNamed, { interval: 5, timeout: 100_000 }).toBe(true);
});

it('does not start with an origin that would match nothing', async () => {
  const starting = spawnServer({ env: { CORS_ORIGINS: 'https://*.example.org' } });
  const ended = await starting.then(
    (server) => server[Symbol.asyncDispose]().then(() => null),
    (error: unknown) => error,
  );
  expect(ended).toBeInstanceOf(ServerEnded);
  expect(ended).toMatchObject({ code: 1, message: expect.stringContaining('CORS_ORIGINS must list exact') });
});
