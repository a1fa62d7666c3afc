import { ClientError, createServer } from 'nice-grpc';
import { expect, test } from 'vitest';
import { AiError, type AiErrorCode, createAiClient } from '../src/index.ts';
import { aiServiceDefinition } from '../src/proto.ts';
import {
  type AiScript,
  failsAfter,
  failure,
  fallsSilentAfter,
  foreignAiBackend,
  inTurn,
  Status,
  says,
  scriptedAi,
  scriptedAiBackend,
} from '../src/scripted/index.ts';
import { answerOf, patient, question, rejection, standingClock, textOf } from './fixtures/asking.ts';

const expected: readonly (readonly [Status, AiErrorCode])[] = [
  [Status.CANCELLED, 'UNAVAILABLE'],
  [Status.UNKNOWN, 'FAILED'],
  [Status.INVALID_ARGUMENT, 'REJECTED'],
  [Status.DEADLINE_EXCEEDED, 'TIMED_OUT'],
  [Status.NOT_FOUND, 'REJECTED'],
  [Status.ALREADY_EXISTS, 'REJECTED'],
  [Status.PERMISSION_DENIED, 'MISCONFIGURED'],
  [Status.RESOURCE_EXHAUSTED, 'RATE_LIMITED'],
  [Status.FAILED_PRECONDITION, 'MISCONFIGURED'],
  [Status.ABORTED, 'FAILED'],
  [Status.OUT_OF_RANGE, 'REJECTED'],
  [Status.UNIMPLEMENTED, 'INCOMPATIBLE'],
  [Status.INTERNAL, 'FAILED'],
  [Status.UNAVAILABLE, 'UNAVAILABLE'],
  [Status.DATA_LOSS, 'FAILED'],
  [Status.UNAUTHENTICATED, 'MISCONFIGURED'],
];

test.each(expected)(
  'status %s after a piece becomes %s, over the wire and in process',
  async (status, code) => {
    const script = failsAfter(['half an answer'], status, 'said the backend');
    await using backend = await scriptedAiBackend(script);
    await using remote = createAiClient(backend);
    await using local = scriptedAi(script);

    for (const client of [remote, local]) {
      const thrown = await rejection(answerOf(client));
      expect(thrown).toBeInstanceOf(AiError);
      expect(thrown).toMatchObject({ code, message: 'said the backend' });
    }
    expect(backend.calls).toHaveLength(1);
  },
);

test('pieces before a failure are delivered, and the gRPC error is the cause', async () => {
  await using backend = await foreignAiBackend(failsAfter(['half', ' an answer'], Status.INTERNAL));
  await using client = createAiClient(backend);
  const texts: string[] = [];

  const thrown = await rejection(
    (async () => {
      for await (const { text } of client.stream(question, { signal: patient() })) texts.push(text);
    })(),
  );

  expect(texts).toEqual(['half', ' an answer']);
  expect(thrown).toMatchObject({ cause: expect.any(ClientError) });
});

test('nobody at the port is UNAVAILABLE, and unreachable for health', async () => {
  const backend = await scriptedAiBackend(says('gone'));
  await backend.close();
  await using client = createAiClient({ ...backend, retryWaitMs: 50 });

  expect(await rejection(answerOf(client))).toMatchObject({ code: 'UNAVAILABLE' });
  expect(await client.health()).toBe('unreachable');
});

test('UNAVAILABLE before anything came is tried once more', async () => {
  await using backend = await scriptedAiBackend(
    inTurn(failsAfter([], Status.UNAVAILABLE), says('second try')),
  );
  await using client = createAiClient(backend);

  expect(textOf(await answerOf(client))).toBe('second try');
  expect(backend.calls).toHaveLength(2);
});

test.each([
  ['twice', failsAfter([], Status.UNAVAILABLE), 2],
  ['after a piece', failsAfter(['begun'], Status.UNAVAILABLE), 1],
  ['with another status', failsAfter([], Status.INTERNAL), 1],
] satisfies [string, AiScript, number][])('a failure %s is final', async (_, script, calls) => {
  await using backend = await scriptedAiBackend(script);
  await using client = createAiClient(backend);

  await rejection(answerOf(client));

  expect(backend.calls).toHaveLength(calls);
});

test('UNAVAILABLE after headers is final: the backend had begun to work', async () => {
  let calls = 0;
  const server = createServer();
  server.add(aiServiceDefinition, {
    // oxlint-disable-next-line require-yield
    async *streamChat(_, context) {
      calls += 1;
      // Without a field nice-grpc would not send them on their own.
      context.header.set('x-begun', 'yes');
      context.sendHeader();
      throw failure(Status.UNAVAILABLE);
    },
  });
  const port = await server.listen('127.0.0.1:0');
  await using client = createAiClient({ host: '127.0.0.1', port });

  expect(await rejection(answerOf(client))).toMatchObject({ code: 'UNAVAILABLE' });
  expect(calls).toBe(1);
  server.forceShutdown();
});

test('a backend that dies in mid-answer is UNAVAILABLE, and is used again as soon as it is back', async () => {
  const first = await scriptedAiBackend(fallsSilentAfter('begun'));
  await using client = createAiClient({ ...first, retryWaitMs: 5_000 });
  const answer = client.stream(question, { signal: patient() })[Symbol.asyncIterator]();
  expect(await answer.next()).toMatchObject({ value: { text: 'begun' } });

  const next = rejection(answer.next());
  await first.close();
  expect(await next).toMatchObject({ code: 'UNAVAILABLE' });

  await using second = await scriptedAiBackend(says('back'), { port: first.port });
  expect(textOf(await answerOf(client))).toBe('back');
  expect(second.calls).toHaveLength(1);
});

test('a piece above the limit is PIECE_TOO_LARGE, one below is not', async () => {
  await using backend = await scriptedAiBackend((request) =>
    says('x'.repeat(Number(request.message)))(request, { signal: patient(), call: 0 }),
  );
  await using client = createAiClient({ ...backend, maxPieceBytes: 10_000 });

  expect(textOf(await answerOf(client, { ...question, message: '9900' }))).toHaveLength(9_900);
  expect(await rejection(answerOf(client, { ...question, message: '10000' }))).toMatchObject({
    code: 'PIECE_TOO_LARGE',
  });
});

test('a request that the backend finds too large is REQUEST_TOO_LARGE', async () => {
  await using backend = await scriptedAiBackend(says('fine'));
  await using client = createAiClient(backend);

  const thrown = await rejection(answerOf(client, { ...question, message: 'x'.repeat(4 * 1024 * 1024) }));

  expect(thrown).toMatchObject({ code: 'REQUEST_TOO_LARGE' });
});

test('no first piece within its deadline cancels the call', async () => {
  const clock = standingClock();
  await using backend = await scriptedAiBackend(fallsSilentAfter());
  await using client = createAiClient({
    ...backend,
    firstPieceTimeoutMs: 111,
    silenceTimeoutMs: 222,
    startTimer: clock.startTimer,
  });
  const failed = rejection(answerOf(client));
  const call = await backend.received(0);

  expect(clock.running()).toEqual([111]);
  clock.goOff(111);

  expect(await failed).toMatchObject({ code: 'FIRST_PIECE_TIMEOUT' });
  await call.finished;
  expect(call.signal.aborted).toBe(true);
  expect(clock.running()).toEqual([]);
});

test('silence after a piece has a deadline of its own, which runs only while the reader waits', async () => {
  const clock = standingClock();
  await using backend = await scriptedAiBackend(fallsSilentAfter('begun'));
  await using client = createAiClient({
    ...backend,
    firstPieceTimeoutMs: 111,
    silenceTimeoutMs: 222,
    startTimer: clock.startTimer,
  });
  const answer = client.stream(question, { signal: patient() })[Symbol.asyncIterator]();
  await answer.next();
  expect(clock.running()).toEqual([]);

  const failed = rejection(answer.next());
  await Promise.resolve();
  clock.goOff(222);

  expect(await failed).toMatchObject({ code: 'SILENCE_TIMEOUT' });
  await (await backend.received(0)).finished;
});
