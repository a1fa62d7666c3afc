import { AiError, type AiPiece, createAiClient } from '@amanda/ai-client';
import * as fc from 'fast-check';
import { ServerError, Status } from 'nice-grpc';
import { expect, test, vi } from 'vitest';
import { createAiServer, offlineProvider, type Provider } from '../src/index.ts';
import { wholeCharacters } from '../src/whole-characters.ts';

const question = { userId: 1, chatId: 1, message: 'Hello', history: [] };
const patient = () => new AbortController().signal;

function providerOf(stream: Provider['stream']): Provider {
  return { name: 'scripted', stream };
}

function recorder() {
  const lines: { fields: object; message: string }[] = [];
  const write = (fields: object, message: string) => {
    lines.push({ fields, message });
  };
  return { lines, warn: write, error: write };
}

async function collect(pieces: AsyncIterable<AiPiece>): Promise<AiPiece[]> {
  const collected: AiPiece[] = [];
  for await (const piece of pieces) collected.push(piece);
  return collected;
}

test('what the provider says arrives, and a done that it forgot is added', async () => {
  const provider = providerOf(async function* () {
    yield { text: 'one', done: false, model: 'm' };
  });
  await using server = await createAiServer({ provider });
  await using client = createAiClient(server);

  expect(await collect(client.stream(question, { signal: patient() }))).toEqual([
    { text: 'one', done: false, model: 'm' },
    { text: '', done: true },
  ]);
  expect(await client.health()).toBe('serving');
});

test('with a token only who sends it is answered, and neither token is logged', async () => {
  const log = recorder();
  let asked = 0;
  const provider = providerOf(async function* () {
    asked += 1;
    yield { text: 'one', done: true };
  });
  const token = 'the-right-token';
  await using server = await createAiServer({ provider, log, token });
  const ask = async (given: string | undefined) => {
    await using client = createAiClient({ host: server.host, port: server.port, token: given });
    return await collect(client.stream(question, { signal: patient() })).catch((thrown: unknown) => thrown);
  };

  expect(await ask(token)).toEqual([{ text: 'one', done: true }]);
  for (const given of [undefined, 'the-wrong-token', `${token}x`]) {
    expect(await ask(given)).toBeInstanceOf(AiError);
  }
  expect(asked).toBe(1);
  expect(log.lines).toHaveLength(3);
  expect(JSON.stringify(log.lines)).not.toMatch(/the-(right|wrong)-token/);
});

test('a status of the provider reaches the caller; anything else is INTERNAL, and only logged', async () => {
  const log = recorder();
  const provider = providerOf(async function* ({ message }) {
    yield { text: 'begun', done: false };
    if (message === 'limit') throw new ServerError(Status.RESOURCE_EXHAUSTED, 'slow down');
    throw new Error('secret detail');
  });
  await using server = await createAiServer({ provider, log });
  await using client = createAiClient(server);
  const failure = (message: string) =>
    collect(client.stream({ ...question, message }, { signal: patient() })).catch(
      (thrown: unknown) => thrown,
    );

  expect(await failure('limit')).toMatchObject({ code: 'RATE_LIMITED', message: 'slow down' });
  const internal = await failure('break');
  expect(internal).toBeInstanceOf(AiError);
  expect(internal).toMatchObject({ code: 'FAILED', message: 'The provider failed' });
  expect(log.lines.map(({ message }) => message)).toEqual([
    'slow down',
    'The provider failed in a way it does not know',
  ]);
});

test('a caller that cancels aborts the provider, and nothing is logged as an error', async () => {
  const log = recorder();
  const over = Promise.withResolvers<boolean>();
  const provider = providerOf(async function* (_, signal) {
    try {
      yield { text: 'begun', done: false };
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    } finally {
      over.resolve(signal.aborted);
    }
  });
  await using server = await createAiServer({ provider, log });
  await using client = createAiClient(server);

  for await (const { text } of client.stream(question, { signal: patient() })) {
    expect(text).toBe('begun');
    break;
  }

  expect(await over.promise).toBe(true);
  expect(log.lines).toEqual([]);
});

test('close lets an answer end, within its limit', async () => {
  const goOn = Promise.withResolvers<void>();
  const provider = providerOf(async function* () {
    yield { text: 'begun', done: false };
    await goOn.promise;
    yield { text: ' and ended', done: true };
  });
  const server = await createAiServer({ provider });
  await using client = createAiClient(server);
  const answer = client.stream(question, { signal: patient() })[Symbol.asyncIterator]();
  await answer.next();

  const closed = server.close();
  goOn.resolve();

  expect(await answer.next()).toMatchObject({ value: { text: ' and ended', done: true } });
  await answer.next();
  await closed;
});

test('close cancels an answer that does not end', async () => {
  const provider = providerOf(async function* (_, signal) {
    yield { text: 'begun', done: false };
    await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  });
  const server = await createAiServer({ provider, graceMs: 1 });
  await using client = createAiClient(server);
  const answer = client.stream(question, { signal: patient() })[Symbol.asyncIterator]();
  await answer.next();

  const next = answer.next().catch((thrown: unknown) => thrown);
  await server.close();

  expect(await next).toMatchObject({ code: 'UNAVAILABLE' });
});

test('a taken port is an error of createAiServer', async () => {
  await using server = await createAiServer({ provider: offlineProvider() });

  // grpc-js says so on the console as well.
  const complaint = vi.spyOn(console, 'error').mockImplementation(() => {});

  await expect(createAiServer({ provider: offlineProvider(), port: server.port })).rejects.toThrow(
    /EADDRINUSE/u,
  );
  expect(complaint).toHaveBeenCalledOnce();
});

const text = (value: string, done = false): AiPiece => ({ text: value, done });

async function* given(pieces: readonly AiPiece[]) {
  yield* pieces;
}

test('no piece ends inside a surrogate pair, wherever the provider cuts', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme' }), fc.array(fc.nat(40)), async (whole, cuts) => {
      const edges = [0, ...cuts.filter((cut) => cut < whole.length).toSorted((a, b) => a - b), whole.length];
      const pieces = edges.slice(1).map((edge, index) => text(whole.slice(edges[index], edge)));

      const out = await collect(wholeCharacters(given([...pieces, text('', true)])));

      expect(out.every((piece) => piece.text.isWellFormed())).toBe(true);
      expect(out.map((piece) => piece.text).join('')).toBe(whole);
    }),
    { numRuns: 200 },
  );
});

test('half a character that stays alone becomes a replacement character', async () => {
  const ended = await collect(wholeCharacters(given([text('a\uD83C')])));
  const done = await collect(wholeCharacters(given([text('a\uD83C'), text('', true)])));
  const middle = await collect(wholeCharacters(given([text('a\uD83C'), text('b', true)])));

  expect([ended, done, middle].map((pieces) => pieces.map((piece) => piece.text).join(''))).toEqual([
    'a\uFFFD',
    'a\uFFFD',
    'a\uFFFDb',
  ]);
});
