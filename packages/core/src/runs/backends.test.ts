import { type AiPiece, createAiClient } from '@amanda/ai-client';
import {
  type AiScript,
  failsAfter,
  fallsSilentAfter,
  inTurn,
  type ScriptedAiBackend,
  Status,
  says,
  scriptedAiBackend,
} from '@amanda/ai-client/scripted';
import { describe, expect, it } from 'vitest';
import { conversation, never, readAll, shown } from '../../test/conversation.ts';
import { createMemoryLog } from '../../test/memory-log.ts';
import type { Log } from '../log/log.ts';

/** A real gRPC backend on the loopback interface, and a conversation that it answers. */
async function withBackend(
  script: AiScript,
  patience: { firstPieceTimeoutMs?: number; silenceTimeoutMs?: number } = {},
  log?: Log,
) {
  const backend = await scriptedAiBackend(script);
  const ai = createAiClient({ host: backend.host, port: backend.port, retryWaitMs: 50, ...patience });
  const c = await conversation(says(), { ai, limits: { maxAnswerLength: 5_000_000 }, ...(log && { log }) });
  return {
    ...c,
    backend,
    async [Symbol.asyncDispose]() {
      await c[Symbol.asyncDispose]();
      await ai.close();
      await backend.close();
    },
  };
}

/** Asks, and follows the answer to its end. */
async function ask(
  c: Awaited<ReturnType<typeof withBackend>>,
  during?: (backend: ScriptedAiBackend, messageId: number) => Promise<unknown>,
) {
  const chat = await c.chats.create(c.userId);
  const { messageId } = await c.runs.send(c.userId, { chatId: chat.id, text: 'Hi' });
  const [events] = await Promise.all([
    readAll(c.runs.follow(c.userId, { messageId }, { signal: never })),
    during?.(c.backend, messageId),
  ]);
  const end = events.at(-1);
  expect(c.runs.activeCount).toBe(0);
  expect((await c.db.transactions.readAnyMessage(messageId))?.text).toBe(shown(events));
  return {
    text: shown(events),
    end: end?.type === 'end' ? { status: end.status, error: end.error } : undefined,
  };
}

describe('an AI backend that', () => {
  it('never answers', async () => {
    await using c = await withBackend(fallsSilentAfter(), { firstPieceTimeoutMs: 100 });
    expect(await ask(c)).toEqual({ text: '', end: { status: 'failed', error: 'AI_TIMEOUT' } });
  });

  it('falls silent', async () => {
    await using c = await withBackend(fallsSilentAfter('some'), { silenceTimeoutMs: 100 });
    expect(await ask(c)).toEqual({ text: 'some', end: { status: 'failed', error: 'AI_TIMEOUT' } });
  });

  it('says nothing at all', async () => {
    await using c = await withBackend(says());
    expect(await ask(c)).toEqual({ text: '', end: { status: 'failed', error: 'AI_NO_TEXT' } });
  });

  it('goes on after it was cancelled', async () => {
    const more = Promise.withResolvers<void>();
    await using c = await withBackend(async function* () {
      yield 'kept';
      await more.promise;
      for (let i = 0; i < 100; i += 1) yield ' late';
    });
    const answer = await ask(c, async (_backend, messageId) => {
      await c.runs.follow(c.userId, { messageId }, { signal: never }).next();
      await c.runs.stop(c.userId, { messageId });
      more.resolve();
    });
    expect(answer).toEqual({ text: 'kept', end: { status: 'stopped' } });
    await c.backend.calls[0]?.finished;
  });

  it('dies in the middle', async () => {
    await using c = await withBackend(fallsSilentAfter('some'));
    const answer = await ask(c, async (backend, messageId) => {
      await c.runs.follow(c.userId, { messageId }, { signal: never }).next();
      await backend.close();
    });
    expect(answer).toEqual({ text: 'some', end: { status: 'failed', error: 'AI_CUT_OFF' } });
  });

  it('is not there', async () => {
    await using c = await withBackend(says('x'));
    await c.backend.close();
    expect(await ask(c)).toEqual({ text: '', end: { status: 'failed', error: 'AI_UNAVAILABLE' } });
  });

  it('says 4 MiB and a byte in one piece', async () => {
    const huge = 'x'.repeat(4 * 1024 * 1024 + 1);
    await using c = await withBackend(async function* () {
      yield 'before';
      yield huge;
    });
    expect(await ask(c)).toEqual({ text: 'before', end: { status: 'failed', error: 'AI_FAILED' } });
  });

  it('says 100,000 pieces', async () => {
    const n = 100_000;
    await using c = await withBackend(async function* () {
      for (let i = 0; i < n; i += 1) yield `${i % 10}`;
    });
    expect(await ask(c)).toEqual({ text: '0123456789'.repeat(n / 10), end: { status: 'complete' } });
  });

  it('sends HTML, control characters and halves of pairs', async () => {
    const text = '<script>alert(1)</script>\0\u0007\u001b[31m\r\n\u202e\ufeff\u2028';
    await using c = await withBackend(says(...Array.from(text), '😀'));
    expect((await ask(c)).text).toBe(`${text}😀`);
  });

  const codes = Object.entries(Status).filter(
    (entry): entry is [string, Status] => typeof entry[1] === 'number' && entry[1] !== Status.OK,
  );

  const errors: Readonly<Record<string, string>> = {
    UNAVAILABLE: 'AI_CUT_OFF',
    CANCELLED: 'AI_CUT_OFF',
    DEADLINE_EXCEEDED: 'AI_TIMEOUT',
    RESOURCE_EXHAUSTED: 'AI_BUSY',
    PERMISSION_DENIED: 'AI_MISCONFIGURED',
    UNAUTHENTICATED: 'AI_MISCONFIGURED',
    FAILED_PRECONDITION: 'AI_MISCONFIGURED',
    UNIMPLEMENTED: 'AI_MISCONFIGURED',
    INVALID_ARGUMENT: 'AI_REFUSED',
    NOT_FOUND: 'AI_REFUSED',
    ALREADY_EXISTS: 'AI_REFUSED',
    OUT_OF_RANGE: 'AI_REFUSED',
  };

  const textless: readonly (readonly [string, Partial<AiPiece>, string])[] = [
    ['was filtered', { finishReason: 'content_filter' }, 'AI_FILTERED'],
    ['reached its length limit', { finishReason: 'max_tokens', reasoned: true }, 'AI_NO_ROOM'],
    ['called a tool', { finishReason: 'tool_calls' }, 'AI_CALLED_TOOL'],
    ['only reasoned', { finishReason: 'stop', reasoned: true }, 'AI_ONLY_REASONED'],
    ['wrote white space', { text: ' \n', finishReason: 'stop' }, 'AI_NO_TEXT'],
    ['stopped with an error', { finishReason: 'error' }, 'AI_FAILED'],
  ];

  it.each(textless)('%s without text: the end says so, and so does the log', async (_name, last, error) => {
    const log = createMemoryLog();
    await using c = await withBackend(
      async function* () {
        yield { ...last, done: true };
      },
      {},
      log,
    );
    expect((await ask(c)).end).toEqual({ status: 'failed', error });
    expect(log.lines).toEqual([
      {
        level: 'warn',
        fields: expect.objectContaining({ errorCode: error }),
        text: 'the AI backend ended an answer without text',
      },
    ]);
  });

  it('runs out of room in the middle: complete, told in the message, and may be continued', async () => {
    await using c = await withBackend(
      inTurn(
        async function* () {
          yield 'half';
          yield { done: true, finishReason: 'max_tokens' };
        },
        async function* ({ continueFrom }) {
          yield { continues: true };
          yield ` after ${continueFrom ?? ''}`;
          yield { done: true, finishReason: 'stop' };
        },
      ),
    );
    const chat = await c.chats.create(c.userId);
    const { messageId } = await c.runs.send(c.userId, { chatId: chat.id, text: 'question' });
    const end = async () => (await readAll(c.runs.follow(c.userId, { messageId }, { signal: never }))).at(-1);
    expect(await end()).toMatchObject({ status: 'complete', message: { usage: { finishReason: 'length' } } });

    await c.runs.continue(c.userId, { messageId });
    expect(await end()).toMatchObject({
      status: 'complete',
      message: { text: 'half after half', usage: { finishReason: 'stop' } },
    });
    await expect(c.runs.continue(c.userId, { messageId })).rejects.toMatchObject({
      code: 'NOT_POSSIBLE_NOW',
    });
  });

  it.each(codes)('fails with %s in the middle', async (name, status) => {
    await using c = await withBackend(failsAfter(['some ', 'text'], status));
    const { text, end } = await ask(c);
    expect({ text, end }).toEqual({
      text: 'some text',
      end: { status: 'failed', error: errors[name] ?? 'AI_FAILED' },
    });
  });
});
